// What each event says by itself: attempts and their outcomes, waits, catches, timers, operators' acts.

#include "engine/core/children.h"
#include "engine/core/kinds.h"
#include "engine/core/undos.h"
#include "engine/inspect/tracer.h"

namespace skald::inspect {
namespace {

using core::Event;
using core::EventType;
using core::SagaStatus;

// "step.timed_out" -> "timed_out"
std::string last_word(EventType type) {
  const std::string_view name = core::name_of(type);
  return std::string(name.substr(name.find('.') + 1));
}

// The wait for another attempt, or another try, that stands last below a span; null: there is none.
Span* open_wait(Span& span) {
  for (auto child = span.children.rbegin(); child != span.children.rend(); ++child) {
    if ((*child)->kind == SpanKind::kWait && (*child)->name == "retry") return (*child)->end ? nullptr : child->get();
  }
  return nullptr;
}

}  // namespace

Span& Tracer::about(const Event& event) {
  if (const auto node = nodes_.find(event.key); node != nodes_.end()) return *node->second.span;
  const auto at = by_key_.find(event.key);
  return at == by_key_.end() ? *saga_ : *at->second;
}

void Tracer::note(const Event& event) {
  switch (event.type) {
    case EventType::kSagaStarted:
      saga_ = std::make_unique<Span>();
      saga_->kind = SpanKind::kSaga;
      saga_->name = event.id;
      saga_->start = event.at;
      saga_->seq = event.seq;
      return;
    case EventType::kStepScheduled:
    case EventType::kCompensationScheduled:
      return note_scheduled(event);
    case EventType::kStepRetryScheduled:
    case EventType::kCompensationRetryScheduled:
      return note_retry(event);
    case EventType::kStepRedispatched:
    case EventType::kCompensationRedispatched:
      if (const auto at = attempts_.find({event.key, event.attempt}); at != attempts_.end()) {
        at->second->dispatch = event.dispatch;
      }
      return;
    case EventType::kStepCompleted:
    case EventType::kStepRejected:
    case EventType::kStepFailed:
    case EventType::kStepUnknown:
    case EventType::kStepTimedOut:
    case EventType::kStepCancelled:
    case EventType::kCompensationCompleted:
    case EventType::kCompensationRejected:
    case EventType::kCompensationFailed:
    case EventType::kCompensationUnknown:
      return note_outcome(event, last_word(event.type));
    case EventType::kStepLateResult:
    case EventType::kCompensationLateResult:
      return note_late(event);
    case EventType::kStepSkipped:
    case EventType::kStepResolved:
    case EventType::kCompensationSkipped:
    case EventType::kCompensationResolved:
      if (const auto node = nodes_.find(event.key); node != nodes_.end()) {
        node->second.span->outcome = last_word(event.type);
        node->second.settled = true;
      }
      return;
    case EventType::kBranchTaken:
      return note_branch(event);
    case EventType::kLoopStarted:
      about(event).items = event.input.value().size();
      return;
    case EventType::kErrorCaught:
      return note_caught(event);
    case EventType::kTimerStarted:
      about(event).due = event.due;
      return;
    case EventType::kTimerFired:
      return note_timer(event);
    case EventType::kSagaStuck:
      stuck_[event.key] = &about(event).add(SpanKind::kWait, "stuck", event.at, event.seq);
      stuck_[event.key]->error = event.error;
      return;
    case EventType::kSagaSuspended:
      suspended_ = &saga_->add(SpanKind::kWait, "suspended", event.at, event.seq);
      return;
    case EventType::kCompensationStarted:
      compensation_ = &saga_->add(SpanKind::kTask, "compensation", event.at, event.seq);
      compensation_->keyword = "compensation";
      compensation_->cause = event.cause;
      compensation_->error = event.error;
      return;
    case EventType::kCompensationEnded:
      if (compensation_ != nullptr) compensation_->close("completed", event.at, event.seq);
      return;
    case EventType::kSagaCompleted:
      return note_end(event, SagaStatus::kCompleted);
    case EventType::kSagaCompensated:
      return note_end(event, SagaStatus::kCompensated);
    case EventType::kSagaFailed:
      return note_end(event, SagaStatus::kFailed);
    case EventType::kSagaCancelled:
      return note_end(event, SagaStatus::kCancelled);
    case EventType::kSagaTerminated:
      return note_end(event, SagaStatus::kTerminated);
    case EventType::kEventReceived:
      return note_received(event);
    case EventType::kOperatorCancel:
    case EventType::kOperatorTerminate:
    case EventType::kOperatorSuspend:
    case EventType::kOperatorResume:
    case EventType::kOperatorCompensate:
    case EventType::kOperatorRetry:
    case EventType::kOperatorSkip:
    case EventType::kOperatorResolve:
      return note_operator(event);
    case EventType::kSagaResumed:
    case EventType::kInputSet:
    case EventType::kOutputSet:
    case EventType::kContextSet:
    case EventType::kLoopRound:
    case EventType::kEventEmitted:
    case EventType::kEventAwaited:
    case EventType::kEventMatched:
      return;  // the fold says what came of it
  }
}

void Tracer::note_scheduled(const Event& event) {
  Span& owner = about(event);
  const bool forward = event.type == EventType::kStepScheduled;
  if (Span* wait = open_wait(owner)) wait->close("completed", event.at, event.seq);
  owner.task = event.workflow.empty() ? event.task : event.workflow;
  Span& attempt = owner.add(forward ? SpanKind::kAttempt : SpanKind::kUndoAttempt,
                            "attempt " + std::to_string(event.attempt), event.at, event.seq);
  attempt.step = event.step;
  attempt.visit = event.visit;
  attempt.task = owner.task;
  attempt.attempt = event.attempt;
  attempt.generation = event.generation;
  by_key_[event.key] = &owner;
  attempts_[{event.key, event.attempt}] = &attempt;
  if (event.workflow.empty()) return;
  const core::Step* undone = core::owner_of(state_, nodes_.at(event.key).scope);
  attempt.child =
      (undone != nullptr ? core::child_id(undone->key, undone->attempt) : core::child_id(event.key, event.attempt))
          .str();
}

void Tracer::note_outcome(const Event& event, std::string how) {
  const auto at = attempts_.find({event.key, event.attempt});
  if (at == attempts_.end()) return;
  Span& attempt = *at->second;
  attempt.error = event.error;
  attempt.worker = event.worker;
  attempt.picked_up = event.started_at;
  attempt.close(std::move(how), event.at, event.seq);
}

void Tracer::note_retry(const Event& event) {
  Span& wait = about(event).add(SpanKind::kWait, "retry", event.at, event.seq);
  wait.step = event.step;
  wait.visit = event.visit;
  wait.attempt = event.attempt;
  wait.due = event.due;
}

void Tracer::note_late(const Event& event) {
  const auto at = attempts_.find({event.key, event.attempt});
  if (at != attempts_.end()) at->second->late.push_back({event.seq, event.at, event.outcome});
}

void Tracer::note_branch(const Event& event) {
  const auto node = nodes_.find(event.key);
  if (node == nodes_.end()) return;
  const core::Frame& frame = state_.frames.at(event.key);
  const bool of_condition = frame.phase == core::FramePhase::kEntering && frame.task->condition && !frame.condition_met;
  if (!of_condition) {
    node->second.span->taken = event.taken;
  } else if (event.taken != "run") {
    node->second.span->outcome = "skipped";
    node->second.settled = true;
  }
}

// What the try did until now is over; what is undone on the way stands in the part whose error it was.
void Tracer::note_caught(const Event& event) {
  const auto at = nodes_.find(event.key);
  if (at == nodes_.end()) return;
  Node& node = at->second;
  if (node.into != node.span) {
    node.into->error = event.error;
    node.into->close("failed", event.at, event.seq);
  }
  if (event.taken == "retry") {
    Span& wait = node.span->add(SpanKind::kWait, "retry", event.at, event.seq);
    wait.step = event.step;
    wait.visit = event.visit;
    wait.attempt = event.round + 2;
    wait.due = event.due;
    return;
  }
  Span& handler = node.span->add(SpanKind::kTask, "catch", event.at, event.seq);
  handler.keyword = "catch";
  handler.step = event.step;
  handler.visit = event.visit;
  handler.error = event.error;
  handler.taken = event.taken == "do" ? "" : event.taken;
  node.into = &handler;
}

void Tracer::note_timer(const Event& event) {
  Span& span = about(event);
  const auto node = nodes_.find(event.key);
  if (event.timer == "wait" && node != nodes_.end()) {
    if (Span* wait = open_wait(span)) wait->close("completed", event.at, event.seq);
    return;
  }
  if (node != nodes_.end()) node->second.timed_out = true;
  const std::string name = event.timer == "timeout" ? "time limit" : event.timer;
  Span& moment = span.add(SpanKind::kTimer, name, event.at, event.seq);
  moment.step = event.step;
  moment.visit = event.visit;
  moment.close("completed", event.at, event.seq);
}

void Tracer::note_operator(const Event& event) {
  Span& act = about(event).add(SpanKind::kOperator, last_word(event.type), event.at, event.seq);
  act.step = event.step;
  act.visit = event.visit;
  act.who = event.who;
  act.reason = event.reason;
  act.close("completed", event.at, event.seq);
}

void Tracer::note_received(const Event& event) {
  Span& came = saga_->add(SpanKind::kEvent, event.event.value().value("type", ""), event.at, event.seq);
  came.who = event.who;
  came.reason = event.reason;
  came.close("completed", event.at, event.seq);
}

void Tracer::note_end(const Event& event, SagaStatus status) {
  saga_->error = event.error;
  if (compensation_ != nullptr) {
    const bool stopped = status == SagaStatus::kTerminated;
    compensation_->close(stopped                    ? "cancelled"
                         : state_.undos_skipped > 0 ? "failed"
                                                    : "completed",
                         event.at, event.seq);
  }
  saga_->close(std::string(core::name_of(status)), event.at, event.seq);
}

}  // namespace skald::inspect
