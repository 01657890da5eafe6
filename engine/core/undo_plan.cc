#include "engine/core/undo_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/apply.h"
#include "engine/core/kinds.h"
#include "engine/core/orders.h"
#include "engine/core/undos.h"

namespace skald::core {
namespace {

void collect_tasks(const definition::Task& task, std::vector<std::string>& types) {
  std::string type = kind_of(task).task_type(task);
  if (!type.empty()) types.push_back(std::move(type));
  for (const definition::TaskList* list : task.body->lists()) {
    for (const auto& child : *list) collect_tasks(*child, types);
  }
}

bool begun(const Step& step) { return step.undo.phase == UndoPhase::kRunning || step.undo.phase == UndoPhase::kStuck; }

bool planned(const Step& step) {
  if (!step.scope.empty()) return false;
  const bool awaited = step.undo.phase == UndoPhase::kRegistered && is_pending(step);
  return awaited || begun(step) || step.undo.phase == UndoPhase::kDue || undo_wanted(step);
}

// What is in flight closes last and is undone first; an undo that has begun goes before all that wait.
bool earlier(const Step* a, const Step* b) {
  if (is_pending(*a) != is_pending(*b)) return is_pending(*a);
  if (begun(*a) != begun(*b)) return begun(*a);
  return a->close_order > b->close_order;
}

PlannedUndo plan_of(const Step& step) {
  PlannedUndo plan;
  plan.step = step.task->reference;
  plan.visit = step.visit;
  plan.key = fmt::format("{}:undo:{}", step.key, step.undo.generation + (begun(step) ? 0 : 1));
  plan.tasks = tasks_of(*step.task->undo);
  plan.certain = !is_pending(step) || (step.may_have_effect && !step.task->undo->only_completed);
  return plan;
}

// The saga as it would be right after the order, with the fold that would make it so.
State ordered_back(State state) {
  if (state.cause != Cause::kNone) return state;
  Event event;
  event.seq = state.seq + 1;
  event.at = state.last_event_at;
  event.type = EventType::kCompensationStarted;
  event.cause = name_of(Cause::kCompensate);
  apply(state, event);
  return state;
}

}  // namespace

std::vector<std::string> tasks_of(const definition::Undo& undo) {
  std::vector<std::string> types;
  collect_tasks(*undo.body, types);
  return types;
}

UndoPlan undo_plan(const State& state) {
  UndoPlan plan;
  if (const Status possible = refuse_if_no_way_back(state); !possible) {
    plan.refused = possible.error();
    return plan;
  }
  if (const Step* pivot = open_pivot(state)) plan.waits_for = pivot->task->reference;
  State back = ordered_back(state);
  std::vector<const Step*> steps;
  for (const auto& [key, step] : back.steps) {
    if (planned(step)) steps.push_back(&step);
  }
  std::stable_sort(steps.begin(), steps.end(), earlier);
  for (const Step* step : steps) plan.undos.push_back(plan_of(*step));

  for (auto& [key, step] : back.steps) {
    if (planned(step)) step.undo.phase = UndoPhase::kDone;
    // A pivot in flight leaves no way back if it turns out to stand.
    if (is_pending(step) && !step.task->pivot) step.may_have_effect = true;
  }
  plan.leaves_behind = left_behind(back);
  return plan;
}

}  // namespace skald::core
