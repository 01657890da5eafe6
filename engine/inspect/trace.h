#pragma once

// What `skald trace` and GET /v1/sagas/{id}/trace show: the saga's life as a tree of spans.

#include <vector>

#include "engine/core/event.h"
#include "engine/inspect/tracer.h"
#include "engine/runtime/saga_reader.h"

namespace skald::inspect {

// {"id", "run", "workflow", "version", "status", "started_at", "ended_at", "events", "at", "spans"}; `at`: when the
// last event happened. Takes the spans to their end: nothing is taken in afterwards.
Value trace_json(Tracer& tracer);

// Of a whole history, from the first event on, and the definition that it was made by.
Value trace(std::shared_ptr<const definition::Workflow> workflow, const std::vector<core::Event>& events);

// Errors: those of SagaReader.
Result<Value> trace(const runtime::SagaReader& reader, const RunId& run);

}  // namespace skald::inspect
