#include "engine/definition/then.h"

#include <fmt/format.h>

namespace skald::definition {
namespace {

std::optional<Then> read_then(const TaskList& tasks, const std::string& text) {
  Then then;
  then.text = text;
  if (text == "continue") return then;
  if (text == "exit" || text == "end") {
    then.kind = text == "exit" ? Then::Kind::kExit : Then::Kind::kEnd;
    return then;
  }
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (tasks[i]->name != text) continue;
    then.kind = Then::Kind::kTask;
    then.target = i;
    return then;
  }
  return std::nullopt;
}

}  // namespace

void resolve_then(const TaskList& tasks, const DocNode& node, Problems& problems) {
  std::vector<std::string_view> names{"continue", "exit", "end"};
  for (const auto& task : tasks) names.push_back(task->name);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    const DocNode* then = node.items[i].entries.front().second.find("then");
    if (then == nullptr) continue;
    if (!then->is_string()) {
      problems.add(*then, "'then' is continue, exit, end or the name of a task in the same list");
    } else if (auto read = read_then(tasks, then->scalar.get<std::string>())) {
      tasks[i]->then = std::move(*read);
    } else {
      problems.add(*then, fmt::format("there is no task '{}' in this list; 'then' may be: {}",
                                      then->scalar.get<std::string>(), fmt::join(names, ", ")));
    }
  }
}

}  // namespace skald::definition
