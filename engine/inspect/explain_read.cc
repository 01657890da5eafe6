#include "engine/inspect/explain_read.h"

#include "engine/core/apply.h"
#include "engine/inspect/fold.h"

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

Result<Explanation> explain_saga(const runtime::SagaReader& reader, const RunId& run,
                                 const std::function<Surroundings(const core::State& state)>& around) {
  SKALD_ASSIGN(const runtime::SagaView view, reader.show(run));
  SKALD_ASSIGN(auto workflow, reader.workflow(view.summary.workflow, view.summary.version));
  core::State state = core::make_state(std::move(workflow));
  Past past;
  SKALD_TRY(each_event(reader, run, 1, 0, [&](const store::StoredEvent& stored) -> Status {
    SKALD_ASSIGN(const core::Event event, core::decode_event(stored.bytes));
    core::apply(state, event);
    note(past, event, state);
    return {};
  }));
  SKALD_TRY(all_read(reader, view, state.seq));
  return explain(state, past, around(state));
}

Result<Explanation> explain_saga(const runtime::Engine& engine, const RunId& run, Time now) {
  return explain_saga(engine, run, [&](const core::State& state) { return surroundings_of(engine, state, now); });
}

}  // namespace skald::inspect
