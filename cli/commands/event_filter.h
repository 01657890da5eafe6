#pragma once

// Which events of a history are shown.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/value.h"

namespace skald::cli {

class EventFilter {
 public:
  // --type, --step, --errors, --from, --to, --since, --until.
  void add_options(CLI::App& command);
  // Reads what was given. Errors, all kInvalid: "bad-type", "bad-time", "bad-range".
  Status prepare();

  std::uint64_t from() const { return from_; }
  bool matches(const Value& event) const;
  // Whether no event behind this one matches.
  bool ends_before(const Value& event) const;

 private:
  std::vector<std::string> types_;  // with * for any text
  std::string step_;
  bool errors_ = false;
  std::uint64_t from_ = 1;
  std::uint64_t to_ = 0;  // 0: no end
  std::string since_text_, until_text_;
  std::optional<Time> since_, until_;
};

}  // namespace skald::cli
