// What people do in a simulation: they submit sagas, give orders, and mend what is stuck.

#include <algorithm>

#include "tests/simulation/simulation.h"

namespace skald::simulation {
namespace {

constexpr Millis kMendEvery{30'000};

}  // namespace

void Simulation::submit(std::size_t at) {
  Client& client = clients_[at];
  if (client.answered) return;
  world_.after(world_.random.between(2'000, 6'000), [this, at] { submit(at); });
  if (dead_ || !engine_) return;
  const auto answer = [this, at](const Result<runtime::Submitted>& submitted) {
    if (!alive()) return;
    Client& known = clients_[at];
    if (!submitted) return violated("a submission was refused: " + submitted.error().message);
    const auto run = disk_.log.find(SagaId(known.id));
    if (!run || !*run || **run != submitted->run) violated("I1: answered before it is durable: " + known.id);
    known.answered = true;
    acknowledged_[known.id] = std::max<std::uint64_t>(acknowledged_[known.id], 1);
  };
  engine_->submit({client.workflow, "", client.id, client.input, {}}, answer);
  if (world_.random.chance(0.03)) {
    // The same id with another input is refused, whatever else happens.
    engine_->submit({client.workflow, "", client.id, Payload(Value{{"other", true}}), {}},
                    [this](const Result<runtime::Submitted>& other) {
                      if (alive() && other) violated("I1: an id was given to another input");
                    });
  }
  poke();
}

void Simulation::operate(const std::string& id, runtime::Verb verb, const std::string& step) {
  runtime::Operation operation;
  operation.verb = verb;
  operation.step = step;
  operation.reason = "the simulation says so";
  operation.who = "operator";
  if (verb == runtime::Verb::kResolve) operation.output = Payload(Value{{"by", "hand"}});
  engine_->operate(id, std::move(operation), [this, id](const Result<store::Summary>& after) {
    if (!alive() || !after) return;
    const auto stored = disk_.log.summary(after->run);
    if (!stored || !*stored || (*stored)->events < after->events) {
      return violated("I1: an operator was answered before it is durable: " + id);
    }
    acknowledged_[id] = std::max(acknowledged_[id], after->events);
  });
  poke();
}

void Simulation::verb_on_some_saga(Fault fault) {
  if (dead_ || !engine_) return;
  const std::string& id = clients_[world_.random.below(clients_.size())].id;
  met(fault);
  if (fault == Fault::kCancel) return operate(id, runtime::Verb::kCancel);
  if (fault == Fault::kTerminate) return operate(id, runtime::Verb::kTerminate);
  if (fault == Fault::kCompensate) return operate(id, runtime::Verb::kCompensate);
  if (fault == Fault::kSuspend) return suspend_some();
  static constexpr runtime::Verb kVerbs[] = {runtime::Verb::kRetry, runtime::Verb::kSkip, runtime::Verb::kResolve};
  const runtime::Verb verb = kVerbs[world_.random.below(3)];
  for (const Client& client : clients_) operate(client.id, world_.random.chance(0.8) ? runtime::Verb::kRetry : verb);
}

void Simulation::suspend_some() {
  for (const Client& client : clients_) {
    if (!world_.random.chance(0.5)) continue;
    operate(client.id, runtime::Verb::kSuspend);
    world_.after(world_.random.between(10, 15'000), [this, &client] {
      if (!dead_ && engine_) operate(client.id, runtime::Verb::kResume);
    });
  }
}

void Simulation::mend_stuck_sagas() {
  world_.after(kMendEvery, [this] { mend_stuck_sagas(); });
  if (dead_ || !engine_) return;
  for (const Client& client : clients_) {
    const auto run = disk_.log.find(SagaId(client.id));
    if (!run || !*run) continue;
    const auto summary = disk_.log.summary(**run);
    const bool stuck = (*summary)->status == "stuck" || (*summary)->compensation.stuck > 0;
    if ((*summary)->status == "suspended") operate(client.id, runtime::Verb::kResume);
    if (!stuck) continue;
    for (const std::string& step : stuck_steps(**run)) operate(client.id, runtime::Verb::kRetry, step);
  }
}

}  // namespace skald::simulation
