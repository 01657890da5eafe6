#pragma once

// A saga as JSON, the same everywhere: the API, the command line, reading a dead engine's folder.

#include "engine/base/value.h"
#include "engine/runtime/engine.h"
#include "store/summary.h"

namespace skald::api {

// Without input and output, as in lists.
Value saga_json(const store::Summary& summary);
Value saga_json(const runtime::SagaView& view);
// With what would be undone if it were ordered now, as `show` has it.
Value saga_json(const runtime::SagaView& view, const core::UndoPlan& plan);

// It has ended, or goes on only when an operator acts: nothing to wait for.
bool is_settled(const std::string& status);

}  // namespace skald::api
