// What is due: deadlines, retries, and the bounds on waiting.

#include "engine/core/kinds.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

void deadline(Turn& turn) {
  const State& state = turn.state();
  if (state.final || state.cause != Cause::kNone || state.deadline_fired || !state.workflow->timeout) return;
  if (turn.env().now < state.started_at + *state.workflow->timeout) return;
  Event event;
  event.type = EventType::kTimerFired;
  event.timer = "deadline";
  turn.emit(std::move(event));
}

void drained(Turn& turn, const Step& step) {
  if (step.phase != StepPhase::kInFlight || !step.cancelling) return;
  if (turn.env().now < step.cancelling_since + kDrainBound) return;
  Event event = about(turn.state(), step, EventType::kStepCancelled);
  event.delivered = true;
  turn.emit(std::move(event));
}

// A time limit that nothing acts on, behind the pivot and inside undos, only shows.
void time_limit_passed(Turn& turn, const Frame& frame) {
  const State& state = turn.state();
  const auto limit = time_limit(frame);
  if (!limit || turn.env().now < *limit) return;
  const std::string key = frame.key;
  const Payload error =
      standard_error("timeout", 408, "Timed out", "the task's time limit has passed", frame.task->reference);
  const bool alarms_only = !frame.scope.empty() || state.pivot_done;
  Event event = about(state, frame, EventType::kTimerFired);
  event.timer = "timeout";
  turn.emit(std::move(event));
  if (!alarms_only) return raise(turn, key, error);
  caught(turn, key, error);
}

void wait_over(Turn& turn, const Frame& frame) {
  if (frame.phase != FramePhase::kWaiting || turn.env().now < frame.due) return;
  Event event = about(turn.state(), frame, EventType::kTimerFired);
  event.timer = "wait";
  turn.emit(std::move(event));
}

void limit(Turn& turn, const Step& step) {
  if (step.phase != StepPhase::kInFlight || step.cancelling || !step.task->retry || !step.task->retry->max_duration) {
    return;
  }
  if (turn.env().now < step.first_scheduled_at + *step.task->retry->max_duration) return;
  time_out(turn, std::string(step.key), "the step's time limit for all attempts has passed");
}

}  // namespace

void schedule_again(Turn& turn, const Step& step) {
  const bool forward = step.scope.empty();
  Event event = about(turn.state(), step, forward ? EventType::kStepScheduled : EventType::kCompensationScheduled);
  event.attempt = step.attempt + 1;
  if (const ChildWorkflow* child = kind_of(*step.task).child(*step.task)) event.workflow = child->workflow;
  turn.emit(std::move(event));
}

void timer_due(Turn& turn, const TimerDue& command) {
  if (turn.state().suspended) return;  // it was on its way; resuming acts on it
  if (command.timer == "deadline") return deadline(turn);
  const auto colon = command.timer.find(':');
  if (colon == std::string::npos) return;
  const std::string kind = command.timer.substr(0, colon);
  const std::string key = command.timer.substr(colon + 1);
  if (const auto frame = turn.state().frames.find(key); frame != turn.state().frames.end()) {
    if (kind == "wait") return wait_over(turn, frame->second);
    if (kind == "timeout") return time_limit_passed(turn, frame->second);
  }
  const auto at = turn.state().steps.find(key);
  if (at == turn.state().steps.end()) return;
  const Step& step = at->second;
  if (kind == "retry" && step.phase == StepPhase::kWaiting && turn.env().now >= step.due) schedule_again(turn, step);
  if (kind == "drain") drained(turn, step);
  if (kind == "limit") limit(turn, step);
}

}  // namespace skald::core
