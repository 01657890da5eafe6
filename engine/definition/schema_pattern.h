#pragma once

// Regular expressions of schemas: ECMA 262's, as JSON Schema says, by oniguruma, which knows UTF-8, does not recurse
// with the length of the text and gives up after a number of steps. Private to this folder.

#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace skald::definition {

inline constexpr std::size_t kMaxPatternBytes = 1'024;

// Immutable; safe to share between threads, cheap to copy.
class Pattern {
 public:
  enum class Match { kYes, kNo, kTooLong };

  // Error "bad-schema": it is none, or too long.
  static Result<Pattern> compile(const std::string& text);

  // Whether it is found anywhere in the text. It goes back at most kMatchSteps times and kMatchStepsPerByte for each
  // byte of the text; a pattern that has to go back more often gives kTooLong.
  Match find_in(std::string_view text) const;
  const std::string& text() const { return text_; }

  static constexpr unsigned long kMatchSteps = 1'000;
  static constexpr unsigned long kMatchStepsPerByte = 50;

 private:
  struct Compiled;
  std::string text_;
  std::shared_ptr<const Compiled> compiled_;  // shared: copied with the node of the schema that holds it
};

}  // namespace skald::definition
