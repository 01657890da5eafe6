// The builtins of jq that are evaluated natively: those that documents use most, where their answer is exact.

#include <algorithm>
#include <array>

#include "engine/definition/exact.h"
#include "engine/definition/expression_eval.h"

namespace skald::definition {
namespace {

using Node = Expression::Node;
using Found = Evaluator::Found;

Found length(Evaluator& evaluator, const Node&, const Value& dot) {
  if (dot.is_null()) return Value(0);
  if (dot.is_structured()) return Value(dot.size());
  if (dot.is_string()) {
    const auto& text = dot.get_ref<const std::string&>();
    if (!evaluator.spend(text.size())) return std::nullopt;
    return Value(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  }
  // Of a number, how far it is from zero.
  if (!dot.is_number_integer()) return std::nullopt;
  if (compare_numbers(dot, Value(0)) >= 0) return dot;
  const auto number = dot.get<std::int64_t>();
  return number == std::numeric_limits<std::int64_t>::min() ? Found() : Value(-number);
}

Found negation(Evaluator&, const Node&, const Value& dot) { return Value(!truthy(dot)); }

Found keys(Evaluator& evaluator, const Node&, const Value& dot) {
  if (!dot.is_structured()) return std::nullopt;
  Value all = Value::array();
  for (auto at = dot.begin(); at != dot.end(); ++at) {
    Found key = dot.is_object() ? evaluator.copy(at.key()) : evaluator.copy(all.size());
    if (!key) return std::nullopt;
    all.push_back(std::move(*key));
  }
  return all;
}

Found type(Evaluator&, const Node&, const Value& dot) {
  if (dot.is_null()) return "null";
  if (dot.is_boolean()) return "boolean";
  if (dot.is_number()) return "number";
  if (dot.is_string()) return "string";
  return dot.is_array() ? "array" : "object";
}

Found to_text(Evaluator&, const Node&, const Value& dot) { return as_text(dot); }

Found add(Evaluator& evaluator, const Node&, const Value& dot) {
  if (!dot.is_array()) return std::nullopt;
  Found sum = Value(nullptr);
  for (const auto& item : dot) {
    sum = add_values(evaluator, std::move(sum), item);
    if (!sum || !evaluator.spend(1)) return std::nullopt;
  }
  return sum;
}

Found map(Evaluator& evaluator, const Node& call, const Value& dot) {
  if (!dot.is_array()) return std::nullopt;
  Value made = Value::array();
  for (const auto& item : dot) {
    Found value = evaluator.value(*call.operands[0], item);
    if (!value) return std::nullopt;
    made.push_back(std::move(*value));
  }
  return made;
}

Found has(Evaluator& evaluator, const Node& call, const Value& dot) {
  const Found key = evaluator.value(*call.operands[0], dot);
  if (!key) return std::nullopt;
  if (dot.is_object() && key->is_string()) return Value(dot.contains(key->get_ref<const std::string&>()));
  if (dot.is_array() && key->is_number_integer()) {
    if (!is_index(key->get<std::int64_t>())) return std::nullopt;
    return Value(compare_numbers(*key, Value(0)) >= 0 && compare_numbers(*key, Value(dot.size())) < 0);
  }
  return std::nullopt;
}

Found join(Evaluator& evaluator, const Node& call, const Value& dot) {
  const Found between = evaluator.value(*call.operands[0], dot);
  if (!between || !between->is_string() || !dot.is_array()) return std::nullopt;
  std::string made;
  for (std::size_t i = 0; i < dot.size(); ++i) {
    const Found text = dot[i].is_null() ? Value("") : as_text(dot[i]);
    if (!text) return std::nullopt;
    if (i > 0) made += between->get_ref<const std::string&>();
    made += text->get_ref<const std::string&>();
    if (!evaluator.spend(text->get_ref<const std::string&>().size() + between->get_ref<const std::string&>().size())) {
      return std::nullopt;
    }
  }
  return made;
}

constexpr std::array<Builtin, 9> kBuiltins{{{"length", 0, length},
                                            {"not", 0, negation},
                                            {"keys", 0, keys},
                                            {"type", 0, type},
                                            {"tostring", 0, to_text},
                                            {"add", 0, add},
                                            {"map", 1, map},
                                            {"has", 1, has},
                                            {"join", 1, join}}};

}  // namespace

const Builtin* find_builtin(std::string_view name, std::size_t arguments) {
  const auto* at = std::find_if(kBuiltins.begin(), kBuiltins.end(),
                                [&](const Builtin& each) { return each.name == name && each.arguments == arguments; });
  return at == kBuiltins.end() ? nullptr : at;
}

}  // namespace skald::definition
