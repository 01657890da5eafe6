#pragma once

// What the operators' orders to a whole saga have in common.

#include "engine/core/decide.h"

namespace skald::core {

class Turn;

// The event of a verb: who gave the order, and why.
Event by(const By& who, EventType type);

// Error "ended" (kConflict).
Status refuse_if_ended(const State& state);
// Whether an order to undo can be given. Errors, kConflict: "ended", "past-pivot".
Status refuse_if_no_way_back(const State& state);

// Ends a suspension, where there is one: the saga goes on from where it stood.
void lift_suspension(Turn& turn);

}  // namespace skald::core
