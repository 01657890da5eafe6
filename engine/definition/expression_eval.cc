#include "engine/definition/expression_eval.h"

#include <algorithm>
#include <array>

#include "engine/definition/exact.h"

namespace skald::definition {
namespace {

using Node = Expression::Node;
using Op = Node::Op;
using Found = Evaluator::Found;

// More than this is for jq, which can be killed: `. + . | . + .` doubles with every step.
constexpr std::size_t kMaxMade = 4u << 20;

int rank(const Value& value) {
  if (value.is_null()) return 0;
  if (value.is_boolean()) return value.get<bool>() ? 2 : 1;
  if (value.is_number()) return 3;
  if (value.is_string()) return 4;
  return value.is_array() ? 5 : 6;
}

// Adds what a copy costs; stops where it is too much.
void weigh(const Value& value, std::size_t& weight) {
  ++weight;
  if (weight > kMaxMade) return;
  if (value.is_string()) weight += value.get_ref<const std::string&>().size();
  if (!value.is_structured()) return;
  for (auto at = value.begin(); at != value.end() && weight <= kMaxMade; ++at) {
    if (value.is_object()) weight += at.key().size();
    weigh(*at, weight);
  }
}

// First all keys, as two sorted arrays; then the values.
int order_of_objects(const Value& a, const Value& b) {
  auto x = a.begin();
  auto y = b.begin();
  for (; x != a.end() && y != b.end(); ++x, ++y) {
    if (const int order = x.key().compare(y.key()); order != 0) return order;
  }
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (x = a.begin(), y = b.begin(); x != a.end(); ++x, ++y) {
    if (const int order = jq_order(*x, *y); order != 0) return order;
  }
  return 0;
}

std::optional<std::int64_t> as_int64(const Value& value) {
  if (!value.is_number_integer() || compare_numbers(value, Value(std::numeric_limits<std::int64_t>::max())) > 0) {
    return std::nullopt;
  }
  return value.get<std::int64_t>();
}

Found is(bool truth) { return Value(truth); }

// On integers, where the result is one. In jq some zeros are -0, which shows as text: those are left to it.
Found arithmetic(Op op, const Value& left, const Value& right) {
  const auto a = as_int64(left);
  const auto b = as_int64(right);
  if (!a || !b) return std::nullopt;
  std::int64_t result = 0;
  switch (op) {
    case Op::kAdd:
      return __builtin_add_overflow(*a, *b, &result) ? Found() : Value(result);
    case Op::kSubtract:
      return __builtin_sub_overflow(*a, *b, &result) ? Found() : Value(result);
    case Op::kMultiply:
      if (__builtin_mul_overflow(*a, *b, &result) || (result == 0 && (*a < 0 || *b < 0))) return std::nullopt;
      return Value(result);
    case Op::kDivide:
      if (*b <= 0 || *a % *b != 0) return std::nullopt;
      return Value(*a / *b);
    default:
      if (*b <= 0) return std::nullopt;
      return Value(*a % *b);
  }
}

Found index_of(const Value& of, std::int64_t index) {
  if (!is_index(index)) return std::nullopt;
  if (of.is_null()) return Value(nullptr);
  if (!of.is_array()) return std::nullopt;
  const auto size = static_cast<std::int64_t>(of.size());
  const std::int64_t at = index < 0 ? index + size : index;
  return at < 0 || at >= size ? Value(nullptr) : of[static_cast<std::size_t>(at)];
}

Found field_of(const Value& of, const std::string& name) {
  if (of.is_null()) return Value(nullptr);
  if (!of.is_object()) return std::nullopt;
  const auto at = of.find(name);
  return at == of.end() ? Value(nullptr) : *at;
}

Found compared(Op op, const Value& a, const Value& b) {
  const int order = jq_order(a, b);
  switch (op) {
    case Op::kEqual:
      return is(order == 0);
    case Op::kNotEqual:
      return is(order != 0);
    case Op::kLess:
      return is(order < 0);
    case Op::kLessEqual:
      return is(order <= 0);
    case Op::kGreater:
      return is(order > 0);
    default:
      return is(order >= 0);
  }
}

}  // namespace

const Value* Scope::find(std::string_view name) const {
  for (const auto& [known, value] : variables) {
    if (known == name) return &value;
  }
  return nullptr;
}

bool truthy(const Value& value) { return !value.is_null() && (!value.is_boolean() || value.get<bool>()); }

int jq_order(const Value& a, const Value& b) {
  if (rank(a) != rank(b)) return rank(a) < rank(b) ? -1 : 1;
  if (a.is_number()) return compare_numbers(a, b);
  if (a.is_string()) return a.get_ref<const std::string&>().compare(b.get_ref<const std::string&>());
  if (a.is_object()) return order_of_objects(a, b);
  if (!a.is_array()) return 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (const int order = jq_order(a[i], b[i]); order != 0) return order;
  }
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

Found add_values(Evaluator& evaluator, Found sum, const Value& more) {
  if (!sum || more.is_null()) return sum;
  if (sum->is_null()) return evaluator.copy(more);
  if (sum->is_number() && more.is_number()) return arithmetic(Op::kAdd, *sum, more);
  if (sum->type() != more.type() || sum->is_boolean()) return std::nullopt;
  const Found copy = evaluator.copy(more);
  if (!copy) return std::nullopt;
  if (sum->is_string()) {
    sum->get_ref<std::string&>() += copy->get_ref<const std::string&>();
  } else if (sum->is_array()) {
    sum->insert(sum->end(), copy->begin(), copy->end());
  } else {
    sum->update(*copy);
  }
  return sum;
}

Found as_text(const Value& value) {
  if (value.is_string()) return value;
  if (value.is_structured() || value.is_number_float()) return std::nullopt;
  return Value(value.dump());
}

bool is_index(std::int64_t number) { return number == static_cast<std::int32_t>(number); }

bool Evaluator::spend(std::size_t steps) {
  made_ += steps;
  return made_ <= kMaxMade;
}

Found Evaluator::copy(const Value& value) {
  weigh(value, made_);
  return spend(0) ? Found(value) : Found();
}

// Walks a path without copying what it passes through. Null: it is none, or an error.
const Value* Evaluator::walk(const Node& node, const Value& dot) {
  static const Value kNull;
  switch (node.op) {
    case Op::kDot:
      return &dot;
    case Op::kVariable:
      return scope_.find(node.text);
    case Op::kLiteral:
      return &node.literal;
    case Op::kField:
    case Op::kIndex:
      break;
    default:
      return nullptr;
  }
  const Value* of = walk(*node.operands[0], dot);
  if (of == nullptr) return nullptr;
  if (of->is_null()) return &kNull;
  if (node.op == Op::kIndex) {
    if (!of->is_array()) return nullptr;
    const auto size = static_cast<std::int64_t>(of->size());
    const std::int64_t at = node.index < 0 ? node.index + size : node.index;
    return at < 0 || at >= size ? &kNull : &(*of)[static_cast<std::size_t>(at)];
  }
  if (!of->is_object()) return nullptr;
  const auto at = of->find(node.text);
  return at == of->end() ? &kNull : &*at;
}

Evaluator::Held Evaluator::hold(const Node& node, const Value& dot) {
  if (const Value* at = walk(node, dot)) return {std::nullopt, at};
  return {value(node, dot), nullptr};
}

Found Evaluator::value(const Node& node, const Value& dot) {
  if (!spend(1)) return std::nullopt;
  switch (node.op) {
    case Op::kDot:
    case Op::kVariable:
    case Op::kLiteral: {
      const Value* at = walk(node, dot);
      return at == nullptr ? Found() : copy(*at);
    }
    case Op::kField:
    case Op::kIndex: {
      if (const Value* at = walk(node, dot)) return copy(*at);
      // Not a path from the start: into what a group gives.
      const Found of = value(*node.operands[0], dot);
      if (!of) return std::nullopt;
      return node.op == Op::kField ? field_of(*of, node.text) : index_of(*of, node.index);
    }
    case Op::kObject:
    case Op::kArray:
      return composite(node, dot);
    case Op::kText:
      return text(node, dot);
    case Op::kCall:
      return node.builtin->evaluate(*this, node, dot);
    case Op::kIf:
      return condition(node, dot);
    case Op::kPipe: {
      const Held left = hold(*node.operands[0], dot);
      return left.get() == nullptr ? Found() : value(*node.operands[1], *left.get());
    }
    case Op::kAlternative:
    case Op::kAnd:
    case Op::kOr:
      return logic(node, dot);
    default:
      return binary(node, dot);
  }
}

Found Evaluator::composite(const Node& node, const Value& dot) {
  const bool is_object = node.op == Op::kObject;
  Value made = is_object ? Value::object() : Value::array();
  for (std::size_t i = 0; i < node.operands.size(); ++i) {
    Found item = value(*node.operands[i], dot);
    if (!item) return std::nullopt;
    if (is_object) {
      made[node.keys[i]] = std::move(*item);
    } else {
      made.push_back(std::move(*item));
    }
  }
  return made;
}

Found Evaluator::text(const Node& node, const Value& dot) {
  std::string made;
  for (const auto& part : node.operands) {
    const Held held = hold(*part, dot);
    const Found shown = held.get() == nullptr ? Found() : as_text(*held.get());
    if (!shown) return std::nullopt;
    made += shown->get_ref<const std::string&>();
    if (!spend(shown->get_ref<const std::string&>().size())) return std::nullopt;
  }
  return Value(std::move(made));
}

Found Evaluator::condition(const Node& node, const Value& dot) {
  const Held asked = hold(*node.operands[0], dot);
  if (asked.get() == nullptr) return std::nullopt;
  return value(*node.operands[truthy(*asked.get()) ? 1 : 2], dot);
}

Found Evaluator::logic(const Node& node, const Value& dot) {
  const Held left = hold(*node.operands[0], dot);
  if (left.get() == nullptr) return std::nullopt;
  const bool so = truthy(*left.get());
  if (node.op == Op::kAlternative) return so ? copy(*left.get()) : value(*node.operands[1], dot);
  if (node.op == Op::kAnd && !so) return is(false);
  if (node.op == Op::kOr && so) return is(true);
  const Held right = hold(*node.operands[1], dot);
  return right.get() == nullptr ? Found() : is(truthy(*right.get()));
}

Found Evaluator::binary(const Node& node, const Value& dot) {
  const Held left = hold(*node.operands[0], dot);
  if (left.get() == nullptr) return std::nullopt;
  const Held right = hold(*node.operands[1], dot);
  if (right.get() == nullptr) return std::nullopt;
  const Value& a = *left.get();
  const Value& b = *right.get();
  switch (node.op) {
    case Op::kAt:
      if (b.is_string()) return field_of(a, b.get_ref<const std::string&>());
      if (const auto index = as_int64(b)) return index_of(a, *index);
      return std::nullopt;
    case Op::kAdd:
      return add_values(*this, copy(a), b);
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kModulo:
      return arithmetic(node.op, a, b);
    default:
      // As long as the two are the same, all of them is looked at.
      weigh(a.size() < b.size() ? a : b, made_);
      return spend(0) ? compared(node.op, a, b) : Found();
  }
}

std::optional<Value> Expression::Node::evaluate(const Scope& scope) const {
  return Evaluator(scope).value(*this, scope.dot);
}

}  // namespace skald::definition
