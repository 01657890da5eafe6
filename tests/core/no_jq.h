#pragma once

// For documents whose expressions are all evaluated natively.

#include "engine/definition/expression.h"

namespace skald::core {

class NoJq final : public definition::JqRunner {
 public:
  Result<Value> run(const std::string& program, const definition::Scope&) override {
    return fail(ErrorKind::kInvalid, "expression-failed", "no jq here: " + program);
  }
  Status check(const std::string&, const std::vector<std::string_view>&) override { return {}; }
};

}  // namespace skald::core
