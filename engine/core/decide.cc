#include "engine/core/decide.h"

#include "engine/base/check.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

void start(Turn& turn, const Start& command) {
  SKALD_CHECK(turn.state().seq == 0, "a saga starts once");
  const auto& workflow = *turn.state().workflow;
  Event event;
  event.type = EventType::kSagaStarted;
  event.id = command.id.str();
  event.run = command.run.str();
  event.workflow = workflow.full_name();
  event.version = workflow.version;
  event.requested_version = command.requested_version;
  event.definition_hash = workflow.hash;
  event.labels = command.labels;
  event.input = command.input;
  if (command.parent) {
    event.parent_run = command.parent->run;
    event.parent_key = command.parent->key;
    if (command.parent->attempt > 1) event.parent_attempt = command.parent->attempt;
    event.depth = command.parent->depth;
    event.awaited = command.parent->awaits;
  }
  turn.emit(std::move(event));
}

struct Perform {
  Turn& turn;

  Status operator()(const Start& command) const { return start(turn, command), Status(); }
  Status operator()(const TakeResult& command) const { return take_result(turn, command), Status(); }
  Status operator()(const TimerDue& command) const { return timer_due(turn, command), Status(); }
  Status operator()(const AttemptOverdue& command) const { return attempt_overdue(turn, command), Status(); }
  Status operator()(const AttemptWithdrawn& command) const { return attempt_withdrawn(turn, command), Status(); }
  Status operator()(const AttemptRedispatched& command) const { return attempt_redispatched(turn, command), Status(); }
  Status operator()(const TakeEvent& command) const { return take_event(turn, command); }
  Status operator()(const Cancel& command) const { return cancel(turn, command); }
  Status operator()(const Terminate& command) const { return terminate(turn, command); }
  Status operator()(const Compensate& command) const { return compensate(turn, command); }
  Status operator()(const TakeBack& command) const { return take_back(turn, command); }
  Status operator()(const Suspend& command) const { return suspend(turn, command); }
  Status operator()(const Resume& command) const { return resume(turn, command); }
  Status operator()(const Retry& command) const { return retry(turn, command); }
  Status operator()(const Skip& command) const { return skip(turn, command); }
  Status operator()(const Resolve& command) const { return resolve(turn, command); }
};

}  // namespace

Result<std::vector<Event>> decide(State& state, const Command& command, const Env& env) {
  Turn turn(state, env);
  SKALD_TRY(std::visit(Perform{turn}, command));
  advance(turn);
  return turn.take();
}

}  // namespace skald::core
