// What comes of attempts: answers of workers, in time or late, and attempts that nobody answers.

#include <algorithm>

#include "engine/base/fault_point.h"
#include "engine/core/kinds.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

EventType ended_as(Outcome outcome, bool forward) {
  switch (outcome) {
    case Outcome::kCompleted:
      return forward ? EventType::kStepCompleted : EventType::kCompensationCompleted;
    case Outcome::kRejected:
      return forward ? EventType::kStepRejected : EventType::kCompensationRejected;
    case Outcome::kFailed:
      return forward ? EventType::kStepFailed : EventType::kCompensationFailed;
    case Outcome::kUnknown:
      break;
  }
  return forward ? EventType::kStepUnknown : EventType::kCompensationUnknown;
}

Payload error_of(const TakeResult& result, const Step& step) {
  const std::string& instance = step.task->reference;
  switch (result.outcome) {
    case Outcome::kCompleted:
      return {};
    case Outcome::kRejected:
      return attempt_error(result.error, "runtime", 422, "Rejected", instance);
    case Outcome::kFailed:
      return attempt_error(result.error, "communication", 503, "Failed", instance);
    case Outcome::kUnknown:
      break;
  }
  return attempt_error(result.error, "communication", 504, "Outcome unknown", instance);
}

// A result that is too large to keep: the effect may stand, its output is lost.
TakeResult within_limits(const TakeResult& result, const Limits& limits) {
  const bool fits = result.output.size() <= limits.payload_bytes && result.error.size() <= limits.payload_bytes;
  if (fits) return result;
  TakeResult cut = result;
  cut.output = {};
  if (cut.outcome == Outcome::kCompleted) cut.outcome = Outcome::kUnknown;
  cut.error = Payload(Value{{"type", "urn:skald:error:payload-too-large"},
                            {"status", 413},
                            {"title", "Result too large"},
                            {"detail", "the worker's answer is larger than the limit for payloads"}});
  return cut;
}

Event told(const State& state, const Step& step, const TakeResult& result, EventType type) {
  Event event = about(state, step, type);
  event.attempt = result.attempt;
  event.worker = result.worker;
  event.deliveries = result.deliveries;
  event.redelivered = result.redelivered;
  event.started_at = result.started_at;
  event.finished_at = result.finished_at;
  event.left_behind = result.left_behind;
  if (result.outcome == Outcome::kCompleted) {
    // A worker that answers with nothing answers null.
    event.output = result.output.empty() ? Payload(Value(nullptr)) : result.output;
  }
  event.error = error_of(result, step);
  return event;
}

Payload superseded_error(const Step& step) {
  return Payload(Value{{"type", "urn:skald:error:superseded"},
                       {"status", 409},
                       {"title", "Superseded by the completion of an earlier attempt"},
                       {"instance", step.task->reference}});
}

void take_late(Turn& turn, const Step& step, const TakeResult& result) {
  const State& state = turn.state();
  const bool forward = step.scope.empty();
  Event event = told(state, step, result, forward ? EventType::kStepLateResult : EventType::kCompensationLateResult);
  event.outcome = name_of(result.outcome);
  // The first completion of any attempt completes an open step; the attempt that is under way is then not wanted, and
  // what comes of it nobody knows.
  std::optional<Event> superseded;
  if (result.outcome == Outcome::kCompleted && step.phase == StepPhase::kInFlight) {
    superseded = about(state, step, forward ? EventType::kStepCancelled : EventType::kCompensationUnknown);
    superseded->delivered = true;
    if (!forward) superseded->error = superseded_error(step);
  }
  turn.emit(std::move(event));
  if (superseded) turn.emit(std::move(*superseded));
}

// The wait before the next attempt; none where there is no other.
std::optional<Millis> next_wait(Turn& turn, const Step& step, std::optional<Millis> retry_after) {
  const State& state = turn.state();
  const bool runs_saga = kind_of(*step.task).child(*step.task) != nullptr;
  if (step.end == StepEnd::kRejected || runs_saga) return std::nullopt;
  const Frame& frame = state.frames.at(step.key);
  const bool forward = step.scope.empty();
  const auto policy = policy_of(state, step);
  const bool until_known = forward && step.task->pivot && step.task->undo == nullptr && step.may_have_effect;
  if (forward && state.wanted != Cause::kNone && !until_known) return std::nullopt;
  if (!until_known && !retry_allowed(turn, policy, frame, step.error)) return std::nullopt;
  const Millis wait = std::max(policy.wait_before(step.attempt + 1, turn.draw()), retry_after.value_or(Millis(0)));
  if (until_known) return wait;
  if (policy.max_attempts && step.attempt >= *policy.max_attempts) return std::nullopt;
  if (policy.max_duration && turn.env().now + wait >= step.first_scheduled_at + *policy.max_duration) {
    return std::nullopt;
  }
  return wait;
}

}  // namespace

