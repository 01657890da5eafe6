#pragma once

// Evaluates the native form. Private to this folder.
//
// What it gives is what jq 1.6 gives, but for integers: they are exact, where jq rounds those beyond 2^53. Whatever it
// cannot answer exactly (errors, fractions, containers as text, results that grow too large), it leaves to jq.

#include <cstddef>
#include <optional>
#include <string_view>

#include "engine/definition/expression_node.h"

namespace skald::definition {

class Evaluator {
 public:
  using Node = Expression::Node;
  using Found = std::optional<Value>;

  explicit Evaluator(const Scope& scope) : scope_(scope) {}

  Found value(const Node& node, const Value& dot);
  // A copy; none where it would be too much.
  Found copy(const Value& value);
  // Counts work that was done. False: it was too much.
  bool spend(std::size_t steps);

 private:
  // A value that stands in the scope, or one that was made; null where there is none.
  struct Held {
    Found made;
    const Value* at = nullptr;
    const Value* get() const { return made ? &*made : at; }
  };

  Held hold(const Node& node, const Value& dot);
  const Value* walk(const Node& node, const Value& dot);
  Found composite(const Node& node, const Value& dot);
  Found text(const Node& node, const Value& dot);
  Found condition(const Node& node, const Value& dot);
  Found logic(const Node& node, const Value& dot);
  Found binary(const Node& node, const Value& dot);

  const Scope& scope_;
  std::size_t made_ = 0;  // nodes evaluated; values and bytes of text copied or compared
};

// A builtin of jq that is evaluated natively.
struct Builtin {
  std::string_view name;
  std::size_t arguments = 0;
  Evaluator::Found (*evaluate)(Evaluator& evaluator, const Expression::Node& call, const Value& dot) = nullptr;
};

// Null: there is none.
const Builtin* find_builtin(std::string_view name, std::size_t arguments);

// jq cuts off larger ones.
bool is_index(std::int64_t number);
// As jq has it: null and false are not.
bool truthy(const Value& value);
// jq's order over all values: < 0, 0, > 0.
int jq_order(const Value& a, const Value& b);
// `sum + more`.
Evaluator::Found add_values(Evaluator& evaluator, Evaluator::Found sum, const Value& more);
// A text as it is, and what jq makes of other values as text; containers and fractions are left to it.
Evaluator::Found as_text(const Value& value);

}  // namespace skald::definition
