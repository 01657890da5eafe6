// The verbs for what stands still: retry, skip, resolve.

#include <fmt/format.h>

#include "engine/core/turn.h"

namespace skald::core {
namespace {

// A step before its next attempt, or a try before its next round.
bool waits(const State& state, const std::string& key) {
  const Frame& frame = state.frames.at(key);
  if (frame.phase == FramePhase::kWaiting && !frame.caught.empty()) return true;
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

Status retry(Turn& turn, const Retry& command) {
  const State& state = turn.state();
  if (state.suspended) {
    return fail(ErrorKind::kConflict, "suspended",
                "the saga is suspended, and nothing is tried while it is; resume it first");
  }
  SKALD_ASSIGN(const std::string key, target(state, command.step, command.seen));
  turn.emit(at_frame(state, key, command.by, EventType::kOperatorRetry));
  if (state.frames.at(key).phase == FramePhase::kWaiting) {
    Event event = about(state, state.frames.at(key), EventType::kTimerFired);
    event.timer = "wait";
    turn.emit(std::move(event));
    return {};
  }
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
