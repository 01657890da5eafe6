#pragma once

// A saga as JSON, the same everywhere: the API, the command line, reading a dead engine's folder.

#include "engine/base/value.h"
#include "engine/core/undo_plan.h"
#include "engine/inspect/folds.h"
#include "engine/runtime/saga_reader.h"

namespace skald::inspect {

// Without input and output, as in lists.
Value saga_json(const store::Summary& summary);
Value saga_json(const runtime::SagaView& view);
// With what would be undone if it were ordered now.
Value saga_json(const runtime::SagaView& view, const core::UndoPlan& plan);
// Adds that to an object: `would_undo`, `would_leave_behind`, `undo_waits_for`.
void add_plan(Value& saga, const core::UndoPlan& plan);

// As `show` has it: with what would be undone, for which the history of a saga that has not ended is folded. Errors:
// those of SagaReader. `folds`: of its log.
Result<Value> saga_with_prospects(Folds& folds, const runtime::SagaReader& reader, const RunId& run);
// {"items", "next_cursor", "scanned"}, as `list` has it.
Value list_json(const store::ListPage& page);

// It has ended, or goes on only when an operator acts: nothing to wait for.
bool is_settled(const std::string& status);

}  // namespace skald::inspect
