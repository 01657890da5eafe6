#pragma once

// The part of the fold that is about steps and undos. Used by apply.cc alone.

#include "engine/core/event.h"
#include "engine/core/state.h"

namespace skald::core {

void apply_step(State& state, const Event& event);

// No attempt of the step is open any more, and no other will be made by itself.
void close(State& state, Step& step, StepEnd end);

// The forward step whose undo runs under this scope; null for the forward scope.
Step* owner_of(State& state, const std::string& scope);
const Step* owner_of(const State& state, const std::string& scope);

}  // namespace skald::core
