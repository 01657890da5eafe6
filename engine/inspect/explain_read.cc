#include "engine/inspect/explain_read.h"

namespace skald::inspect {

Surroundings surroundings_of(const runtime::Engine& engine, const core::State& state, Time now) {
  Surroundings around;
  around.now = now;
  const runtime::Readiness ready = engine.readiness();
  around.broker_ok = ready.broker_ok;
  around.broker_since = ready.broker_since;
  // Of a saga that has ended with nothing open, nobody serves anything.
  if (state.final && !has_open_work(state)) return around;
  for (runtime::TaskTypeStatus& type : engine.workers()) {
    std::string name = type.task;
    around.types.emplace(std::move(name), std::move(type));
  }
  for (const std::string& key : state.open_steps) {
    const auto status = engine.attempt(key, state.steps.at(key).attempt);
    if (status) around.attempts.emplace(key, *status);
  }
  return around;
}

namespace {

Result<Explanation> explain_folded(Folds& folds, const runtime::SagaReader& reader, const RunId& run,
                                   const std::function<Surroundings(const core::State& state)>& around) {
  SKALD_ASSIGN(const runtime::SagaView view, reader.show(run));
  Explanation told;
  SKALD_TRY(folds.look(
      reader, view, [&](const Folded& saga) { told = explain(saga.state, saga.past, around(saga.state), saga.plan); }));
  return told;
}

}  // namespace

Result<Explanation> explain_saga(const runtime::SagaReader& reader, const RunId& run,
                                 const std::function<Surroundings(const core::State& state)>& around) {
  Folds folds;
  return explain_folded(folds, reader, run, around);
}

Result<Explanation> explain_saga(Folds& folds, const runtime::Engine& engine, const RunId& run, Time now) {
  return explain_folded(folds, engine, run,
                        [&](const core::State& state) { return surroundings_of(engine, state, now); });
}

}  // namespace skald::inspect
