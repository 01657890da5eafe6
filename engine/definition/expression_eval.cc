#include <cmath>

#include "engine/definition/expression_node.h"

namespace skald::definition {
namespace {

using Node = Expression::Node;
using Op = Node::Op;
using Found = std::optional<Value>;

bool truthy(const Value& value) { return !value.is_null() && value != Value(false); }

// jq's order of types: null, false, true, numbers, strings, arrays, objects.
int rank(const Value& value) {
  if (value.is_null()) return 0;
  if (value.is_boolean()) return value.get<bool>() ? 2 : 1;
  if (value.is_number()) return 3;
  if (value.is_string()) return 4;
  return value.is_array() ? 5 : 6;
}

// < 0, 0, > 0; none for two arrays or two objects, whose order is jq's to tell.
std::optional<int> order(const Value& a, const Value& b) {
  if (rank(a) != rank(b)) return rank(a) < rank(b) ? -1 : 1;
  if (rank(a) >= 5) return std::nullopt;
  if (rank(a) < 3) return 0;
  return a < b ? -1 : a == b ? 0 : 1;
}

Found index_field(const Value& of, const std::string& name) {
  if (of.is_null()) return Value(nullptr);
  if (!of.is_object()) return std::nullopt;
  const auto at = of.find(name);
  return at == of.end() ? Value(nullptr) : *at;
}

Found index_array(const Value& of, std::size_t index) {
  if (of.is_null()) return Value(nullptr);
  if (!of.is_array()) return std::nullopt;
  return index < of.size() ? of[index] : Value(nullptr);
}

Found add_numbers(const Value& a, const Value& b) {
  if (!a.is_number_integer() || !b.is_number_integer()) return std::nullopt;
  const bool fits = a == Value(a.get<std::int64_t>()) && b == Value(b.get<std::int64_t>());
  std::int64_t sum = 0;
  if (fits && !__builtin_add_overflow(a.get<std::int64_t>(), b.get<std::int64_t>(), &sum)) return Value(sum);
  return std::nullopt;  // fractional or too large: jq's arithmetic
}

Found add(const Value& a, const Value& b) {
  if (a.is_null()) return b;
  if (b.is_null()) return a;
  if (a.is_number() && b.is_number()) return add_numbers(a, b);
  if (a.is_string() && b.is_string()) return Value(a.get_ref<const std::string&>() + b.get_ref<const std::string&>());
  if (a.is_array() && b.is_array()) {
    Value sum = a;
    sum.insert(sum.end(), b.begin(), b.end());
    return sum;
  }
  if (a.is_object() && b.is_object()) {
    Value sum = a;
    sum.update(b);
    return sum;
  }
  return std::nullopt;
}

Found compare(Op op, const Value& a, const Value& b) {
  if (op == Op::kEqual) return Value(a == b);
  if (op == Op::kNotEqual) return Value(a != b);
  const auto ordered = order(a, b);
  if (!ordered) return std::nullopt;
  switch (op) {
    case Op::kLess:
      return Value(*ordered < 0);
    case Op::kLessEqual:
      return Value(*ordered <= 0);
    case Op::kGreater:
      return Value(*ordered > 0);
    default:
      return Value(*ordered >= 0);
  }
}

// Walks a path without copying what it passes through. Null pointer: not a path, or an error.
const Value* walk(const Node& node, const Scope& scope) {
  static const Value kNull;
  switch (node.op) {
    case Op::kDot:
      return &scope.dot;
    case Op::kVariable:
      return scope.find(node.text);
    case Op::kField:
    case Op::kIndex:
      break;
    default:
      return nullptr;
  }
  const Value* of = walk(*node.operands[0], scope);
  if (of == nullptr) return nullptr;
  if (of->is_null()) return &kNull;
  if (node.op == Op::kIndex) {
    if (!of->is_array()) return nullptr;
    return node.index < of->size() ? &(*of)[node.index] : &kNull;
  }
  if (!of->is_object()) return nullptr;
  const auto at = of->find(node.text);
  return at == of->end() ? &kNull : &*at;
}

Found binary(const Node& node, const Scope& scope) {
  const Found left = node.operands[0]->evaluate(scope);
  if (!left) return std::nullopt;
  if (node.op == Op::kAlternative && truthy(*left)) return left;
  if (node.op == Op::kAnd && !truthy(*left)) return Value(false);
  if (node.op == Op::kOr && truthy(*left)) return Value(true);
  const Found right = node.operands[1]->evaluate(scope);
  if (!right) return std::nullopt;
  switch (node.op) {
    case Op::kAlternative:
      return right;
    case Op::kAnd:
    case Op::kOr:
      return Value(truthy(*right));
    case Op::kAdd:
      return add(*left, *right);
    default:
      return compare(node.op, *left, *right);
  }
}

}  // namespace

const Value* Scope::find(std::string_view name) const {
  for (const auto& [known, value] : variables) {
    if (known == name) return &value;
  }
  return nullptr;
}

std::optional<Value> Expression::Node::evaluate(const Scope& scope) const {
  switch (op) {
    case Op::kLiteral:
      return literal;
    case Op::kDot:
    case Op::kVariable:
    case Op::kField:
    case Op::kIndex: {
      if (const Value* value = walk(*this, scope)) return *value;
      if (operands.empty()) return std::nullopt;
      // Not a path from the start: into what a group gives.
      const Found of = operands[0]->evaluate(scope);
      if (!of) return std::nullopt;
      return op == Op::kField ? index_field(*of, text) : index_array(*of, index);
    }
    case Op::kObject: {
      Value object = Value::object();
      for (std::size_t i = 0; i < keys.size(); ++i) {
        Found value = operands[i]->evaluate(scope);
        if (!value) return std::nullopt;
        object[keys[i]] = std::move(*value);
      }
      return object;
    }
    case Op::kArray: {
      Value array = Value::array();
      for (const auto& item : operands) {
        Found value = item->evaluate(scope);
        if (!value) return std::nullopt;
        array.push_back(std::move(*value));
      }
      return array;
    }
    default:
      return binary(*this, scope);
  }
}

}  // namespace skald::definition
