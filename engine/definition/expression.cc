#include "engine/definition/expression.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/msgpack.h"
#include "engine/definition/expression_node.h"
#include "engine/definition/jq_messages.h"
#include "engine/definition/program_scan.h"

namespace skald::definition {
namespace {

constexpr std::size_t kMaxExpressionBytes = 16 * 1024;

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

tl::unexpected<Error> bad(std::string message) {
  return fail(ErrorKind::kInvalid, "bad-expression", std::move(message));
}

// The program inside a string that is wholly one `${ ... }`.
std::optional<std::string_view> embedded(const std::string& text) {
  const std::string_view trimmed = trim(text);
  if (trimmed.size() < 3 || trimmed.substr(0, 2) != "${" || trimmed.back() != '}') return std::nullopt;
  return trimmed.substr(2, trimmed.size() - 3);
}

// Those of the variables whose names stand behind a dollar sign somewhere in the text; jq lets blanks stand between.
Reads may_read(const std::string& text, const std::vector<std::string_view>& variables) {
  bool spaced = false;
  for (auto at = text.find('$'); at != std::string::npos; at = text.find('$', at + 1)) {
    spaced = spaced || text.find_first_of(" \t\r\n#", at) == at + 1;
  }
  Reads reads;
  reads.add_dot();
  for (const std::string_view name : variables) {
    if (spaced || text.find(fmt::format("${}", name)) != std::string::npos) reads.add(std::string(name));
  }
  return reads;
}

void gather_reads(const Expression::Node& node, Reads& reads) {
  using Op = Expression::Node::Op;
  if (node.op == Op::kField && node.operands[0]->op == Op::kVariable)
    return reads.add(node.operands[0]->text, node.text);
  if (node.op == Op::kVariable) return reads.add(node.text);
  if (node.op == Op::kDot || node.op == Op::kCall) reads.add_dot();  // a builtin reads it without naming it
  for (const auto& operand : node.operands) gather_reads(*operand, reads);
}

}  // namespace

bool stays_text(const std::string& text) { return text.find("${") != std::string::npos && !embedded(text); }

void Reads::add(std::string variable, std::string field) {
  variables_.emplace_back(std::move(variable), std::move(field));
}

void Reads::add(const Reads& other) {
  dot_ = dot_ || other.dot_;
  for (const auto& one : other.variables_) {
    if (std::find(variables_.begin(), variables_.end(), one) == variables_.end()) variables_.push_back(one);
  }
}

bool Reads::variable(std::string_view name) const {
  return std::any_of(variables_.begin(), variables_.end(), [&](const auto& one) { return one.first == name; });
}

bool Reads::field(std::string_view name, std::string_view field) const {
  return std::any_of(variables_.begin(), variables_.end(),
                     [&](const auto& one) { return one.first == name && (one.second.empty() || one.second == field); });
}

Reads reads_of(const Expression::Node& program) {
  Reads reads;
  gather_reads(program, reads);
  return reads;
}

void Scope::set(std::string_view name, Value value) {
  const auto at =
      std::find_if(variables.begin(), variables.end(), [&](const auto& entry) { return entry.first == name; });
  if (at != variables.end()) {
    at->second = std::move(value);
  } else {
    variables.emplace_back(name, std::move(value));
  }
}

Status JqRunner::check_all(std::span<const JqProgram> programs) {
  for (const auto& [text, variables] : programs) SKALD_TRY(check(text, {variables.begin(), variables.end()}));
  return {};
}

Result<Expression> Expression::compile(std::string_view text, const std::vector<std::string_view>& variables,
                                       JqRunner& jq) {
  Expression expression;
  expression.text_ = std::string(trim(text));
  if (expression.text_.empty()) return bad("the expression is empty");
  if (expression.text_.size() > kMaxExpressionBytes) {
    return bad(
        fmt::format("the expression has {} bytes; at most {} are taken", expression.text_.size(), kMaxExpressionBytes));
  }
  std::vector<std::string> named;
  expression.root_ = parse_native(expression.text_, named);
  if (expression.root_) {
    for (const auto& name : named) {
      if (std::find(variables.begin(), variables.end(), name) == variables.end()) {
        return bad(undefined_variable(name, variables));
      }
    }
    expression.reads_ = reads_of(*expression.root_);
    return expression;
  }
  expression.reads_ = may_read(expression.text_, variables);
  if (const std::string impure = find_impure(expression.text_); !impure.empty()) {
    return bad(fmt::format("'{}' is not allowed: an expression may depend on nothing but its input", impure));
  }
  if (const std::string unclosed = find_unclosed(expression.text_); !unclosed.empty()) {
    return bad("not valid jq: " + unclosed);
  }
  SKALD_TRY(jq.check(expression.text_, variables));
  return expression;
}

Result<Value> Expression::evaluate(const Scope& scope, JqRunner& jq) const {
  if (!jq.knows_all()) {
    if (auto unknown = unknown_result(scope)) return std::move(*unknown);
  }
  if (root_) {
    if (auto value = root_->evaluate(scope)) return std::move(*value);
  }
  return jq.run(text_, scope);
}

std::optional<Path> Expression::path() const {
  Path path;
  const Node* at = root_.get();
  for (; at != nullptr && at->op == Node::Op::kField; at = at->operands[0].get()) path.fields.push_back(at->text);
  if (at == nullptr || (at->op != Node::Op::kDot && at->op != Node::Op::kVariable)) return std::nullopt;
  std::reverse(path.fields.begin(), path.fields.end());
  if (at->op == Node::Op::kVariable) path.variable = at->text;
  return path;
}

struct Template::Node {
  Node();  // out of line for clang, as DocNode's

