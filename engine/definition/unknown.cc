#include "engine/definition/unknown.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/hash.h"
#include "engine/definition/expression_node.h"

namespace skald::definition {
namespace {

using Node = Expression::Node;
using Op = Node::Op;

// No document has such a key.
constexpr const char* kMark = "\x01unknown";
// A longer symbol is cut to its roots and a digest.
constexpr std::size_t kMaxSymbol = 200;

void collect_symbols(const Value& value, std::string& into) {
  if (is_unknown(value)) {
    into += symbol_of(value) + ";";
  } else if (value.is_structured()) {
    for (const Value& inner : value) collect_symbols(inner, into);
  }
}

// The data that a program reads of what it sees.
struct Reading {
  const Scope& scope;
  std::string symbols;  // of what is unknown
  Value read = Value::array();

  void add(const Value& value) {
    collect_symbols(value, symbols);
    read.push_back(value);
  }
};

std::string step_of(const Node& node) {
  return node.op == Op::kField ? "." + node.text : fmt::format("[{}]", node.index);
}

bool is_root(const Node& node) { return node.op == Op::kDot || node.op == Op::kVariable; }

bool is_path(const Node& node) {
  if (node.op == Op::kField || node.op == Op::kIndex) return is_path(*node.operands[0]);
  return is_root(node);
}

// The unknown data that a path leads to or into; none: all on its way is known.
std::optional<Value> follow(const Node& node, const Scope& scope) {
  if (is_root(node)) {
    const Value* root = node.op == Op::kDot ? &scope.dot : scope.find(node.text);
    return root != nullptr && is_unknown(*root) ? std::optional(*root) : std::nullopt;
  }
  if (const auto of = follow(*node.operands[0], scope)) return unknown(symbol_of(*of) + step_of(node));
  const auto value = node.evaluate(scope);
  return value && is_unknown(*value) ? value : std::nullopt;
}

const Node& root_of(const Node& path) { return is_root(path) ? path : root_of(*path.operands[0]); }

void read_path(const Node& path, Reading& reading) {
  if (const auto found = follow(path, reading.scope)) {
    reading.add(*found);
  } else {
    reading.add(path.evaluate(reading.scope).value_or(nullptr));
  }
}

// `outer`: `.` is that of the scope, and not what something inside the program gives.
void collect_reads(const Node& node, Reading& reading, bool outer) {
  if (is_path(node)) {
    if (outer || root_of(node).op == Op::kVariable) read_path(node, reading);
    return;
  }
  // A builtin may read `.` without naming it; what it is given may be evaluated over parts of that.
  if (node.op == Op::kCall && outer) reading.add(reading.scope.dot);
  for (std::size_t i = 0; i < node.operands.size(); ++i) {
    const bool inner = node.op == Op::kCall || (node.op == Op::kPipe && i > 0);
    collect_reads(*node.operands[i], reading, outer && !inner);
  }
}

// What a jq program may read: the variables that it names, and `.`, of which nobody can tell.
void collect_mentions(const std::string& program, Reading& reading) {
  reading.add(reading.scope.dot);
  for (const auto& [name, value] : reading.scope.variables) {
    if (program.find("$" + std::string(name)) != std::string::npos) reading.add(value);
  }
}

}  // namespace

Value unknown_from(const std::string& root) { return unknown("<" + root + ">"); }

Value unknown(const std::string& symbol) {
  if (symbol.size() <= kMaxSymbol) return {{kMark, symbol}};
  std::string cut;
  for (const std::string& root : roots_of(symbol)) cut += "<" + root + ">";
  return {{kMark, cut + to_hex(bytes_of(sha256(symbol)))}};
}

Value unknown_of(std::string what, const Value& read) {
  std::replace(what.begin(), what.end(), '<', '(');
  std::replace(what.begin(), what.end(), '>', ')');
  std::string symbols;
  collect_symbols(read, symbols);
  return unknown(what + " of " + symbols + to_hex(bytes_of(sha256(to_json(read)))).substr(0, 16));
}

bool is_unknown(const Value& value) {
  return value.is_object() && value.size() == 1 && value.begin().key() == kMark && value.begin()->is_string();
}

bool holds_unknown(const Value& value) {
  return is_unknown(value) || (value.is_structured() && std::any_of(value.begin(), value.end(), holds_unknown));
}

const std::string& symbol_of(const Value& value) { return value.begin()->get_ref<const std::string&>(); }

std::set<std::string> roots_of(const std::string& symbol) {
  std::set<std::string> roots;
  for (auto begin = symbol.find('<'); begin != std::string::npos; begin = symbol.find('<', begin + 1)) {
    const auto end = symbol.find('>', begin);
    if (end == std::string::npos) break;
    roots.insert(symbol.substr(begin + 1, end - begin - 1));
  }
  return roots;
}

std::optional<Value> Expression::unknown_result(const Scope& scope) const {
  if (root_ && is_path(*root_)) return follow(*root_, scope);
  Reading reading{scope};
  if (root_) {
    collect_reads(*root_, reading, true);
  } else {
    collect_mentions(text_, reading);
  }
  if (reading.symbols.empty()) return std::nullopt;
  return unknown_of(text_, reading.read);
}

}  // namespace skald::definition
