#include "engine/definition/task_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/definition/schema_refs.h"
#include "engine/definition/task_reader.h"
#include "engine/definition/then.h"

namespace skald::definition {
namespace {

// What the standard has and this version does not run.
constexpr std::string_view kLaterCalls[] = {"grpc", "openapi", "asyncapi", "a2a", "mcp"};
constexpr std::string_view kSagaKeys[] = {"retry", "compensate", "pivot", "effect"};

// The `do` of a `for` makes it no `do`.
bool has_key(const Kind& kind, std::string_view key) {
  const auto keys = kind.keys();
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

}  // namespace

Names forward_variables(bool with_output) {
  if (with_output) return {"context", "input", "output", "task", "workflow", "runtime"};
  return {"context", "input", "task", "workflow", "runtime"};
}

Names undo_variables() { return {"forward", "error", "workflow", "runtime"}; }

Names TaskParser::variables(const Task& task, bool with_output) const {
  Names names = task.undo_of != nullptr ? undo_variables() : forward_variables(with_output);
  names.insert(names.end(), locals_.begin(), locals_.end());
  return names;
}

std::unique_ptr<Task> TaskParser::root(const DocNode& list) {
  DocNode wrapped;
  wrapped.type = DocNode::Type::kMapping;
  wrapped.line = list.line;
  wrapped.column = list.column;
  wrapped.entries.emplace_back("do", list);
  wrapped.key_positions.emplace_back(list.line, list.column);
  return task("", wrapped, "", nullptr, 0);
}

TaskList TaskParser::list(const DocNode& node, const std::string& reference, const Task* undo_of, std::size_t depth) {
  TaskList tasks;
  if (!node.is_sequence() || node.items.empty()) {
    problems_.add(node, "expected a list of tasks, each `- name: { ... }`, with at least one");
    return tasks;
  }
  if (depth > kMaxTaskDepth) {
    problems_.add(node, fmt::format("tasks are nested deeper than {} levels", kMaxTaskDepth));
    return tasks;
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const DocNode& item = node.items[i];
    if (!item.is_mapping() || item.entries.size() != 1) {
      problems_.add(item, "each task of a list is a mapping with one key, its name: `- name: { ... }`");
      continue;
    }
    const auto& [name, what] = item.entries.front();
    if (name.empty()) problems_.add(item.key_positions.front(), "a task needs a name");
    if (is_directive(name)) {
      problems_.add(item.key_positions.front(),
                    fmt::format("a task cannot be named '{}': that is where a 'then' may go", name));
    }
    if (!names.insert(name).second) {
      problems_.add(item.key_positions.front(), fmt::format("a task '{}' stands in this list already", name));
    }
    if (auto made = task(name, what, fmt::format("{}/{}/{}", reference, i, pointer_token(name)), undo_of, depth)) {
      tasks.push_back(std::move(made));
    }
  }
  return tasks;
}

TaskList TaskParser::sequence(const DocNode& node, const std::string& reference, const Task* undo_of, std::size_t depth,
                              const Names& locals) {
  const std::size_t around = locals_.size();
  locals_.insert(locals_.end(), locals.begin(), locals.end());
  TaskList tasks = list(node, reference, undo_of, depth);
  locals_.resize(around);
  resolve_then(tasks, node, problems_);
  report_unreachable(tasks, node, problems_);
  return tasks;
}

std::unique_ptr<Task> TaskParser::task(const std::string& name, const DocNode& node, const std::string& reference,
                                       const Task* undo_of, std::size_t depth) {
  if (!node.is_mapping()) {
    problems_.add(node, fmt::format("the task '{}' is a mapping, as in {{ call: a.task }}", name));
    return nullptr;
  }
  if (++count_ > kMaxTasks) {
    if (count_ == kMaxTasks + 1) problems_.add(node, fmt::format("a workflow has at most {} tasks", kMaxTasks));
    return nullptr;
  }
  const Kind* kind = kind_of(node, name);
  if (kind == nullptr) return nullptr;
  auto made = std::make_unique<Task>();
  made->name = name;
  made->reference = reference;
  made->line = node.line;
  made->kind = kind;
  made->undo_of = undo_of;
  common(*made, node);
  saga_keys(*made, node, depth);
  body(*made, node, depth);
  return made;
}

const Kind* TaskParser::kind_of(const DocNode& node, const std::string& name) {
  std::vector<std::string_view> supported;
  const Kind* found = nullptr;
  for (const Kind* kind : kinds_) supported.push_back(kind->keyword());
  for (const Kind* kind : kinds_) {
    if (node.find(kind->keyword()) == nullptr || (found != nullptr && has_key(*found, kind->keyword()))) continue;
    if (found != nullptr && !has_key(*kind, found->keyword())) {
      problems_.add(key_position(node, kind->keyword()),
                    fmt::format("the task '{}' has both '{}' and '{}'; a task is of one kind", name, found->keyword(),
                                kind->keyword()));
      return nullptr;
    }
    found = kind;
  }
  if (found == nullptr) {
    problems_.add(node, fmt::format("the task '{}' needs one of: {}", name, fmt::join(supported, ", ")));
    return nullptr;
  }
  const DocNode* value = node.find(found->keyword());
  if (found->keyword() == "call" && value->is_string() &&
      std::find(std::begin(kLaterCalls), std::end(kLaterCalls), value->scalar.get<std::string>()) !=
          std::end(kLaterCalls)) {
    problems_.add(*value, fmt::format("'call: {}' is not supported by this version of Skald; call a task type that a "
                                      "worker serves, as in inventory.reserve",
                                      value->scalar.get<std::string>()));
    return nullptr;
  }
  return found;
}

void TaskParser::body(Task& task, const DocNode& node, std::size_t depth) {
  std::vector<std::string_view> known{
      task.kind->keyword(), "if", "input", "output", "export", "then", "timeout", "metadata"};
  for (const auto key : task.kind->keys()) known.push_back(key);
  if (task.kind->has_effect()) known.insert(known.end(), std::begin(kSagaKeys), std::end(kSagaKeys));
  if (task.kind->composite()) known.emplace_back("compensate");
  check_keys(node, known, fmt::format("a task of kind '{}'", task.kind->keyword()), problems_);
  auto parsed = parse_body(*this, task, node, depth);
  if (parsed) {
    task.body = std::move(*parsed);
    own_undo(task);
  } else {
    problems_.add_line(parsed.error().message);
  }
}

void TaskParser::common(Task& task, const DocNode& node) {
  if (const auto* condition = node.find("if")) task.condition = expression(*condition, variables(task, false));
  data_flow(task, node);
  if (const auto* given = node.find("timeout")) task.timeout = timeout(*given);
  if (const auto* metadata = node.find("metadata"); metadata != nullptr && !metadata->is_mapping()) {
    problems_.add(*metadata, "'metadata' is a mapping");
  }
}

void TaskParser::data_flow(Task& task, const DocNode& node) {
  const auto part = [&](std::string_view key, std::string_view inner, std::optional<Schema>& schema) -> const DocNode* {
    const DocNode* outer = node.find(key);
    if (outer == nullptr) return nullptr;
    if (!outer->is_mapping()) problems_.add(*outer, fmt::format("expected {}: {{ {}: ..., schema: ... }}", key, inner));
    check_keys(*outer, {inner, "schema"}, fmt::format("'{}'", key), problems_);
    if (const auto* given = outer->find("schema")) schema = read_schema(*given, problems_);
    return outer->find(inner);
  };
  if (const auto* from = part("input", "from", task.input_schema)) {
    task.input_from = transformation(*from, variables(task, false));
  }
  if (const auto* as = part("output", "as", task.output_schema)) {
    task.output_as = transformation(*as, variables(task, true));
  }
  const auto* exported = node.find("export");
  if (const auto* as = part("export", "as", task.export_schema)) {
    task.export_as = transformation(*as, variables(task, true));
  } else if (exported != nullptr) {
    problems_.add(*exported, "'export' needs 'as': what the context becomes");
  }
  if (exported != nullptr && task.undo_of != nullptr) {
    problems_.add(*exported, "no 'export' inside an undo: undos change no context");
  }
}

}  // namespace skald::definition