std::string_view name_of(Outcome outcome) {
  static constexpr std::string_view kNames[] = {"completed", "rejected", "failed", "unknown"};
  return kNames[static_cast<std::size_t>(outcome)];
}

void after_bad_end(Turn& turn, const std::string& key, std::optional<Millis> retry_after) {
  const State& state = turn.state();
  if (state.frames.count(key) == 0) return;  // it was cancelled: its end was all that was awaited
  const Step& step = state.steps.at(key);
  const auto wait = next_wait(turn, step, retry_after);
  if (!wait) return raise(turn, key, step.error);
  const bool forward = step.scope.empty();
  Event event = about(state, step, forward ? EventType::kStepRetryScheduled : EventType::kCompensationRetryScheduled);
  event.attempt = step.attempt + 1;
  event.delay_ms = wait->count();
  event.due = turn.env().now + *wait;
  turn.emit(std::move(event));
}

void take_result(Turn& turn, const TakeResult& original) {
  const State& state = turn.state();
  const auto at = state.steps.find(original.key);
  if (at == state.steps.end()) return;
  const Step& step = at->second;
  if (original.attempt == 0 || original.attempt > step.attempt) return;
  const TakeResult result = within_limits(original, turn.env().limits);
  if (step.answered.count({result.attempt, std::string(name_of(result.outcome))}) > 0) return;
  const bool counts = step.phase == StepPhase::kInFlight && step.attempt == result.attempt;
  if (!counts && planted("ignore-late-result")) return;
  if (!counts) return take_late(turn, step, result);
  turn.emit(told(state, step, result, ended_as(result.outcome, step.scope.empty())));
  if (result.outcome != Outcome::kCompleted) after_bad_end(turn, result.key, result.retry_after);
}

namespace {

const Step* in_flight(const State& state, const std::string& key, std::uint32_t attempt) {
  const auto at = state.steps.find(key);
  const bool is = at != state.steps.end() && at->second.phase == StepPhase::kInFlight && at->second.attempt == attempt;
  return is ? &at->second : nullptr;
}

}  // namespace

void time_out(Turn& turn, const std::string& key, std::string_view detail) {
  const Step& step = turn.state().steps.at(key);
  const bool forward = step.scope.empty();
  Event event = about(turn.state(), step, forward ? EventType::kStepTimedOut : EventType::kCompensationUnknown);
  event.error = standard_error("timeout", 408, "Timed out", detail, step.task->reference);
  turn.emit(std::move(event));
  after_bad_end(turn, key, std::nullopt);
}

void attempt_overdue(Turn& turn, const AttemptOverdue& command) {
  if (in_flight(turn.state(), command.key, command.attempt) == nullptr) return;
  time_out(turn, command.key, "no worker answered within the attempt's timeout");
}

void attempt_withdrawn(Turn& turn, const AttemptWithdrawn& command) {
  const Step* step = in_flight(turn.state(), command.key, command.attempt);
  if (step == nullptr || !step->cancelling) return;
  Event event = about(turn.state(), *step, EventType::kStepFailed);
  event.error = standard_error("communication", 503, "Withdrawn", "the task was withdrawn before a worker got it",
                               step->task->reference);
  turn.emit(std::move(event));
}

void attempt_redispatched(Turn& turn, const AttemptRedispatched& command) {
  const Step* step = in_flight(turn.state(), command.key, command.attempt);
  if (step == nullptr) return;
  const bool forward = step->scope.empty();
  Event event =
      about(turn.state(), *step, forward ? EventType::kStepRedispatched : EventType::kCompensationRedispatched);
  event.dispatch = step->dispatch + (command.same_message ? 0 : 1);
  turn.emit(std::move(event));
}

}  // namespace skald::core
