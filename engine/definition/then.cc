#include "engine/definition/then.h"

#include <fmt/format.h>

#include "engine/definition/kind.h"

namespace skald::definition {
namespace {

// False: there is no such place.
bool resolve(const TaskList& tasks, Then& then) {
  if (then.text == "continue") return true;
  if (then.text == "exit" || then.text == "end") {
    then.kind = then.text == "exit" ? Then::Kind::kExit : Then::Kind::kEnd;
    return true;
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i]->name != then.text) continue;
    then.kind = Then::Kind::kTask;
    then.target = i;
    return true;
  }
  return false;
}

void resolve_or_report(const TaskList& tasks, Then& then, Problems& problems) {
  if (resolve(tasks, then)) return;
  std::vector<std::string_view> names{"continue", "exit", "end"};
  for (const auto& task : tasks) names.push_back(task->name);
  problems.add(std::pair(then.line, then.column),
               fmt::format("there is no task '{}' in this list; 'then' may be: {}", then.text, fmt::join(names, ", ")));
  then.text = "continue";
}

std::vector<std::size_t> ways_on(const TaskList& tasks, std::size_t index) {
  const Task& task = *tasks[index];
  std::vector<std::size_t> ways;
  const auto add = [&](const Then& then) {
    if (then.kind == Then::Kind::kContinue) ways.push_back(index + 1);
    if (then.kind == Then::Kind::kTask) ways.push_back(then.target);
  };
  if (!task.kind->never_continues()) add(task.then);
  if (task.condition) ways.push_back(index + 1);  // skipped, it has no `then`
  if (task.body == nullptr) return ways;
  for (const Then* then : task.body->thens()) add(*then);
  return ways;
}

}  // namespace

void report_unreachable(const TaskList& tasks, const DocNode& node, Problems& problems) {
  if (tasks.size() != node.items.size()) return;  // some could not be read, which was reported
  std::vector<bool> reached(tasks.size() + 1, false);
  std::vector<std::size_t> open{0};
  while (!open.empty()) {
    const std::size_t index = open.back();
    open.pop_back();
    if (index >= tasks.size() || reached[index]) continue;
    reached[index] = true;
    for (const std::size_t next : ways_on(tasks, index)) open.push_back(next);
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (reached[i]) continue;
    problems.add(node.items[i].key_positions.front(),
                 fmt::format("no way leads to '{}'; the tasks before it go elsewhere", tasks[i]->name));
    return;  // what stands behind it is mostly unreachable because of it
  }
}

bool is_directive(std::string_view name) { return name == "continue" || name == "exit" || name == "end"; }

void resolve_then(const TaskList& tasks, const DocNode& node, Problems& problems) {
  if (tasks.size() != node.items.size()) return;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i]->body == nullptr) return;  // reported already
    for (Then* then : tasks[i]->body->thens()) resolve_or_report(tasks, *then, problems);
    const DocNode* then = node.items[i].entries.front().second.find("then");
    if (then == nullptr) continue;
    if (!then->is_string()) {
      problems.add(*then, "'then' is continue, exit, end or the name of a task in the same list");
      continue;
    }
    tasks[i]->then.text = then->scalar.get<std::string>();
    tasks[i]->then.line = then->line;
    tasks[i]->then.column = then->column;
    resolve_or_report(tasks, tasks[i]->then, problems);
  }
}

}  // namespace skald::definition
