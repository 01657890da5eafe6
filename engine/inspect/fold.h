#pragma once

// A saga's history, read and folded: how it stood after any of its events.

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/core/event.h"
#include "engine/core/state.h"
#include "engine/runtime/saga_reader.h"

namespace skald::inspect {

// One event of a history as JSON, with its hash in hex. Error: "damaged-event".
Result<Value> event_json(const store::StoredEvent& stored);
// A page of them.
Result<std::vector<Value>> events_json(const runtime::SagaReader& reader, const RunId& run, std::uint64_t from,
                                       std::size_t limit);

// Calls `take` with each event from `from` to `to` (0: the last), in order, until it fails.
Status each_event(const runtime::SagaReader& reader, const RunId& run, std::uint64_t from, std::uint64_t to,
                  const std::function<Status(const store::StoredEvent&)>& take);

// Whether a history that was read up to event `last` is as long as the view of its saga has it, or as `wanted`. Where
// retention removed it meanwhile it is not. Errors: "expired" (kNotFound), kDamaged "damaged-history".
Status all_read(const runtime::SagaReader& reader, const runtime::SagaView& view, std::uint64_t last,
                std::uint64_t wanted = 0);

// The same, decoded, all at once.
Result<std::vector<core::Event>> events_of(const runtime::SagaReader& reader, const RunId& run);

// The state after event `at`; 0: after the last. Errors: kInvalid "no-such-event", "unknown-saga", "unknown-workflow",
// kDamaged.
Result<core::State> state_at(const runtime::SagaReader& reader, const RunId& run, std::uint64_t at = 0);

}  // namespace skald::inspect
