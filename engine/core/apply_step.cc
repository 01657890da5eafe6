#include "engine/core/apply_step.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/fault_point.h"
#include "engine/core/frames.h"
#include "engine/core/undos.h"

namespace skald::core {
namespace {

Step& step_of(State& state, const Event& event) {
  const auto at = state.steps.find(event.key);
  SKALD_CHECK(at != state.steps.end(), "the event's step exists");
  return at->second;
}

Frame* frame_of(State& state, const Event& event) {
  const auto at = state.frames.find(event.key);
  return at == state.frames.end() ? nullptr : &at->second;
}

void restore_error(State& state) {
  const auto other = std::find_if(state.frames.begin(), state.frames.end(),
                                  [](const auto& entry) { return !entry.second.stuck_on.empty(); });
  state.error = other == state.frames.end() ? state.undone_for : other->second.stuck_on;
}

void scheduled(State& state, const Event& event) {
  Frame* frame = frame_of(state, event);
  SKALD_CHECK(frame != nullptr, "a task is scheduled where the flow stands");
  const auto [at, fresh] = state.steps.try_emplace(event.key);
  Step& step = at->second;
  if (fresh) {
    step.key = event.key;
    step.scope = frame->scope;
    step.task = frame->task;
    step.visit = frame->visit;
    step.inside = around(state, *frame);
    step.first_scheduled_at = event.at;
    step.input = event.input;
    const bool undoable = frame->scope.empty() && frame->task->undo != nullptr && !planted("register-undo-late");
    step.undo.phase = undoable ? UndoPhase::kRegistered : UndoPhase::kNone;
  }
  step.phase = StepPhase::kInFlight;
  step.end = StepEnd::kNone;
  step.close_order = 0;
  step.attempt = event.attempt;
  step.dispatch = 1;
  step.deliveries = 0;
  step.scheduled_at = event.at;
  frame->phase = FramePhase::kRunning;
  no_longer_stuck(state, *frame);
  state.open_steps.insert(step.key);
}

void retry_scheduled(State& state, const Event& event) {
  Step& step = step_of(state, event);
  SKALD_CHECK(event.due, "a retry has a time");
  step.phase = StepPhase::kWaiting;  // `end` stays that of the attempt before, in case there is no other
  step.close_order = 0;
  step.due = *event.due;
  state.open_steps.insert(step.key);
}

void redispatched(State& state, const Event& event) {
  Step& step = step_of(state, event);
  step.dispatch = event.dispatch;
  step.may_have_effect = true;
}

}  // namespace

void no_longer_stuck(State& state, Frame& frame) {
  if (frame.stuck_on.empty()) return;
  frame.stuck_on = {};
  restore_error(state);
}

void close(State& state, Step& step, StepEnd end) {
  step.phase = StepPhase::kClosed;
  step.end = end;
  step.cancelling = false;
  if (step.close_order == 0) step.close_order = ++state.closings;
  state.open_steps.erase(step.key);
  call_for_undo(state, step);
}

void cancel_steps(State& state, const std::function<bool(const Step& step)>& which) {
  const std::set<std::string> open = state.open_steps;
  for (const std::string& key : open) {
    Step& step = state.steps.at(key);
    if (!step.scope.empty() || !which(step)) continue;
    if (step.phase == StepPhase::kWaiting) {
      close(state, step, step.end);
    } else if (!step.cancelling) {
      step.cancelling = true;
      step.cancelling_since = state.last_event_at;
    }
  }
}

namespace {

// The step is done, and the flow goes on from it where it still stands there.
void complete(State& state, Step& step, StepEnd end, const Payload& output) {
  step.output = output;
  step.may_have_effect = true;
  const bool late = planted("register-undo-late") && step.scope.empty() && step.task->undo != nullptr;
  if (late && step.undo.phase == UndoPhase::kNone) step.undo.phase = UndoPhase::kRegistered;
  close(state, step, end);
  const auto at = state.frames.find(step.key);
  if (at == state.frames.end()) return;
  no_longer_stuck(state, at->second);
  if (Step* owner = owner_of(state, step.scope)) owner->undo.phase = UndoPhase::kRunning;
  if (step.task->pivot && step.scope.empty()) {
    state.pivot_done = true;
    state.wanted = Cause::kNone;
  }
  finish_body(at->second, output);
}

// Notes an answer, so that the same one is not logged twice.
void note_answer(Step& step, const Event& event) {
  const std::string_view name = name_of(event.type);
  step.answered.emplace(event.attempt, event.outcome.empty() ? name.substr(name.find('.') + 1) : event.outcome);
}

void ended_badly(State& state, const Event& event, StepEnd end) {
  Step& step = step_of(state, event);
  note_answer(step, event);
  if (step.phase == StepPhase::kClosed) return;  // completed by an earlier attempt, which leaves this one behind
  step.deliveries = event.deliveries;
  step.error = event.error;
  const bool unsure =
      end == StepEnd::kUnknown || end == StepEnd::kTimedOut || (end == StepEnd::kCancelled && event.delivered);
  const bool may_be_second = event.deliveries > 1 || event.redelivered || step.dispatch > 1;
  if (unsure || may_be_second) step.may_have_effect = true;
  if (!unsure && planted("clear-may-have-effect")) step.may_have_effect = false;
  close(state, step, end);
}

void completed(State& state, const Event& event) {
  Step& step = step_of(state, event);
  note_answer(step, event);
  step.deliveries = event.deliveries;
  if (Step* owner = owner_of(state, step.scope)) owner->undo.partly = !event.left_behind.empty();
  complete(state, step, StepEnd::kCompleted, event.output);
}

// What a result does that comes for a step that has closed without completing.
void late_for_closed(State& state, Step& step, const Event& event) {
  if (event.outcome != "completed" && event.outcome != "unknown") return;
  step.may_have_effect = true;
  call_for_undo(state, step);
  if (event.outcome != "completed") return;
  // With `on: completed` it is only this that asks for the undo.
  const bool unwanted = step.unwanted || state.cause != Cause::kNone;
  step.output = event.output;
  step.end = StepEnd::kCompleted;
  if (unwanted && undo_wanted(step)) return make_due(state, step);
  Undo& undo = step.undo;
  if (undo.generation == 0 || undo.had_output) return;
  if (undo.phase == UndoPhase::kRunning || undo.phase == UndoPhase::kStuck) {
    undo.again = true;
  } else {
    make_due(state, step);
  }
}

// Nothing is undone any more, but what stands is to be told.
void late_for_terminated(Step& step, const Event& event) {
  if (event.outcome != "completed" && event.outcome != "unknown") return;
  step.may_have_effect = true;
  if (step.undo.generation > 0 && !step.undo.had_output) step.undo.partly = true;
}

void late_result(State& state, const Event& event) {
  Step& step = step_of(state, event);
  note_answer(step, event);
  if (state.final == SagaStatus::kTerminated) return late_for_terminated(step, event);
  const bool open = step.phase != StepPhase::kClosed || state.frames.count(step.key) > 0;
  if (open) {
    if (event.outcome == "completed") return complete(state, step, StepEnd::kCompleted, event.output);
    if (event.outcome == "unknown") step.may_have_effect = true;
    return;
  }
  const bool closed_without = step.end != StepEnd::kCompleted && step.end != StepEnd::kResolved;
  if (closed_without) late_for_closed(state, step, event);
}

// An operator says that the task counts as done, or as not to be done.
void settled_by_hand(State& state, const Event& event, StepEnd end) {
  const auto step = state.steps.find(event.key);
  if (step != state.steps.end()) {
    if (!event.output.empty()) step->second.output = event.output;
    if (end == StepEnd::kResolved) step->second.may_have_effect = true;
    close(state, step->second, end);
  }
  Frame* frame = frame_of(state, event);
  SKALD_CHECK(frame != nullptr, "only where the flow stands can a task be settled by hand");
  if (frame->task->pivot && frame->scope.empty()) {
    state.pivot_done = true;
    state.wanted = Cause::kNone;
  }
  no_longer_stuck(state, *frame);
  if (frame->phase != FramePhase::kClosing || end == StepEnd::kResolved) finish_body(*frame, event.output);
  frame->output_set = true;
  frame->context_set = end == StepEnd::kSkipped;
}

// An operator takes an undo off the engine's hands, whole.
void undo_settled_by_hand(State& state, const Event& event, UndoPhase how) {
  const auto at = state.frames.find(event.key);
  SKALD_CHECK(at != state.frames.end(), "an undo that is settled by hand has begun");
  const std::string scope = at->second.scope;
  std::erase_if(state.open_steps, [&](const std::string& key) { return state.steps.at(key).scope == scope; });
  for (auto& [key, step] : state.steps) {
    if (step.scope == scope && step.phase != StepPhase::kClosed) close(state, step, StepEnd::kSkipped);
  }
  Step* owner = owner_of(state, scope);
  SKALD_CHECK(owner != nullptr, "an undo belongs to a step");
  drop_frames(state, scope);
  restore_error(state);
  close_undo(state, *owner, how);
}

}  // namespace

void apply_step(State& state, const Event& event) {
  if (event.type == EventType::kStepScheduled || event.type == EventType::kCompensationScheduled) {
    return scheduled(state, event);
  }
  switch (event.type) {
    case EventType::kStepRetryScheduled:
    case EventType::kCompensationRetryScheduled:
      return retry_scheduled(state, event);
    case EventType::kStepRedispatched:
    case EventType::kCompensationRedispatched:
      return redispatched(state, event);
    case EventType::kStepCompleted:
    case EventType::kCompensationCompleted:
      return completed(state, event);
    case EventType::kStepRejected:
    case EventType::kCompensationRejected:
      return ended_badly(state, event, StepEnd::kRejected);
    case EventType::kStepFailed:
    case EventType::kCompensationFailed:
      return ended_badly(state, event, StepEnd::kFailed);
    case EventType::kStepUnknown:
    case EventType::kCompensationUnknown:
      return ended_badly(state, event, StepEnd::kUnknown);
    case EventType::kStepTimedOut:
      return ended_badly(state, event, StepEnd::kTimedOut);
    case EventType::kStepCancelled:
      return ended_badly(state, event, StepEnd::kCancelled);
    case EventType::kStepLateResult:
    case EventType::kCompensationLateResult:
      return late_result(state, event);
    case EventType::kStepSkipped:
      return settled_by_hand(state, event, StepEnd::kSkipped);
    case EventType::kStepResolved:
      return settled_by_hand(state, event, StepEnd::kResolved);
    case EventType::kCompensationSkipped:
      return undo_settled_by_hand(state, event, UndoPhase::kSkipped);
    case EventType::kCompensationResolved:
      return undo_settled_by_hand(state, event, UndoPhase::kResolved);
    default:
      SKALD_CHECK(false, "every event type is applied somewhere");
  }
}

}  // namespace skald::core
