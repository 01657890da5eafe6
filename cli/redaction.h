#pragma once

// What is left out of output that is shown to others.

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace skald::cli {

class Redaction {
 public:
  // --redact and --redact-payloads.
  void add_options(CLI::App& command);
  // Reads what was given. Error: kInvalid "bad-pointer".
  Status prepare();

  // Of an event, a trace, a state or changes of one. What is hidden gives way to "[redacted]"; null stays.
  Value applied(Value shown) const;

 private:
  std::vector<std::string> pointers_;               // as given
  std::vector<std::vector<std::string>> patterns_;  // their parts; "*" is any one, "**" any number
  bool payloads_ = false;
};

}  // namespace skald::cli
