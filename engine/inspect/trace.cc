#include "engine/inspect/trace.h"

#include "engine/inspect/fold.h"

namespace skald::inspect {

Value trace_json(Tracer& tracer) {
  const core::State& state = tracer.state();
  Value spans = Value::array();
  spans.push_back(to_value(tracer.finish()));
  return {{"id", state.id.str()},
          {"run", state.run.str()},
          {"workflow", state.workflow->full_name()},
          {"version", state.workflow->version},
          {"status", core::name_of(core::status_of(state))},
          {"started_at", format_time(state.started_at)},
          {"ended_at", state.ended_at ? Value(format_time(*state.ended_at)) : Value(nullptr)},
          {"events", state.seq},
          {"at", format_time(state.last_event_at)},
          {"spans", std::move(spans)}};
}

Value trace(std::shared_ptr<const definition::Workflow> workflow, const std::vector<core::Event>& events) {
  Tracer tracer(std::move(workflow));
  for (const core::Event& event : events) tracer.take(event);
  return trace_json(tracer);
}

Result<Value> trace(const runtime::SagaReader& reader, const RunId& run) {
  SKALD_ASSIGN(const runtime::SagaView view, reader.show(run));
  SKALD_ASSIGN(auto workflow, reader.workflow(view.summary.workflow, view.summary.version));
  Tracer tracer(std::move(workflow));
  SKALD_TRY(each_event(reader, run, 1, 0, [&tracer](const store::StoredEvent& stored) -> Status {
    SKALD_ASSIGN(const core::Event event, core::decode_event(stored.bytes));
    tracer.take(event);
    return {};
  }));
  SKALD_TRY(all_read(reader, view, tracer.state().seq));
  return trace_json(tracer);
}

}  // namespace skald::inspect
