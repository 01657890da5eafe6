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
    if (!submitted && submitted.error().code == "expired" && was_removed(known.id)) {
      known.answered = true;  // it was answered before, and the answer did not come
      return;
    }
    if (!submitted) return violated("a submission was refused: " + submitted.error().message);
    const auto run = disk_.log.find(SagaId(known.id));
    if (!run || !*run || **run != submitted->run) return violated("I1: answered before it is durable: " + known.id);
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
  operate(id, std::move(operation));
}

void Simulation::operate(const std::string& id, runtime::Operation operation) {
  engine_->operate(id, std::move(operation), [this, id](const Result<store::Summary>& after) {
    if (!alive() || !after) return;
    if (was_removed(id)) return;
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
  // Any saga: one that has not begun, or a child of another.
  const std::vector<std::string> known = begun();
  const bool begun_one = !known.empty() && world_.random.chance(0.5);
  const std::string id =
      begun_one ? known[world_.random.below(known.size())] : clients_[world_.random.below(clients_.size())].id;
  met(fault);
  if (fault == Fault::kCancel) return operate(id, runtime::Verb::kCancel);
  if (fault == Fault::kTerminate) return operate(id, runtime::Verb::kTerminate);
  if (fault == Fault::kCompensate) return operate(id, runtime::Verb::kCompensate);
  if (fault == Fault::kSuspend) return suspend_some();
  static constexpr runtime::Verb kVerbs[] = {runtime::Verb::kRetry, runtime::Verb::kSkip, runtime::Verb::kResolve};
  const runtime::Verb verb = kVerbs[world_.random.below(3)];
  for (const std::string& one : known) operate(one, world_.random.chance(0.8) ? runtime::Verb::kRetry : verb);
}

void Simulation::suspend_some() {
  for (const std::string& id : begun()) {
    if (!world_.random.chance(0.5)) continue;
    operate(id, runtime::Verb::kSuspend);
    world_.after(world_.random.between(10, 15'000), [this, id] {
      if (!dead_ && engine_) operate(id, runtime::Verb::kResume);
    });
  }
}

// Under few ids, so that some come twice.
void Simulation::signal_those_that_listen() {
  world_.after(world_.random.between(200, 3'000), [this] { signal_those_that_listen(); });
  if (dead_ || !engine_) return;
  for (const char* type : {"sim.go", "sim.stop"}) {
    for (const std::string& id : begun()) {
      if (!world_.random.chance(0.5)) continue;
      runtime::Operation signal;
      signal.verb = runtime::Verb::kSignal;
      signal.event = Payload(Value{
          {"type", type}, {"source", "urn:sim"}, {"id", std::to_string(world_.random.below(60))}, {"subject", id}});
      operate(id, std::move(signal));
    }
  }
}

void Simulation::mend_stuck_sagas() {
  world_.after(kMendEvery, [this] { mend_stuck_sagas(); });
  if (dead_ || !engine_) return;
  check_that_ids_stay_used();
  const auto all = disk_.log.list(kAll);
  for (const store::Summary& summary : all->items) {
    const std::string& id = summary.id.str();
    const bool stuck = summary.status == "stuck" || summary.compensation.stuck > 0;
    if (summary.status == "suspended") operate(id, runtime::Verb::kResume);
    if (!stuck) continue;
    for (const std::string& step : stuck_steps(summary.run)) operate(id, runtime::Verb::kRetry, step);
  }
}

bool Simulation::was_removed(const std::string& id) const {
  const auto run = disk_.log.find(SagaId(id));
  return run && *run && disk_.log.removed(**run)->has_value();
}

std::vector<std::string> Simulation::begun() const {
  std::vector<std::string> ids;
  const auto all = disk_.log.list(kAll);
  for (const store::Summary& summary : all->items) ids.push_back(summary.id.str());
  return ids;
}

}  // namespace skald::simulation
