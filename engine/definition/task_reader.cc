#include "engine/definition/task_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "engine/definition/then.h"

namespace skald::definition {
namespace {

struct NoJq final : JqRunner {
  Result<Value> run(const std::string&, const Scope&) override { return Value(nullptr); }
  Status check(const std::string&, const std::vector<std::string_view>&) override { return {}; }
};

JqRunner& no_jq() {
  static NoJq jq;
  return jq;
}

// As jq has them, and as many letters as anyone needs.
bool is_variable(std::string_view name) {
  constexpr std::size_t kMost = 64;
  const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
  return !name.empty() && name.size() <= kMost && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
         std::all_of(name.begin(), name.end(), word);
}

bool is_taken(std::string_view name) {
  static constexpr std::string_view kTaken[] = {"context", "input",   "output",  "task", "workflow",
                                                "runtime", "forward", "secrets", "ENV",  "__loc__"};
  return std::find(std::begin(kTaken), std::end(kTaken), name) != std::end(kTaken);
}

class Reader final : public TaskReader {
 public:
  Reader(TaskParser& parser, const Task& task, const DocNode& node, std::size_t depth)
      : parser_(parser), task_(task), node_(node), depth_(depth) {}

  const DocNode& node() const override { return node_; }
  const std::string& reference() const override { return task_.reference; }

  using TaskReader::tasks;
  TaskList tasks(const DocNode& list, std::string_view path, const Names& locals) override {
    return parser_.sequence(list, task_.reference + std::string(path), task_.undo_of, depth_ + 1, locals);
  }
  TaskList branches(const DocNode& list, std::string_view path) override {
    TaskList tasks = parser_.list(list, task_.reference + std::string(path), task_.undo_of, depth_ + 1);
    resolve_then(tasks, list, parser_.problems());
    return tasks;
  }

  using TaskReader::document;
  Template document(const DocNode& node, const Names& locals) override {
    auto made = parser_.document(node, with(locals));
    return made ? std::move(*made) : *Template::compile(Value(nullptr), {}, no_jq());
  }

  Expression expression(const DocNode& node, const Names& locals) override {
    auto made = parser_.expression(node, with(locals));
    return made ? std::move(*made) : *Expression::compile("null", {}, no_jq());
  }

  std::string_view variable(const DocNode& mapping, std::string_view key, std::string_view name) override {
    const DocNode* given = mapping.find(key);
    if (given == nullptr) return name;
    if (!given->is_string() || !is_variable(given->scalar.get_ref<const std::string&>())) {
      report(*given, fmt::format("'{}' is the name of a variable: letters, digits and '_'", key));
      return name;
    }
    const std::string& text = given->scalar.get_ref<const std::string&>();
    if (is_taken(text)) report(*given, fmt::format("${} is a variable of every expression; choose another name", text));
    return text;
  }

  Millis duration(const DocNode& node) override {
    return read_duration(node, parser_.problems(), true).value_or(Millis(0));
  }

  std::optional<Schema> schema(const DocNode& node) override {
    only_keys(node, {"schema"}, "this input");
    const DocNode* given = node.find("schema");
    if (given != nullptr) return read_schema(*given, parser_.problems());
    report(node, "expected { schema: ... }");
    return std::nullopt;
  }

  RetryPolicy retry(const DocNode& node, const Names& locals) override {
    const auto read = parser_.retry(node, default_retry(), with(locals));
    if (!read) return default_retry();
    if (read->attempt_timeout) {
      report(node, "'limit.attempt.duration' bounds a call; here, give the tasks inside a timeout");
    }
    return read->policy;
  }

  const DocNode* reusable(std::string_view section, std::string_view name) override {
    return parser_.find_reusable(section, name);
  }
  bool inside_undo() const override { return task_.undo_of != nullptr; }

  void only_keys(const DocNode& mapping, const Names& known, std::string_view where) override {
    check_keys(mapping, known, where, parser_.problems());
  }
  void report(const DocNode& at, std::string_view what) override { parser_.problems().add(at, what); }
  tl::unexpected<Error> error(const DocNode& at, std::string_view what) const override {
    return fail(ErrorKind::kInvalid, "bad-definition", parser_.problems().at(at, what));
  }

 private:
  Names with(const Names& locals) const {
    Names names = parser_.variables(task_, false);
    names.insert(names.end(), locals.begin(), locals.end());
    return names;
  }

  TaskParser& parser_;
  const Task& task_;
  const DocNode& node_;
  std::size_t depth_;
};

}  // namespace

Result<std::unique_ptr<TaskBody>> parse_body(TaskParser& parser, const Task& task, const DocNode& node,
                                             std::size_t depth) {
  Reader reader(parser, task, node, depth);
  return task.kind->parse(reader);
}

}  // namespace skald::definition
