#include "engine/inspect/past.h"

namespace skald::inspect {
namespace {

using core::EventType;

Order order_of(const core::Event& event) { return {event.seq, event.at, event.who, event.reason}; }

bool went_badly(EventType type) {
  switch (type) {
    case EventType::kStepRejected:
    case EventType::kStepFailed:
    case EventType::kStepUnknown:
    case EventType::kStepTimedOut:
    case EventType::kCompensationRejected:
    case EventType::kCompensationFailed:
    case EventType::kCompensationUnknown:
      return true;
    default:
      return false;
  }
}

bool went_well(EventType type) {
  switch (type) {
    case EventType::kStepCompleted:
    case EventType::kStepSkipped:
    case EventType::kStepResolved:
    case EventType::kCompensationCompleted:
    case EventType::kCompensationSkipped:
    case EventType::kCompensationResolved:
      return true;
    default:
      return false;
  }
}

Trouble trouble_of(const core::Event& event) {
  Trouble trouble{event.seq, event.at, event.type, event.step, event.task, event.attempt, event.worker, event.error};
  const Value error = event.error.value();
  const bool tells = trouble.step.empty() && error.is_object() && error.contains("instance");
  if (tells && error["instance"].is_string()) trouble.step = error["instance"].get<std::string>();
  return trouble;
}

void note_trouble(Past& past, const core::Event& event) {
  past.last = trouble_of(event);
  if (!event.key.empty()) past.troubles[event.key] = *past.last;
}

// An error of its own, as that of an expression, or the last attempt's, which is told already.
void note_raised(Past& past, const core::Event& event) {
  const bool told = past.last && past.last->error == event.error && past.last->seq + 1 == event.seq;
  if (!told) note_trouble(past, event);
}

void note_order(Past& past, const core::Event& event) {
  switch (event.type) {
    case EventType::kOperatorSuspend:
      past.suspended = order_of(event);
      return;
    case EventType::kSagaResumed:
      past.suspended.reset();
      return;
    case EventType::kOperatorCancel:
      if (!past.cancelled) past.cancelled = order_of(event);
      return;
    case EventType::kOperatorCompensate:
      if (!past.compensated) past.compensated = order_of(event);
      return;
    case EventType::kOperatorTerminate:
      past.terminated = order_of(event);
      return;
    default:
      return;
  }
}

}  // namespace

void note(Past& past, const core::Event& event, const core::State& after) {
  note_order(past, event);
  if (went_badly(event.type)) note_trouble(past, event);
  const bool late = event.type == EventType::kStepLateResult || event.type == EventType::kCompensationLateResult;
  if (went_well(event.type) || (late && event.outcome == "completed")) past.troubles.erase(event.key);
  if (event.type == EventType::kErrorCaught) {
    note_raised(past, event);
    past.troubles[event.key] = *past.last;
  }
  if (event.type == EventType::kSagaStuck) {
    note_raised(past, event);
    past.troubles[event.key] = *past.last;
    past.stuck[event.key] = order_of(event);
  }
  if (event.type == EventType::kCompensationStarted) {
    if (event.cause == name_of(core::Cause::kError)) {
      note_raised(past, event);
      past.uncaught = past.last;
    }
    past.going_back = order_of(event);
  }
  if (past.pivot_seq == 0 && after.pivot_done) past.pivot_seq = event.seq;
  if (past.end_seq == 0 && after.final) past.end_seq = event.seq;
}

}  // namespace skald::inspect
