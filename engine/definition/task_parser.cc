#include "engine/definition/task_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/definition/durations.h"
#include "engine/definition/then.h"

namespace skald::definition {
namespace {

// What the standard has and this version does not run.
constexpr std::string_view kLaterKinds[] = {"switch", "for", "fork", "try", "raise", "wait", "run", "listen"};
constexpr std::string_view kLaterCalls[] = {"http", "grpc", "openapi", "asyncapi"};
constexpr std::string_view kSagaKeys[] = {"retry", "compensate", "pivot", "effect"};

// RFC 6901
std::string escaped(const std::string& name) {
  std::string out;
  for (const char c : name) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

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

class Reader final : public TaskReader {
 public:
  Reader(TaskParser& parser, const Task& task, const DocNode& node, std::vector<std::string_view> variables,
         std::size_t depth)
      : parser_(parser), task_(task), node_(node), variables_(std::move(variables)), depth_(depth) {}

  const DocNode& node() const override { return node_; }
  const std::string& reference() const override { return task_.reference; }
  Result<TaskList> tasks(const DocNode& list, std::string_view path) override {
    return parser_.list(list, task_.reference + std::string(path), task_.undo_of, depth_ + 1);
  }
  Result<Template> document(const DocNode& node) override {
    auto made = parser_.document(node, variables_);
    // It has been reported; the reading goes on to find the rest.
    return made ? std::move(*made) : *Template::compile(Value(nullptr), {}, no_jq());
  }
  tl::unexpected<Error> error(const DocNode& at, std::string_view what) const override {
    return fail(ErrorKind::kInvalid, "bad-definition", parser_.problems().at(at, what));
  }

 private:
  struct NoJq final : JqRunner {
    Result<Value> run(const std::string&, const Scope&) override { return Value(nullptr); }
    Status check(const std::string&, const std::vector<std::string_view>&) override { return {}; }
  };
  static JqRunner& no_jq() {
    static NoJq jq;
    return jq;
  }

  TaskParser& parser_;
  const Task& task_;
  const DocNode& node_;
  std::vector<std::string_view> variables_;
  std::size_t depth_;
};

}  // namespace

std::vector<std::string_view> forward_variables(bool with_output) {
  if (with_output) return {"context", "input", "output", "task", "workflow", "runtime"};
  return {"context", "input", "task", "workflow", "runtime"};
}

std::vector<std::string_view> undo_variables() { return {"forward", "error", "workflow", "runtime"}; }

std::vector<std::string_view> TaskParser::variables(const Task& task, bool with_output) const {
  return task.undo_of != nullptr ? undo_variables() : forward_variables(with_output);
}

std::optional<Template> TaskParser::document(const DocNode& node, const std::vector<std::string_view>& variables) {
  auto made = Template::compile(node.value(), variables, jq_);
  if (made) return std::move(*made);
  const std::string& message = made.error().message;
  const auto colon = message.find(": ");
  if (!message.empty() && message.front() == '/' && colon != std::string::npos) {
    problems_.add(node_at(node, std::string_view(message).substr(0, colon)), message.substr(colon + 2));
  } else {
    problems_.add(node, message);
  }
  return std::nullopt;
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
    if (!names.insert(name).second) {
      problems_.add(item.key_positions.front(), fmt::format("a task '{}' stands in this list already", name));
    }
    if (auto made = task(name, what, fmt::format("{}/{}/{}", reference, i, escaped(name)), undo_of, depth)) {
      tasks.push_back(std::move(made));
    }
  }
  if (tasks.size() == node.items.size()) resolve_then(tasks, node, problems_);
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
    if (node.find(kind->keyword()) == nullptr) continue;
    if (found != nullptr) {
      problems_.add(key_position(node, kind->keyword()),
                    fmt::format("the task '{}' has both '{}' and '{}'; a task is of one kind", name, found->keyword(),
                                kind->keyword()));
      return nullptr;
    }
    found = kind;
  }
  for (const auto later : kLaterKinds) {
    if (node.find(later) == nullptr || std::find(supported.begin(), supported.end(), later) != supported.end())
      continue;
    problems_.add(key_position(node, later),
                  fmt::format("task kind '{}' is not supported by this version of Skald; supported: {}", later,
                              fmt::join(supported, ", ")));
    return nullptr;
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
  Reader reader(*this, task, node, variables(task, false), depth);
  auto parsed = task.kind->parse(reader);
  if (parsed) {
    task.body = std::move(*parsed);
  } else {
    problems_.add_line(parsed.error().message);
  }
}

void TaskParser::common(Task& task, const DocNode& node) {
  const auto part = [&](std::string_view key, std::string_view inner) -> const DocNode* {
    const DocNode* outer = node.find(key);
    if (outer == nullptr) return nullptr;
    if (outer->find("schema") != nullptr) {
      problems_.add(key_position(*outer, "schema"),
                    fmt::format("'{}.schema' is not supported by this version of Skald", key));
    }
    check_keys(*outer, {inner, "schema"}, fmt::format("'{}'", key), problems_);
    if (!outer->is_mapping()) problems_.add(*outer, fmt::format("expected {}: {{ {}: ... }}", key, inner));
    return outer->find(inner);
  };
  if (const auto* condition = node.find("if")) {
    if (condition->is_string()) {
      std::string text = condition->scalar.get<std::string>();
      if (text.rfind("${", 0) == 0 && text.back() == '}') text = text.substr(2, text.size() - 3);
      auto made = Expression::compile(text, variables(task, false), jq_);
      if (made) {
        task.condition = std::move(*made);
      } else {
        problems_.add(*condition, made.error().message);
      }
    } else {
      problems_.add(*condition, "'if' is an expression: ${ .total > 0 }");
    }
  }
  if (const auto* from = part("input", "from")) task.input_from = document(*from, variables(task, false));
  if (const auto* as = part("output", "as")) task.output_as = document(*as, variables(task, true));
  if (const auto* as = part("export", "as")) {
    if (task.undo_of != nullptr) problems_.add(*as, "no 'export' inside an undo: undos change no context");
    task.export_as = document(*as, variables(task, true));
  }
  if (const auto* timeout = node.find("timeout")) {
    if (!task.kind->has_effect()) {
      problems_.add(*timeout, fmt::format("'timeout' of a '{}' is not supported by this version of Skald; calls and "
                                          "the workflow as a whole may have one",
                                          task.kind->keyword()));
    } else {
      task.timeout = read_timeout(*timeout, problems_);
    }
  }
  if (const auto* metadata = node.find("metadata"); metadata != nullptr && !metadata->is_mapping()) {
    problems_.add(*metadata, "'metadata' is a mapping");
  }
}

}  // namespace skald::definition
