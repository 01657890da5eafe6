#include "engine/core/apply.h"

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/core/apply_step.h"
#include "engine/core/arrivals.h"
#include "engine/core/frames.h"
#include "engine/core/kinds.h"
#include "engine/core/undos.h"

namespace skald::core {
namespace {

Frame& frame_of(State& state, const Event& event) {
  const auto at = state.frames.find(event.key);
  SKALD_CHECK(at != state.frames.end(), "the event's task is open");
  return at->second;
}

// Whom a child's end answers; histories of before there were other attempts do not name the first.
void report_to(State& state, const std::string& key, std::uint32_t attempt) {
  state.reports_to = key;
  state.reports_attempt = std::max(attempt, 1U);
}

void started(State& state, const Event& event) {
  state.run = RunId(event.run);
  state.id = SagaId(event.id);
  state.started_at = event.at;
  state.input = event.input;
  state.input_hash = std::string(bytes_of(sha256(event.input.bytes())));
  state.requested_version = event.requested_version;
  state.labels = event.labels;
  state.context = Payload(Value::object());
  state.parent_run = event.parent_run;
  state.parent_key = event.parent_key;
  state.depth = event.depth;
  if (event.awaited) report_to(state, event.parent_key, event.parent_attempt);
  state.root = open_frame(state, *state.workflow->root, "", "", event.input).key;
}

void ended(State& state, const Event& event, SagaStatus status) {
  state.final = status;
  state.ended_at = event.at;
  if (!event.error.empty()) state.error = event.error;
}

void completed(State& state, const Event& event) {
  ended(state, event, SagaStatus::kCompleted);
  drop_frames(state, "");
  state.forward_done = true;
  state.output = event.output;
  state.output_seq = event.seq;
}

void terminated(State& state, const Event& event) {
  ended(state, event, SagaStatus::kTerminated);
  state.suspended = false;
  state.frames.clear();
  state.undoing.clear();
  const std::set<std::string> open = state.open_steps;
  for (const std::string& key : open) close(state, state.steps.at(key), state.steps.at(key).end);
}

void stuck(State& state, const Event& event) {
  Frame& frame = frame_of(state, event);
  frame.stuck_on = event.error;
  state.error = event.error;
  if (Step* owner = owner_of(state, frame.scope)) owner->undo.phase = UndoPhase::kStuck;
}

void branch_taken(State& state, const Event& event) {
  Frame& frame = frame_of(state, event);
  // Everywhere else "run" and "skip" are names of tasks.
  const bool of_condition = frame.phase == FramePhase::kEntering && frame.task->condition && !frame.condition_met;
  if (of_condition && event.taken == "run") {
    frame.condition_met = true;
  } else if (of_condition) {
    frame.output = frame.raw_input;
    leave(state, event.key, "");
  } else if (frame.phase == FramePhase::kEntering) {
    frame.chosen = event.taken;
    finish_body(frame, frame.input);
  } else {
    leave(state, event.key, event.taken);
  }
}

void timer_started(State& state, const Event& event) {
  Frame& frame = frame_of(state, event);
  SKALD_CHECK(event.due, "a timer has a time");
  frame.phase = FramePhase::kWaiting;
  frame.due = *event.due;
}

void received(State& state, const Event& event) {
  state.mail.emplace(event.seq, event.event);
  state.heard.push_back(identity_of(event.event.value()));
  if (state.heard.size() > kMostHeard) state.heard.pop_front();
}

void want(State& state, Cause cause) {
  if (state.wanted == Cause::kNone && state.cause == Cause::kNone && !state.pivot_done) state.wanted = cause;
}

void timer_fired(State& state, const Event& event) {
  if (event.key.empty()) {
    state.deadline_fired = true;
    return want(state, Cause::kTimeout);
  }
  Frame& frame = frame_of(state, event);
  if (event.timer == "timeout") {
    frame.timed_out = true;
  } else {
    kind_of(*frame.task).due(state, frame);
  }
}

void output_set(State& state, const Event& event) {
  Frame& frame = frame_of(state, event);
  if (frame.phase == FramePhase::kClosing) {
    frame.output = event.output;
    frame.output_set = true;
  } else {
    finish_body(frame, event.output);
  }
}

// One that is not known counts as an error.
Cause cause_named(std::string_view name) {
  for (const Cause cause : {Cause::kTimeout, Cause::kCancel, Cause::kCompensate, Cause::kParent}) {
    if (name == name_of(cause)) return cause;
  }
  return Cause::kError;
}

void compensation_started(State& state, const Event& event) {
  state.cause = cause_named(event.cause);
  state.wanted = Cause::kNone;
  state.error = event.error;
  state.undone_for = event.error;
  if (!event.key.empty()) report_to(state, event.key, event.attempt);
  drop_frames(state, "");
  cancel_steps(state, [](const Step&) { return true; });
  call_for_undos(state, nullptr);
}

void operator_retry(State& state, const Event& event) {
  const auto at = state.frames.find(event.key);
  if (at == state.frames.end()) return;
  no_longer_stuck(state, at->second);
  if (Step* owner = owner_of(state, at->second.scope)) owner->undo.phase = UndoPhase::kRunning;
}

void apply_one(State& state, const Event& event) {
  switch (event.type) {
    case EventType::kSagaStarted:
      return started(state, event);
    case EventType::kSagaCompleted:
      return completed(state, event);
    case EventType::kSagaCompensated:
      return ended(state, event, SagaStatus::kCompensated);
    case EventType::kSagaFailed:
      return ended(state, event, SagaStatus::kFailed);
    case EventType::kSagaCancelled:
      return ended(state, event, SagaStatus::kCancelled);
    case EventType::kSagaTerminated:
      return terminated(state, event);
    case EventType::kSagaSuspended:
      state.suspended = true;
      return;
    case EventType::kSagaResumed:
      state.suspended = false;
      return;
    case EventType::kSagaStuck:
      return stuck(state, event);
    case EventType::kInputSet: {
      Frame& frame = frame_of(state, event);
      frame.input = event.input;
      frame.input_set = true;
      return;
    }
    case EventType::kOutputSet:
      return output_set(state, event);
    case EventType::kContextSet:
      state.context = event.context;
      frame_of(state, event).context_set = true;
      return;
    case EventType::kBranchTaken:
      return branch_taken(state, event);
    case EventType::kEventEmitted: {
      return finish_body(frame_of(state, event), event.event);
    }
    case EventType::kEventReceived:
      return received(state, event);
    case EventType::kCompensationStarted:
      return compensation_started(state, event);
    case EventType::kTimerStarted:
      return timer_started(state, event);
    case EventType::kTimerFired:
      return timer_fired(state, event);
    case EventType::kLoopStarted:
    case EventType::kLoopRound:
    case EventType::kErrorCaught:
    case EventType::kEventAwaited:
    case EventType::kEventMatched: {
      Frame& frame = frame_of(state, event);
      return kind_of(*frame.task).fold(state, frame, event);
    }
    case EventType::kCompensationEnded:
      state.taken_back = true;
      report_to(state, event.key, event.attempt);
      return;
    case EventType::kOperatorCancel:
      if (!event.key.empty()) report_to(state, event.key, event.attempt);  // by its parent
      return want(state, Cause::kCancel);
    case EventType::kOperatorCompensate:
      return want(state, Cause::kCompensate);
    case EventType::kOperatorRetry:
      return operator_retry(state, event);
    case EventType::kOperatorTerminate:
    case EventType::kOperatorSuspend:
    case EventType::kOperatorResume:
    case EventType::kOperatorSkip:
    case EventType::kOperatorResolve:
      return;
    default:
      return apply_step(state, event);
  }
}

}  // namespace

State make_state(std::shared_ptr<const definition::Workflow> workflow) {
  State state;
  state.workflow = std::move(workflow);
  return state;
}

void apply(State& state, const Event& event) {
  SKALD_CHECK(event.seq == state.seq + 1, "events are folded in order, without gaps");
  state.seq = event.seq;
  state.last_event_at = event.at;
  apply_one(state, event);
  settle(state);
}

}  // namespace skald::core
