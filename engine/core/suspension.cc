// Suspend and resume.
//
// going  --suspend--> suspended   answers are taken and logged; nothing is scheduled or begun, no timer is owed
// suspended --resume, cancel, compensate--> going   what came due meanwhile acts at once
// suspended --terminate--> ended
//
// advance(), begin_undo(), timer_due() and outward() each look at the flag.

#include "engine/core/orders.h"
#include "engine/core/turn.h"

namespace skald::core {

Status suspend(Turn& turn, const Suspend& command) {
  SKALD_TRY(refuse_if_ended(turn.state()));
  if (turn.state().suspended) return {};
  turn.emit(by(command.by, EventType::kOperatorSuspend));
  Event event;
  event.type = EventType::kSagaSuspended;
  turn.emit(std::move(event));
  return {};
}

Status resume(Turn& turn, const Resume& command) {
  SKALD_TRY(refuse_if_ended(turn.state()));
  if (!turn.state().suspended) return {};
  turn.emit(by(command.by, EventType::kOperatorResume));
  lift_suspension(turn);
  return {};
}

void lift_suspension(Turn& turn) {
  const State& state = turn.state();
  if (!state.suspended) return;
  Event event;
  event.type = EventType::kSagaResumed;
  turn.emit(std::move(event));
  // A deadline that has passed acts before anything else is scheduled, unless an order to undo is there already.
  if (state.wanted == Cause::kNone) timer_due(turn, {"deadline"});
  advance(turn);
  // In order of their names: a step's time limit before the retries of others, which it may make needless.
  for (const Timer& timer : outward(state).timers) {
    if (timer.due > turn.env().now) continue;
    timer_due(turn, {timer.name});
    advance(turn);  // what follows from one comes before the next
  }
}

}  // namespace skald::core
