#pragma once

// A saga's state as people read it: after any of its events, and what changed between two of them.
// What `skald state` and GET /v1/sagas/{id}/state show.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/core/event.h"
#include "engine/core/state.h"
#include "engine/runtime/saga_reader.h"

namespace skald::inspect {

// The order in which a state's steps came, so that each keeps its place in the list.
class StepOrder {
 public:
  // Adds what the state has come to have with its last event, `event`.
  void note(const core::State& state, const core::Event& event);
  const std::vector<std::string>& keys() const { return keys_; }

 private:
  void add(const std::string& key);

  std::vector<std::string> keys_;
  std::set<std::string> known_;
};

// {"status", "cause"?, "pivot_done", "context", "input", "output", "error", "steps", "open"}: all that changes.
Value state_json(const core::State& state, const StepOrder& order);

// With {"id", "run", "seq", "of", "at", "event"} beside it; without `at`: after the last event.
// Errors: kInvalid "no-such-event", which names the last one; those of SagaReader.
Result<Value> state_view(const runtime::SagaReader& reader, const RunId& run, std::optional<std::uint64_t> at);

// {"id", "run", "from", "to", "changes"}: what state_json has otherwise after `to` than after `from`, which may be the
// later one; without `to`: than now. A change in a step names it: "step", "visit". Errors as above.
Result<Value> state_changes(const runtime::SagaReader& reader, const RunId& run, std::uint64_t from,
                            std::optional<std::uint64_t> to);

}  // namespace skald::inspect
