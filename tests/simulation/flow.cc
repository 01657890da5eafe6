#include "tests/simulation/flow.h"

#include <fmt/format.h>

#include <algorithm>

#include "tests/simulation/task_text.h"

namespace skald::simulation {
namespace {

using core::Event;
using core::EventType;

// The list of tasks that is open or to be opened inside a place.
std::string list_below(const Place& place) {
  if (place.kind == "fork") return place.reference + "/fork/branches";
  if (place.kind == "try") return place.reference + (place.handling ? "/catch/do" : "/try");
  return place.reference + "/do";
}

// Whether an event says what a task's input, or its output, is.
bool sets_input(const Place& place) {
  return has(*place.task, "input", "from") || (place.around != nullptr && has(*place.task, "input", "schema"));
}
bool sets_output(const Place& place) {
  return has(*place.task, "output", "as") || has(*place.task, "output", "schema");
}

std::string then_of(const Place& place) { return place.task->value("then", std::string("continue")); }

bool competes(const Place& place) { return place.kind == "fork" && (*place.task)["fork"].value("compete", false); }

// What an event says of an attempt of a step, wherever the flow is by then.
bool is_outcome(EventType type) {
  const std::string_view name = core::name_of(type);
  return name.rfind("step.", 0) == 0 && type != EventType::kStepScheduled && type != EventType::kStepRetryScheduled;
}

}  // namespace

bool is_inside(const Place& place, const Place& around) {
  for (const Place* one = place.around; one != nullptr; one = one->around) {
    if (one == &around) return true;
  }
  return false;
}

bool is_discarded(const Place& place) {
  for (const Place* one = &place; one != nullptr; one = one->around) {
    if (one->discarded) return true;
  }
  return false;
}

bool side_by_side(const Place& a, const Place& b) {
  for (const Place* one = &a; one->around != nullptr; one = one->around) {
    for (const Place* other = &b; other->around != nullptr; other = other->around) {
      if (one->around != other->around) continue;
      return one != other && undone_side_by_side(*one->around->task);
    }
  }
  return false;
}

const Value& Flow::list_of(const std::string& reference) const { return document_.at(Value::json_pointer(reference)); }

Place* Flow::find(const std::string& reference) {
  const auto at = open_.find(reference);
  return at == open_.end() ? nullptr : at->second;
}

const Place* Flow::unwinding(const Place& place) {
  for (const Place* one = place.around; one != nullptr; one = one->around) {
    if (one->phase != Phase::kUnwinding) continue;
    return one->spared == nullptr || (&place != one->spared && !is_inside(place, *one->spared)) ? one : nullptr;
  }
  return nullptr;
}

// --- one event

std::optional<std::string> Flow::take(const Event& event) {
  switch (event.type) {
    case EventType::kSagaStarted:
      root_task_ = document_;
      root_task_.erase("timeout");
      places_.push_back({});
      root_ = &places_.back();
      root_->task = &root_task_;
      root_->kind = "do";
      open_[""] = root_;
      begin(*root_);
      return std::nullopt;
    case EventType::kSagaCompleted:
      if (!body_done()) return "it is completed, and not at its end";
      [[fallthrough]];
    case EventType::kSagaCompensated:
    case EventType::kSagaFailed:
    case EventType::kSagaCancelled:
    case EventType::kSagaTerminated:
    case EventType::kCompensationStarted:
      over_ = true;
      open_.clear();
      return std::nullopt;
    case EventType::kCompensationEnded:
    case EventType::kOperatorCancel:
      return std::nullopt;  // a key in it is of the parent
    default:
      break;
  }
  const bool of_flow = !event.key.empty() && event.generation == 0;
  if (!of_flow) return std::nullopt;
  Place* place = find(event.step);
  if (place == nullptr || place->visit != event.visit) {
    if (is_outcome(event.type)) return std::nullopt;
    return fmt::format("{} at {}, where the flow does not stand", core::name_of(event.type), event.step);
  }
  const std::string key = fmt::format("{}:{}:{}", run_, place->reference, place->visit);
  if (event.key != key) return fmt::format("{} has the key {}, not {}", event.step, event.key, key);
  return move(*place, event);
}

std::optional<std::string> Flow::move(Place& place, const Event& event) {
  switch (event.type) {
    case EventType::kBranchTaken:
      return branch(place, event.taken);
    case EventType::kErrorCaught:
      return caught(place, event);
    case EventType::kInputSet:
      place.input_set = true;
      begin(place);
      break;
    case EventType::kOutputSet:
      output(place);
      break;
    case EventType::kContextSet:
      place.context_set = true;
      try_leave(place);
      break;
    case EventType::kStepScheduled:
      if (place.phase != Phase::kEntered && place.phase != Phase::kRunning) return "a step is scheduled that is done";
      place.phase = Phase::kRunning;
      break;
    case EventType::kStepLateResult:
      if (event.outcome == "completed" && place.phase != Phase::kDone) finish(place);
      break;
    case EventType::kStepCompleted:
    case EventType::kEventEmitted:
      finish(place);
      break;
    case EventType::kStepSkipped:
    case EventType::kStepResolved:
      settled_by_hand(place, event.type == EventType::kStepSkipped);
      break;
    case EventType::kTimerStarted:
    case EventType::kEventAwaited:
      place.phase = Phase::kWaiting;
      break;
    case EventType::kEventMatched:
      if (place.phase != Phase::kWaiting) return "an event is taken where none is awaited";
      if (event.taken == "end") finish(place);
      break;
    case EventType::kTimerFired:
      timer(place, event);
      break;
    case EventType::kLoopStarted:
    case EventType::kLoopRound:
      loop(place, event);
      break;
    default:
      break;
  }
  return std::nullopt;
}

std::optional<std::string> Flow::branch(Place& place, const std::string& taken) {
  if (place.phase == Phase::kEntered && place.task->contains("if") && !place.condition_met) {
    place.condition_met = true;
    if (taken == "skip") {
      leave(place, "continue");
    } else {
      begin(place);
    }
    return std::nullopt;
  }
  if (place.phase == Phase::kEntered && place.kind == "switch") {
    place.chosen = taken;
    finish(place);
    return std::nullopt;
  }
  if (place.phase != Phase::kDone || taken != then_of(place)) {
    return fmt::format("from {} the flow goes to {}", place.reference, taken);
  }
  leave(place, taken);
  return std::nullopt;
}

std::optional<std::string> Flow::caught(Place& place, const Event& event) {
  if (place.kind != "try" || place.phase != Phase::kRunning || place.handling) {
    return place.reference + " catches an error, and does not try anything";
  }
  const Value& clause = (*place.task)["catch"];
  const bool all =
      (clause.is_object() && clause.value("compensate", false)) ||
      (has(*place.task, "metadata", "catch") && (*place.task)["metadata"]["catch"].value("compensate", false));
  drop_below(place);
  if (all) {
    for (Place* child : place.inside) child->discarded = true;
  }
  place.chosen = event.taken;
  place.spared = nullptr;
  place.phase = Phase::kUnwinding;
  return std::nullopt;
}

void Flow::timer(Place& place, const Event& event) {
  if (event.timer == "timeout") return;  // what comes of it is an event of its own
  if (place.kind == "wait") return finish(place);
  place.phase = Phase::kRunning;
  enter(list_below(place), 0, &place);
}

void Flow::loop(Place& place, const Event& event) {
  if (event.type == EventType::kLoopStarted) {
    place.rounds = event.input.value().size();
    return begin_round(place);
  }
  if (event.taken != "run") return finish(place);
  place.phase = Phase::kRunning;
  enter(list_below(place), 0, &place);
}

void Flow::output(Place& place) {
  if (place.phase != Phase::kDone) return finish(place);
  place.output_set = true;
  try_leave(place);
}

void Flow::settled_by_hand(Place& place, bool skipped) {
  place.output_set = true;
  place.context_set = place.context_set || skipped;
  finish(place);
}

// --- from task to task

void Flow::enter(const std::string& list, std::size_t index, Place* around) {
  const auto& item = list_of(list)[index];
  places_.push_back({});
  Place& place = places_.back();
  place.reference = fmt::format("{}/{}/{}", list, index, item.begin().key());
  place.visit = ++visits_[place.reference];
  place.task = &item.begin().value();
  place.kind = kind_of(*place.task);
  place.undo = undo_of(*place.task);
  place.around = around;
  place.index = index;
  around->inside.push_back(&place);
  open_[place.reference] = &place;
  begin(place);
}

// What is composed of others is entered without a word, once there is nothing to evaluate.
void Flow::begin(Place& place) {
  const bool ready = (!place.task->contains("if") || place.condition_met) && (!sets_input(place) || place.input_set);
  if (!ready || (place.kind != "do" && place.kind != "try" && place.kind != "fork")) return;
  place.phase = Phase::kRunning;
  const std::string list = list_below(place);
  const std::size_t count = place.kind == "fork" ? list_of(list).size() : 1;
  for (std::size_t i = 0; i < count; ++i) enter(list, i, &place);
}

void Flow::begin_round(Place& place) {
  if (place.round >= place.rounds) return finish(place);
  place.phase = Phase::kRunning;
  if (!place.task->contains("while")) enter(list_below(place), 0, &place);
}

void Flow::finish(Place& place) {
  place.phase = Phase::kDone;
  try_leave(place);
}

void Flow::try_leave(Place& place) {
  if (&place == root_ || place.phase != Phase::kDone) return;
  const bool evaluated =
      (!sets_output(place) || place.output_set) && (!has(*place.task, "export", "as") || place.context_set);
  if (!evaluated) return;
  if (place.kind == "switch" && !place.chosen.empty()) return leave(place, place.chosen);
  if (then_of(place) == "continue") leave(place, "continue");
}

void Flow::leave(Place& place, const std::string& taken) {
  place.done = place.phase == Phase::kDone;
  place.phase = Phase::kLeft;
  open_.erase(place.reference);
  const bool composite = place.kind == "do" || place.kind == "for" || place.kind == "try" || place.kind == "fork";
  if (place.done && composite) ended_.push_back(&place);
  Place& around = *place.around;
  if (taken == "end") return end_all(around);
  if (taken == "exit") return finish(around);
  child_left(around, place, taken);
}

void Flow::child_left(Place& place, Place& child, const std::string& taken) {
  const std::string below = list_below(place);
  const Value& list = list_of(below);
  if (competes(place)) {
    drop_below(place);
    for (Place* branch : place.inside) branch->discarded = branch->discarded || branch != &child;
    place.spared = &child;
    place.chosen = "continue";
    place.phase = Phase::kUnwinding;
    return;
  }
  if (place.kind == "fork") {
    const bool all = std::all_of(place.inside.begin(), place.inside.end(),
                                 [](const Place* one) { return one->phase == Phase::kLeft; });
    if (all) finish(place);
    return;
  }
  std::size_t next = child.index + 1;
  for (std::size_t i = 0; taken != "continue" && i < list.size(); ++i) {
    if (list[i].contains(taken)) next = i;
  }
  if (next < list.size()) return enter(below, next, &place);
  if (place.kind != "for") return finish(place);
  ++place.round;
  begin_round(place);
}

// `then: end`: the document's own end, and no end of the tasks around.
void Flow::end_all(Place& place) {
  for (Place* one = &place; one != root_; one = one->around) {
    open_.erase(one->reference);
    one->phase = Phase::kLeft;
  }
  finish(*root_);
}

void Flow::drop_below(Place& place) {
  for (Place* child : place.inside) {
    const auto at = open_.find(child->reference);
    if (at == open_.end() || at->second != child) continue;
    open_.erase(at);
    child->phase = Phase::kLeft;
    drop_below(*child);
  }
}

bool Flow::resume(const std::function<bool(const Place&)>& unwound) {
  for (const auto& [reference, place] : open_) {
    if (place->phase != Phase::kUnwinding || !unwound(*place)) continue;
    Place& one = *place;
    if (one.chosen == "retry") {
      one.phase = Phase::kWaiting;
    } else if (one.chosen == "do") {
      one.handling = true;
      one.phase = Phase::kRunning;
      enter(list_below(one), 0, &one);
    } else {
      finish(one);
    }
    return true;
  }
  return false;
}

}  // namespace skald::simulation
