#pragma once

// Runs expressions as another does, and says so before each: one may take long.
//
// Threading: as the other's; the announcement is made on the caller's thread.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "engine/definition/expression.h"

namespace skald::runtime {

class AnnouncedJq final : public definition::JqRunner {
 public:
  AnnouncedJq(definition::JqRunner& jq, std::function<void()> announce) : jq_(jq), announce_(std::move(announce)) {}

  Result<Value> run(const std::string& program, const definition::Scope& scope) override {
    announce_();
    return jq_.run(program, scope);
  }
  Status check(const std::string& program, const std::vector<std::string_view>& variables) override {
    return jq_.check(program, variables);
  }
  Status check_all(std::span<const definition::JqProgram> programs) override { return jq_.check_all(programs); }
  bool knows_all() const override { return jq_.knows_all(); }

 private:
  definition::JqRunner& jq_;
  const std::function<void()> announce_;
};

}  // namespace skald::runtime
