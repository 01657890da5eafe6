// The parts that tasks are made of: expressions, documents with expressions, timeouts and retry policies, written where
// they are used or by name.

#include <fmt/format.h>

#include <algorithm>

#include "engine/definition/task_parser.h"

namespace skald::definition {
namespace {

const DocNode& node_at(const DocNode& node, std::string_view pointer) {
  if (pointer.empty() || pointer.front() != '/') return node;
  pointer.remove_prefix(1);
  // A key may have a slash in it: the longest that fits is meant.
  for (const auto& [key, child] : node.entries) {
    if (pointer == key) return child;
    if (pointer.size() > key.size() && pointer.substr(0, key.size()) == key && pointer[key.size()] == '/') {
      return node_at(child, pointer.substr(key.size()));
    }
  }
  const auto slash = pointer.find('/');
  const auto index = std::strtoul(std::string(pointer.substr(0, slash)).c_str(), nullptr, 10);
  if (index >= node.items.size()) return node;
  return node_at(node.items[index], slash == std::string_view::npos ? "" : pointer.substr(slash));
}

// The text of an expression that may stand inside ${ } or bare.
std::string bare(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  const auto end = text.find_last_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  const std::string trimmed = text.substr(begin, end - begin + 1);
  const bool embedded = trimmed.size() >= 3 && trimmed.rfind("${", 0) == 0 && trimmed.back() == '}';
  return embedded ? trimmed.substr(2, trimmed.size() - 3) : trimmed;
}

// "Hello, ${ .name }!": who writes so means something else.
void warn_of_text(const DocNode& node, Problems& problems) {
  for (const auto& [key, child] : node.entries) warn_of_text(child, problems);
  for (const DocNode& item : node.items) warn_of_text(item, problems);
  if (!node.is_string() || !stays_text(node.scalar.get_ref<const std::string&>())) return;
  problems.warn(node, R"(stays text: an expression is all between the quotes, as in '${ "Hello, \(.name)!" }')");
}

}  // namespace

std::optional<Template> TaskParser::document(const DocNode& node, const Names& variables) {
  auto made = Template::compile(node.value(), variables, jq_, options_.loose);
  if (made) {
    warn_of_text(node, problems_);
    return std::move(*made);
  }
  const std::string& message = made.error().message;
  const auto colon = message.find(": ");
  if (!message.empty() && message.front() == '/' && colon != std::string::npos) {
    problems_.add(node_at(node, std::string_view(message).substr(0, colon)), message.substr(colon + 2));
  } else {
    problems_.add(node, message);
  }
  return std::nullopt;
}

std::optional<Template> TaskParser::transformation(const DocNode& node, const Names& variables) {
  if (!node.is_string()) return document(node, variables);
  DocNode whole = node;
  whole.scalar = "${" + bare(node.scalar.get<std::string>()) + "}";
  return document(whole, variables);
}

std::optional<Expression> TaskParser::expression(const DocNode& node, const Names& variables) {
  if (!node.is_string()) {
    problems_.add(node, "expected an expression: ${ .total > 0 }");
    return std::nullopt;
  }
  auto made = Expression::compile(bare(node.scalar.get<std::string>()), variables, jq_);
  if (made) return std::move(*made);
  problems_.add(node, made.error().message);
  return std::nullopt;
}

const DocNode* TaskParser::find_reusable(std::string_view section, std::string_view name) const {
  const DocNode* all = options_.use != nullptr ? options_.use->find(section) : nullptr;
  if (all == nullptr) return nullptr;
  const auto item = std::find_if(all->items.begin(), all->items.end(),
                                 [name](const DocNode& one) { return one.is_string() && one.scalar == name; });
  return item != all->items.end() ? &*item : all->find(name);
}

const DocNode* TaskParser::reusable(std::string_view section, const DocNode& name) {
  const DocNode* found = find_reusable(section, name.scalar.get_ref<const std::string&>());
  if (found == nullptr) {
    problems_.add(name, fmt::format("there is no '{}' in 'use.{}'", name.scalar.get<std::string>(), section));
  }
  return found;
}

std::optional<Millis> TaskParser::timeout(const DocNode& node) {
  const DocNode* written = node.is_string() ? reusable("timeouts", node) : &node;
  return written != nullptr ? read_timeout(*written, problems_) : std::nullopt;
}

std::optional<RetryRead> TaskParser::retry(const DocNode& node, const RetryPolicy& defaults, const Names& variables) {
  const DocNode* written = node.is_string() ? reusable("retries", node) : &node;
  if (written == nullptr) return std::nullopt;
  auto read = read_retry(*written, defaults, problems_);
  if (!read) return std::nullopt;
  Names seen = variables;
  if (std::find(seen.begin(), seen.end(), "error") == seen.end()) seen.emplace_back("error");
  if (const auto* when = written->find("when")) read->policy.when = expression(*when, seen);
  if (const auto* except = written->find("exceptWhen")) read->policy.except_when = expression(*except, seen);
  return read;
}

}  // namespace skald::definition