  std::optional<Expression> expression;
  bool or_itself = false;  // where the expression fails, the text itself is meant
  Value constant;          // where no expression is inside, or one that may fail
  bool is_constant = false;
  std::vector<std::pair<std::string, Node>> entries;  // of an object
  std::vector<Node> items;                            // of an array
  bool is_object = false;

  static Result<Node> compile(const Value& document, const std::string& pointer,
                              const std::vector<std::string_view>& variables, JqRunner& jq, bool loose);
  void gather_reads(Reads& reads) const;
  Result<Value> evaluate(const Scope& scope, JqRunner& jq) const;
  // False where there is an expression that is more than a path.
  bool splice(Splice& into) const;
};

Template::Node::Node() = default;

Result<Template::Node> Template::Node::compile(const Value& document, const std::string& pointer,
                                               const std::vector<std::string_view>& variables, JqRunner& jq,
                                               bool loose) {
  Node node;
  bool all_constant = true;
  if (document.is_string()) {
    if (const auto program = embedded(document.get_ref<const std::string&>())) {
      auto expression = Expression::compile(*program, variables, jq);
      if (!expression) {
        const std::string place = pointer.empty() ? "" : pointer + ": ";
        return bad(place + expression.error().message);
      }
      node.expression = std::move(*expression);
      return node;
    }
    if (auto expression = loose ? Expression::compile(document.get_ref<const std::string&>(), variables, jq)
                                : Result<Expression>(bad("strict"))) {
      node.expression = std::move(*expression);
      node.or_itself = true;
      node.constant = document;
      return node;
    }
  } else if (document.is_object()) {
    node.is_object = true;
    for (const auto& [key, value] : document.items()) {
      SKALD_ASSIGN(Node child, compile(value, pointer + "/" + key, variables, jq, loose));
      all_constant = all_constant && child.is_constant;
      node.entries.emplace_back(key, std::move(child));
    }
  } else if (document.is_array()) {
    for (std::size_t i = 0; i < document.size(); ++i) {
      SKALD_ASSIGN(Node child, compile(document[i], fmt::format("{}/{}", pointer, i), variables, jq, loose));
      all_constant = all_constant && child.is_constant;
      node.items.push_back(std::move(child));
    }
  }
  node.is_constant = all_constant;
  if (all_constant) node.constant = document;
  return node;
}

void Template::Node::gather_reads(Reads& reads) const {
  if (expression) reads.add(expression->reads());
  for (const auto& [key, child] : entries) child.gather_reads(reads);
  for (const auto& child : items) child.gather_reads(reads);
}

Result<Value> Template::Node::evaluate(const Scope& scope, JqRunner& jq) const {
  if (expression) {
    auto value = expression->evaluate(scope, jq);
    return value || !or_itself ? std::move(value) : constant;
  }
  if (is_constant) return constant;
  Value value = is_object ? Value::object() : Value::array();
  for (const auto& [key, child] : entries) {
    SKALD_ASSIGN(value[key], child.evaluate(scope, jq));
  }
  for (const auto& child : items) {
    SKALD_ASSIGN(Value item, child.evaluate(scope, jq));
    value.push_back(std::move(item));
  }
  return value;
}

bool Template::Node::splice(Splice& into) const {
  if (expression) {
    auto path = expression->path();
    if (path) into.add(std::move(*path));
    return path.has_value();
  }
  if (is_constant) {
    into.add(Payload(constant).bytes());
    return true;
  }
  MsgWriter head;
  is_object ? head.map(static_cast<std::uint32_t>(entries.size()))
            : head.array(static_cast<std::uint32_t>(items.size()));
  into.add(head.bytes());
  for (const auto& [key, child] : entries) {
    MsgWriter name;
    name.str(key);
    into.add(name.bytes());
    if (!child.splice(into)) return false;
  }
  return std::all_of(items.begin(), items.end(), [&](const Node& child) { return child.splice(into); });
}

Result<Template> Template::compile(const Value& document, const std::vector<std::string_view>& variables, JqRunner& jq,
                                   bool loose) {
  SKALD_ASSIGN(Node root, Node::compile(document, "", variables, jq, loose));
  Template made;
  root.gather_reads(made.reads_);
  if (!root.splice(made.splice_.emplace())) made.splice_.reset();
  made.root_ = std::make_shared<const Node>(std::move(root));
  return made;
}

Result<Value> Template::evaluate(const Scope& scope, JqRunner& jq) const { return root_->evaluate(scope, jq); }

bool Template::constant() const { return root_->is_constant; }

}  // namespace skald::definition
