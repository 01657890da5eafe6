#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <regex>

#include "engine/base/hash.h"
#include "engine/base/secret.h"
#include "engine/definition/deferred_checks.h"
#include "engine/definition/pivot.h"
#include "engine/definition/task_parser.h"

namespace skald::definition {
namespace {

constexpr std::size_t kMaxNameBytes = 63;
constexpr std::size_t kMaxHeadBytes = 256;  // std::regex recurses with every character

// The text behind a key that must have one.
std::string text_of(const DocNode& document, std::string_view key, const std::regex& pattern, std::string_view expected,
                    Problems& problems) {
  const DocNode* node = document.find(key);
  if (node == nullptr) {
    problems.add(document, fmt::format("'document.{}' is missing; expected {}", key, expected));
    return {};
  }
  if (node->is_string() && node->scalar.get_ref<const std::string&>().size() > kMaxHeadBytes) {
    problems.add(*node,
                 fmt::format("'document.{}' is longer than {} bytes; expected {}", key, kMaxHeadBytes, expected));
    return {};
  }
  if (!node->is_string() || !std::regex_match(node->scalar.get_ref<const std::string&>(), pattern)) {
    const bool unquoted = node->type == DocNode::Type::kScalar && !node->is_string();
    problems.add(*node, fmt::format("'document.{}' is {}; expected {}{}", key, to_json(node->value()), expected,
                                    unquoted ? ", in quotes" : ""));
    return {};
  }
  return node->scalar.get<std::string>();
}

void read_head(const DocNode& root, Workflow& workflow, Problems& problems) {
  static const std::regex dsl("1\\.0\\.[0-9]+");
  static const std::regex label("[a-zA-Z0-9]([-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?");
  static const std::regex semver(
      "(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\\+[0-9A-Za-z.-]+)?");
  const DocNode* document = root.find("document");
  if (document == nullptr || !document->is_mapping()) {
    return problems.add(root, "'document' is missing; expected document: { dsl, namespace, name, version }");
  }
  check_keys(*document, {"dsl", "namespace", "name", "version", "title", "summary", "tags", "metadata"}, "'document'",
             problems);
  text_of(*document, "dsl", dsl, "a version of the DSL that Skald runs: '1.0.3'", problems);
  const auto name = fmt::format("a DNS label (letters, digits and '-', at most {})", kMaxNameBytes);
  workflow.ns = text_of(*document, "namespace", label, name, problems);
  workflow.name = text_of(*document, "name", label, name, problems);
  workflow.version = text_of(*document, "version", semver, "a semantic version: '1.0.0'", problems);
}

void refuse_later(const DocNode& root, Problems& problems) {
  if (root.find("schedule") != nullptr) {
    problems.add(key_position(root, "schedule"),
                 "'schedule' is not supported by this version of Skald; start sagas with skald submit");
  }
  if (const auto* evaluate = root.find("evaluate")) {
    check_keys(*evaluate, {"language", "mode"}, "'evaluate'", problems);
    const auto* language = evaluate->find("language");
    const auto* mode = evaluate->find("mode");
    if (language != nullptr && language->value() != "jq") {
      problems.add(*language, fmt::format("the language {} is not supported by this version of Skald; expressions are "
                                          "written in jq",
                                          to_json(language->value())));
    }
    if (mode != nullptr && mode->value() != "strict" && mode->value() != "loose") {
      problems.add(*mode, "'mode' is strict (expressions stand inside ${ }) or loose (every string may be one)");
    }
  }
}

bool is_loose(const DocNode& root) {
  const auto* evaluate = root.find("evaluate");
  const auto* mode = evaluate != nullptr ? evaluate->find("mode") : nullptr;
  return mode != nullptr && mode->value() == "loose";
}

void check_secrets(const DocNode& secrets, Problems& problems) {
  if (!secrets.is_sequence()) return problems.add(secrets, "'use.secrets' is a list of names");
  for (const DocNode& name : secrets.items) {
    if (name.is_string() && is_secret_name(name.scalar.get_ref<const std::string&>())) continue;
    problems.add(name, "a secret's name has letters, digits, '_' and '-', at most 64");
  }
}

// What may be used by name; each is read where it is used. Of what is used nowhere, what needs no variables is checked.
void check_use(const DocNode& root, Problems& problems) {
  const auto* use = root.find("use");
  if (use == nullptr) return;
  if (!use->is_mapping()) return problems.add(*use, "'use' is a mapping");
  for (const char* later : {"extensions", "catalogs"}) {
    if (use->find(later) == nullptr) continue;
    problems.add(key_position(*use, later),
                 fmt::format("'use.{}' is not supported by this version of Skald; supported: "
                             "authentications, errors, functions, retries, secrets, timeouts",
                             later));
  }
  check_keys(*use,
             {"errors", "functions", "retries", "timeouts", "authentications", "extensions", "catalogs", "secrets"},
             "'use'", problems);
  if (const auto* secrets = use->find("secrets")) check_secrets(*secrets, problems);
  for (const auto& [section, names] : use->entries) {
    if (!names.is_mapping() && section != "secrets" && section != "extensions") {
      problems.add(names, fmt::format("'use.{}' is a mapping of names", section));
    }
    for (const auto& [name, written] : names.entries) {
      if (section == "retries") read_retry(written, default_retry(), problems);
      if (section == "timeouts") read_timeout(written, problems);
    }
  }
}

// Whether any text below the node has `word` in it.
bool mentions(const DocNode& node, std::string_view word) {
  if (node.is_string()) return node.scalar.get_ref<const std::string&>().find(word) != std::string::npos;
  const auto in_item = [&](const DocNode& item) { return mentions(item, word); };
  const auto in_entry = [&](const auto& entry) { return mentions(entry.second, word); };
  return std::any_of(node.items.begin(), node.items.end(), in_item) ||
         std::any_of(node.entries.begin(), node.entries.end(), in_entry);
}

// Each expression's variables are made anew, so the whole document is among them only where it may be asked for.
Value visible_document(const DocNode& root, const Workflow& workflow) {
  if (mentions(root, "definition")) return root.value();
  return {{"document", {{"namespace", workflow.ns}, {"name", workflow.name}, {"version", workflow.version}}}};
}

void gather(const Task& task, std::map<std::string, const Task*, std::less<>>& by_reference) {
  by_reference.emplace(task.reference, &task);
  for (const TaskList* list : task.body->lists()) {
    for (const auto& child : *list) gather(*child, by_reference);
  }
  if (task.undo != nullptr) gather(*task.undo->body, by_reference);
}

Result<Parsed> parse_root(const DocNode& root, std::string_view text, const std::string& file, Kinds kinds,
                          JqRunner& jq) {
  Problems problems(file);
  if (!root.is_mapping()) {
    problems.add(root, "expected a workflow: a mapping with 'document' and 'do'");
    return fail(problems.error());
  }
  auto workflow = std::make_shared<Workflow>();
  check_keys(root, {"document", "input", "output", "timeout", "do", "use", "schedule", "evaluate", "metadata"},
             "a workflow", problems);
  read_head(root, *workflow, problems);
  refuse_later(root, problems);
  check_use(root, problems);
  TaskParser parser(problems, kinds, jq, {root.find("use"), is_loose(root)});
  if (const auto* timeout = root.find("timeout")) workflow->timeout = parser.timeout(*timeout);
  const DocNode* list = root.find("do");
  if (list == nullptr) {
    problems.add(root, "'do' is missing; expected a list of tasks");
    return fail(problems.error());
  }
  workflow->root = parser.root(*list);
  if (workflow->root == nullptr) return fail(problems.error());
  parser.data_flow(*workflow->root, root);
  check_pivot(*workflow, *list, problems);
  if (!problems.empty()) return fail(problems.error());

  warn_about_undos(*workflow, problems);
  gather(*workflow->root, workflow->by_reference);
  const Digest digest = sha256(Payload(root.value()).bytes());
  workflow->hash = to_hex(bytes_of(digest));
  workflow->source = std::string(text);
  workflow->document = visible_document(root, *workflow);
  return Parsed{std::move(workflow), problems.take_warnings()};
}

// With every jq program checked.
Result<Parsed> parse_checked(const DocNode& root, std::string_view text, const std::string& file, Kinds kinds,
                             JqRunner& jq) {
  // In a loose document a text that is no expression is a text; in a strict one so many as are told are looked for.
  DeferredChecks checks(is_loose(root) ? std::numeric_limits<std::size_t>::max() : kMaxProblems);
  auto parsed = parse_root(root, text, file, kinds, checks);
  if (checks.settle(jq)) return parsed;
  return parse_root(root, text, file, kinds, checks);
}

}  // namespace

const Task* Workflow::find(std::string_view reference) const {
  const auto found = by_reference.find(reference);
  return found == by_reference.end() ? nullptr : found->second;
}

Result<Parsed> parse_workflow(std::string_view text, const std::string& file, Kinds kinds, JqRunner& jq) {
  SKALD_ASSIGN(const DocNode root, parse_document(text, file));
  return parse_checked(root, text, file, kinds, jq);
}

Result<Parsed> parse_stored_workflow(std::string_view text, const std::string& name, Kinds kinds, JqRunner& jq) {
  SKALD_ASSIGN(const DocNode root, parse_document(text, name));
  if (is_loose(root)) return parse_checked(root, text, name, kinds, jq);
  DeferredChecks unsettled(0);
  return parse_root(root, text, name, kinds, unsettled);
}

}  // namespace skald::definition
