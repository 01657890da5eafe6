// Orders that end a saga before it is done: cancel and compensate, which undo, and terminate, which does not.

#include <fmt/format.h>

#include "engine/core/orders.h"
#include "engine/core/turn.h"

namespace skald::core {

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

Status refuse_if_no_way_back(const State& state) {
  SKALD_TRY(refuse_if_ended(state));
  if (!state.pivot_done) return {};
  return fail(
      ErrorKind::kConflict, "past-pivot",
      "the saga has passed its pivot: there is no way back, only forward (retry, skip or resolve what stands still)");
}

namespace {

// The first order or error that makes a saga undo decides how it ends; a later one is logged and changes nothing.
Status order_to_undo(Turn& turn, const By& who, EventType verb) {
  SKALD_TRY(refuse_if_no_way_back(turn.state()));
  turn.emit(by(who, verb));
  lift_suspension(turn);
  return {};
}

}  // namespace

Status cancel(Turn& turn, const Cancel& command) {
  if (turn.state().final == SagaStatus::kCancelled) return {};
  return order_to_undo(turn, command.by, EventType::kOperatorCancel);
}

Status compensate(Turn& turn, const Compensate& command) {
  return order_to_undo(turn, command.by, EventType::kOperatorCompensate);
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

}  // namespace skald::core
