#include "engine/definition/pivot.h"

#include <fmt/format.h>

#include <functional>

#include "engine/definition/kind.h"

namespace skald::definition {
namespace {

DocNode place_of(const Task& task) {
  DocNode node;
  node.line = task.line;
  node.column = 1;
  return node;
}

void walk(Task& task, const std::function<void(Task&)>& visit) {
  visit(task);
  if (task.body == nullptr) return;
  for (const TaskList* list : task.body->lists()) {
    for (const auto& child : *list) walk(*child, visit);
  }
}

bool has_finite_retry(const Task& task) { return task.retry && (task.retry->max_attempts || task.retry->max_duration); }

void mark_after(Task& task, Problems& problems) {
  walk(task, [&](Task& inner) {
    inner.after_pivot = true;
    if (has_finite_retry(inner)) {
      problems.add(place_of(inner), fmt::format("'{}' stands behind the pivot, where there is only forward: its retry "
                                                "may have no limit",
                                                inner.name));
    }
  });
}

void check_jumps(const TaskList& tasks, std::size_t pivot, Problems& problems) {
  const auto check = [&](std::size_t from, const Then& then) {
    if (then.kind != Then::Kind::kTask) return;
    const bool back = from >= pivot && then.target <= pivot;
    if (!back && (from >= pivot || then.target <= pivot)) return;
    problems.add(place_of(*tasks[from]), fmt::format("'{}' jumps {}over the pivot '{}'", tasks[from]->name,
                                                     back ? "back " : "", tasks[pivot]->name));
  };
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    check(i, tasks[i]->then);
    if (tasks[i]->body == nullptr) continue;
    for (const Then* then : tasks[i]->body->thens()) check(i, *then);
  }
}

}  // namespace

void check_pivot(Workflow& workflow, const DocNode& list, Problems& problems) {
  const auto lists = workflow.root->body ? workflow.root->body->lists() : std::vector<const TaskList*>{};
  if (lists.size() != 1 || lists[0]->size() != list.items.size()) return;
  const TaskList& top = *lists[0];
  walk(*workflow.root, [&](Task& task) {
    if (!task.pivot) return;
    const auto at_top = std::any_of(top.begin(), top.end(), [&](const auto& child) { return child.get() == &task; });
    if (!at_top) {
      problems.add(place_of(task), fmt::format("the pivot '{}' stands inside another task; a pivot stands in sequence "
                                               "at the top of the document",
                                               task.name));
    }
  });
  std::optional<std::size_t> pivot;
  for (std::size_t i = 0; i < top.size(); ++i) {
    if (!top[i]->pivot) continue;
    if (pivot) {
      problems.add(place_of(*top[i]),
                   fmt::format("'{}' is a second pivot; '{}' is one already", top[i]->name, top[*pivot]->name));
    } else {
      pivot = i;
    }
  }
  if (!pivot) return;
  workflow.has_pivot = true;
  check_jumps(top, *pivot, problems);
  for (std::size_t i = *pivot + 1; i < top.size(); ++i) mark_after(*top[i], problems);
}

void warn_about_undos(const Workflow& workflow, Problems& problems) {
  bool uses_undos = workflow.has_pivot;
  walk(*workflow.root, [&](Task& task) { uses_undos = uses_undos || task.undo != nullptr; });
  if (!uses_undos) return;
  const std::function<void(const Task&)> check = [&](const Task& task) {
    if (task.undo != nullptr || task.after_pivot || task.pivot || task.effect_none) return;
    if (task.kind->has_effect()) {
      problems.warn(place_of(task), fmt::format("nothing undoes '{}' when a later step fails; give it 'compensate', or "
                                                "'effect: none' if it changes nothing",
                                                task.name));
    }
    for (const TaskList* list : task.body->lists()) {
      for (const auto& child : *list) check(*child);
    }
  };
  check(*workflow.root);
}

}  // namespace skald::definition
