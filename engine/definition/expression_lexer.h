#pragma once

// The words of the native part of jq. Private to this folder.

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/value.h"

namespace skald::definition {

// A place in a program, and what can be taken from there. Takes nothing where it gives nothing, but for numbers and
// strings: where those are none that it reads, the program is jq's.
class ExpressionLexer {
 public:
  explicit ExpressionLexer(std::string_view text) : text_(text) {}

  static bool is_word_start(char c);

 protected:
  // Zero at the end.
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space();
  // Behind space.
  bool take(std::string_view token);
  bool take_word(std::string_view word);
  bool peeks_close();
  // Right here.
  std::string word();
  // Digits with an optional minus; everything else that jq takes for a number is left to it.
  std::optional<Value> number();
  // Goes over a string up to its end or the next interpolation "\( ... )"; what stood there, read by JSON's rules.
  std::optional<Value> piece(bool& interpolates);
  // A string without interpolation.
  std::optional<Value> string();

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace skald::definition
