// What people ask for: cancel, terminate, and the verbs for what stands still.

#include <fmt/format.h>

#include "engine/core/apply_step.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

Event by(const By& who, EventType type) {
  Event event;
  event.type = type;
  event.reason = who.reason;
  event.who = who.who;
  return event;
}

Status refuse_if_ended(const State& state) {
  if (!state.final) return {};
  return fail(ErrorKind::kConflict, "ended",
              fmt::format("saga '{}' has ended: {}", state.id.str(), name_of(*state.final)));
}

bool waits(const State& state, const std::string& key) {
  const auto step = state.steps.find(key);
  return step != state.steps.end() && step->second.phase == StepPhase::kWaiting;
}

bool flies(const State& state, const std::string& key) {
  const auto step = state.steps.find(key);
  return step != state.steps.end() && step->second.phase == StepPhase::kInFlight;
}

// The one frame that an operator's verb is about: stuck, or waiting for its next attempt.
Result<std::string> target(const State& state, const std::string& reference, std::optional<std::uint64_t> seen) {
  if (seen && *seen != state.seq) {
    return fail(ErrorKind::kConflict, "moved",
                fmt::format("the saga has moved on: you saw event {}, it is at {}; look again", *seen, state.seq));
  }
  std::vector<std::string> keys;
  bool busy = false;
  bool named = reference.empty();
  for (const auto& [key, frame] : state.frames) {
    const std::string shown = about(state, frame, EventType::kSagaStuck).step;
    if (!reference.empty() && reference != shown && reference != frame.task->reference) continue;
    named = true;
    busy = busy || flies(state, key);
    if (!frame.stuck_on.empty() || waits(state, key)) keys.push_back(key);
  }
  if (!named) {
    return fail(ErrorKind::kNotFound, "no-step", fmt::format("the saga does not stand at a step '{}'", reference));
  }
  if (keys.size() > 1) {
    return fail(ErrorKind::kConflict, "which-step", "several steps stand still; name one with --step");
  }
  if (keys.empty() && busy) {
    return fail(ErrorKind::kConflict, "in-flight", "an attempt is in flight; wait for its outcome");
  }
  if (keys.empty()) return fail(ErrorKind::kConflict, "not-stuck", "no step of the saga stands still");
  return keys.front();
}

Event at_frame(const State& state, const std::string& key, const By& who, EventType type) {
  Event event = about(state, state.frames.at(key), type);
  event.reason = who.reason;
  event.who = who.who;
  return event;
}

}  // namespace

Status cancel(Turn& turn, const Cancel& command) {
  const State& state = turn.state();
  if (state.final == SagaStatus::kCancelled) return {};
  SKALD_TRY(refuse_if_ended(state));
  if (state.pivot_done) {
    return fail(
        ErrorKind::kConflict, "past-pivot",
        "the saga has passed its pivot: there is no way back, only forward (retry, skip or resolve what stands still)");
  }
  turn.emit(by(command.by, EventType::kOperatorCancel));
  return {};
}

Status terminate(Turn& turn, const Terminate& command) {
  const State& state = turn.state();
  if (state.final == SagaStatus::kTerminated) return {};
  SKALD_TRY(refuse_if_ended(state));
  turn.emit(by(command.by, EventType::kOperatorTerminate));
  const std::set<std::string> open = state.open_steps;
  for (const std::string& key : open) {
    const Step& step = state.steps.at(key);
    if (step.phase != StepPhase::kInFlight) continue;
    const bool forward = step.scope.empty();
    Event event = about(state, step, forward ? EventType::kStepCancelled : EventType::kCompensationUnknown);
    event.delivered = true;
    if (!forward) {
      event.error = Payload(Value{{"type", "urn:skald:error:terminated"}, {"status", 499}, {"title", "Terminated"}});
    }
    turn.emit(std::move(event));
  }
  Event end;
  end.type = EventType::kSagaTerminated;
  end.left_behind = left_behind(state);
  turn.emit(std::move(end));
  return {};
}

Status retry(Turn& turn, const Retry& command) {
  const State& state = turn.state();
  SKALD_ASSIGN(const std::string key, target(state, command.step, command.seen));
  turn.emit(at_frame(state, key, command.by, EventType::kOperatorRetry));
  const auto step = state.steps.find(key);
  // Where a step has run, its next attempt; where an expression failed, advance() evaluates it again.
  const bool call_stands = step != state.steps.end() && state.frames.at(key).phase == FramePhase::kRunning;
  if (call_stands) schedule_again(turn, step->second);
  return {};
}

Status skip(Turn& turn, const Skip& command) {
  const State& state = turn.state();
  SKALD_ASSIGN(const std::string key, target(state, command.step, command.seen));
  turn.emit(at_frame(state, key, command.by, EventType::kOperatorSkip));
  const bool forward = state.frames.at(key).scope.empty();
  turn.emit(about(state, state.frames.at(key), forward ? EventType::kStepSkipped : EventType::kCompensationSkipped));
  return {};
}

Status resolve(Turn& turn, const Resolve& command) {
  const State& state = turn.state();
  SKALD_ASSIGN(const std::string key, target(state, command.step, command.seen));
  turn.emit(at_frame(state, key, command.by, EventType::kOperatorResolve));
  const bool forward = state.frames.at(key).scope.empty();
  Event event =
      about(state, state.frames.at(key), forward ? EventType::kStepResolved : EventType::kCompensationResolved);
  event.output = command.output;
  turn.emit(std::move(event));
  return {};
}

}  // namespace skald::core
