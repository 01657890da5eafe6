#include "engine/inspect/graph.h"

#include "engine/core/kinds.h"
#include "engine/core/nodes/http_call.h"
#include "engine/core/undo_plan.h"

namespace skald::inspect {
namespace {

using definition::Task;
using definition::TaskList;

Value task_json(const Task& task);
Value tasks_json(const TaskList& tasks);

// What of a task runs in this list, of those that it has.
const char* role_of(std::string_view keyword, std::size_t index) {
  if (keyword == "try") return index == 0 ? "try" : "catch";
  return keyword == "fork" ? "branch" : "do";
}

Value lists_json(const Task& task) {
  const std::string_view keyword = task.kind->keyword();
  Value lists = Value::array();
  const auto all = task.body->lists();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (keyword != "fork") {
      lists.push_back({{"role", role_of(keyword, i)}, {"tasks", tasks_json(*all[i])}});
      continue;
    }
    // Branches do not follow one another: each is a list of its own.
    for (const auto& branch : *all[i]) {
      lists.push_back({{"role", "branch"}, {"name", branch->name}, {"tasks", Value::array({task_json(*branch)})}});
    }
  }
  return lists;
}

Value undo_json(const Task& task) {
  const Task& body = *task.undo->body;
  Value children = Value::array();
  for (const TaskList* list : body.body->lists()) {
    for (Value& child : tasks_json(*list)) children.push_back(std::move(child));
  }
  return {{"step", body.reference},
          {"tasks", core::tasks_of(*task.undo)},
          {"only_completed", task.undo->only_completed},
          {"children", std::move(children)}};
}

Value task_json(const Task& task) {
  const core::NodeKind& kind = core::kind_of(task);
  std::string type = kind.task_type(task);
  Value json = {{"step", task.reference},
                {"name", task.name},
                {"kind", type == core::kHttpTask ? "http" : kind.keyword()},
                {"line", task.line},
                {"pivot", task.pivot},
                {"after_pivot", task.after_pivot},
                {"effect", kind.has_effect() && !task.effect_none},
                {"lists", lists_json(task)}};
  if (const core::ChildWorkflow* child = kind.child(task)) type = child->workflow;
  if (!type.empty()) json["task"] = std::move(type);
  for (std::string& event : kind.event_types(task)) json["events"].push_back({{"type", std::move(event)}});
  if (task.condition) json["condition"] = task.condition->text();
  if (task.then.kind != definition::Then::Kind::kContinue) json["then"] = task.then.text;
  for (const core::Way& way : kind.ways(task)) {
    Value one = {{"name", way.name}, {"then", way.then}};
    if (!way.when.empty()) one["when"] = way.when;
    json["cases"].push_back(std::move(one));
  }
  if (task.undo != nullptr) json["undo"] = undo_json(task);
  return json;
}

Value tasks_json(const TaskList& tasks) {
  Value list = Value::array();
  for (const auto& task : tasks) list.push_back(task_json(*task));
  return list;
}

}  // namespace

Value graph_json(const definition::Workflow& workflow) {
  Value pivot;
  for (const auto& [reference, task] : workflow.by_reference) {
    if (task->pivot) pivot = reference;
  }
  Value tasks = Value::array();
  for (const TaskList* list : workflow.root->body->lists()) {
    for (Value& task : tasks_json(*list)) tasks.push_back(std::move(task));
  }
  return {{"workflow", workflow.full_name()},
          {"version", workflow.version},
          {"pivot", std::move(pivot)},
          {"tasks", std::move(tasks)}};
}

}  // namespace skald::inspect
