#include "tests/simulation/services.h"

namespace skald::simulation {
namespace {

Services::Reply refused(const char* title) {
  return {wire::Outcome::kRejected, {}, Payload(Value{{"type", "urn:sim:refused"}, {"title", title}}), false};
}

Services::Reply failed() {
  return {wire::Outcome::kFailed, {}, Payload(Value{{"type", "urn:sim:busy"}, {"title", "not now"}}), false};
}

}  // namespace

bool honours_keys(std::string_view type) { return type.rfind("svc.", 0) == 0 || type == "skald.http"; }

Services::Reply Services::forward(const wire::TaskMessage& task, bool honours) {
  Random& random = world_.random;
  Effects& effects = ledger_[task.key];
  if (honours && effects.refused) return refused("its undo has run");
  if (honours && effects.done > 0) {
    ++repeats_;
    return {wire::Outcome::kCompleted, effects.output, {}, false};
  }
  if (effects.rejected.count(task.attempt) > 0) return refused("no");
  if (random.chance(weather_.rejects)) {
    meetings_.note(Fault::kServiceRejects, node_of(task.key));
    effects.rejected.insert(task.attempt);
    return refused("no");
  }
  if (random.chance(weather_.fails)) {
    meetings_.note(Fault::kServiceFails, node_of(task.key));
    return failed();
  }
  ++effects.done;
  effects.output = Payload(Value{{"of", task.key}, {"n", effects.done}});
  Reply reply{wire::Outcome::kCompleted, effects.output, {}, false};
  reply.lost = random.chance(weather_.answer_lost);
  if (reply.lost) meetings_.note(Fault::kAnswerLost, node_of(task.key));
  return reply;
}

Services::Reply Services::undo(const wire::TaskMessage& task) {
  Random& random = world_.random;
  if (random.chance(weather_.undo_rejects)) {
    meetings_.note(Fault::kServiceRejects, node_of(task.key));
    return refused("cannot be undone");
  }
  if (random.chance(weather_.fails)) {
    meetings_.note(Fault::kServiceFails, node_of(task.key));
    return failed();
  }
  const Value input = task.input.value();
  Effects& effects = ledger_[input.value("key", "")];
  const bool takes_back = input.value("last", true);
  if (takes_back) {
    if (effects.done > effects.undone) effects.undone = effects.done;
    effects.refused = true;
  }
  Reply reply{wire::Outcome::kCompleted, Payload(Value{{"undone", takes_back}}), {}, false};
  reply.lost = random.chance(weather_.answer_lost);
  if (reply.lost) meetings_.note(Fault::kAnswerLost, node_of(task.key));
  return reply;
}

Services::Reply Services::call(const wire::TaskMessage& task) {
  if (task.task.rfind("undo.", 0) == 0) return undo(task);
  return forward(task, honours_keys(task.task));
}

}  // namespace skald::simulation
