#pragma once

// Explanations of sagas that stand in a log.

#include <functional>

#include "engine/inspect/explain.h"
#include "engine/inspect/folds.h"

namespace skald::inspect {

// Who and what is around a saga now, as its engine tells.
Surroundings surroundings_of(const runtime::Engine& engine, const core::State& state, Time now);

// Folds the history once. `around` is asked when the state is known. Errors: those of SagaReader.
Result<Explanation> explain_saga(const runtime::SagaReader& reader, const RunId& run,
                                 const std::function<Surroundings(const core::State& state)>& around);
// Of a running engine, now. `folds`: of its log.
Result<Explanation> explain_saga(Folds& folds, const runtime::Engine& engine, const RunId& run, Time now);

}  // namespace skald::inspect
