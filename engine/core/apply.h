#pragma once

// The fold: state + event -> state. Pure; evaluates no expression.

#include "engine/core/event.h"
#include "engine/core/state.h"

namespace skald::core {

// The state before the first event.
State make_state(std::shared_ptr<const definition::Workflow> workflow);

// Requires event.seq == state.seq + 1 and an event that decide() could have made; anything else is a broken invariant.
void apply(State& state, const Event& event);

}  // namespace skald::core
