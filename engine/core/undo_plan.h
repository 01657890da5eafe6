#pragma once

// What an order to undo, given now, would do: what `compensate --dry-run` and `show` tell. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/state.h"

namespace skald::core {

struct PlannedUndo {
  std::string step;  // the forward reference
  std::uint32_t visit = 1;
  std::string key;                 // idempotency key of the undo
  std::vector<std::string> tasks;  // the task types that it calls, in the document's order
  bool certain = true;             // false: its step is in flight, and is undone only if it may have taken effect

  bool operator==(const PlannedUndo&) const = default;
};

struct UndoPlan {
  std::optional<Error> refused;            // the order would be refused: "ended", "past-pivot"
  std::string waits_for;                   // reference of the pivot whose outcome would be awaited first; empty: none
  std::vector<PlannedUndo> undos;          // in the order in which they would run
  std::vector<std::string> leaves_behind;  // references of steps that may stand and have no undo
};

// The task types that the undo of a task calls, in the document's order.
std::vector<std::string> tasks_of(const definition::Undo& undo);

// Of a saga that is undoing already: what is left. Where the order would be refused, nothing is planned.
UndoPlan undo_plan(const State& state);

}  // namespace skald::core
