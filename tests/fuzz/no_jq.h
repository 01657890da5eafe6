#pragma once

// For documents whose expressions are evaluated natively, or not at all: no child process.

#include "engine/definition/expression.h"

namespace skald::fuzz {

class NoJq final : public definition::JqRunner {
 public:
  Result<Value> run(const std::string&, const definition::Scope&) override {
    return fail(ErrorKind::kInvalid, "expression-failed", "there is no jq here");
  }
  Status check(const std::string&, const std::vector<std::string_view>&) override { return {}; }
};

}  // namespace skald::fuzz
