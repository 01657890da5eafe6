#pragma once

// The secrets that a worker has, and what it does with a task whose input refers to some: it puts them in before the
// call is made, and takes them out of what is answered. engine/wire/README.md, "Secrets".
//
// Threading: any; files are read each time, so that a secret that was changed is there for the next call.

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace skald::workers {

class Secrets {
 public:
  // None at all.
  Secrets() = default;
  // A folder with a file for each, named like it: its text, without the line's end, or a JSON object of texts for one
  // with fields. At most 64 KiB each. Error: "no-folder" (kInvalid).
  static Result<Secrets> open(const std::string& folder);

  struct Filled {
    Payload input;
    std::vector<std::string> used;  // what may be seen nowhere else
  };
  // The input with its references replaced. Errors: "unknown-secret" (kNotFound), "bad-secret" (kInvalid); neither says
  // anything of what a secret is.
  Result<Filled> fill(const Payload& input) const;

 private:
  Result<std::string> find(const std::string& name) const;
  Result<std::string> replaced(const std::string& text, std::vector<std::string>& used) const;
  Result<Value> filled(const Value& value, std::vector<std::string>& used) const;

  std::string folder_;  // empty: none
};

// Each text of `used` anywhere in it gives way to "[secret]".
Payload redacted(const Payload& said, const std::vector<std::string>& used);

}  // namespace skald::workers
