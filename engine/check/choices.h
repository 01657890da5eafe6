#pragma once

// Choices where the core asks for what nobody knows, and how all of them are tried.

#include <map>
#include <string>
#include <vector>

#include "engine/check/check.h"
#include "engine/core/decide.h"

namespace skald::check {

// What was assumed, by symbol (definition/unknown.h).
using Assumptions = std::map<std::string, std::size_t>;

// How many rounds of a loop over an unknown list are walked: 0, 1 and 2.
inline constexpr std::size_t kMaxRounds = 2;
// Choices within one decision; behind that, conditions do not hold.
inline constexpr std::size_t kMaxChoices = 40;

// Takes the choices given, in order, then the first of each, and notes all.
class Picks final : public core::Chooser {
 public:
  Picks(std::vector<std::size_t> given, Assumptions assumed) : given_(std::move(given)), assumed_(std::move(assumed)) {}

  bool holds(const definition::Task& task, std::string_view what, const Value& unknown) override;
  Value items(const definition::Task& task, const Value& unknown) override;

  const Assumptions& assumed() const { return assumed_; }
  const std::vector<Choice>& made() const { return made_; }
  // The given choices that lead to what has not been tried after these.
  std::vector<std::vector<std::size_t>> others() const;
  bool too_many() const { return too_many_; }

 private:
  std::size_t pick(const std::string& symbol, std::size_t count);

  std::vector<std::size_t> given_;
  Assumptions assumed_;
  std::vector<std::size_t> taken_;
  std::vector<std::size_t> counts_;
  std::vector<Choice> made_;
  bool too_many_ = false;
};

// Conditions and expressions over unknown data give unknown data; over known data they are evaluated by `inner`, while
// there is time: one decision may evaluate many.
class UnknowingRunner final : public definition::JqRunner {
 public:
  UnknowingRunner(definition::JqRunner& inner, const Limits& limits) : inner_(inner), limits_(limits) {}
  Result<Value> run(const std::string& program, const definition::Scope& scope) override {
    if (limits_.out_of_time()) return fail(ErrorKind::kInvalid, "expression-timeout", "the time of the walk is up");
    return inner_.run(program, scope);
  }
  Status check(const std::string& program, const std::vector<std::string_view>& variables) override {
    return inner_.check(program, variables);
  }
  bool knows_all() const override { return false; }

 private:
  definition::JqRunner& inner_;
  const Limits& limits_;
};

}  // namespace skald::check
