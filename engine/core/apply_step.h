#pragma once

// The part of the fold that is about steps. Used by the other files of the fold.

#include <functional>

#include "engine/core/event.h"
#include "engine/core/state.h"

namespace skald::core {

void apply_step(State& state, const Event& event);

// The frame goes on. What the saga says of an error is then that of another that is stuck, or what it is undone for.
void no_longer_stuck(State& state, Frame& frame);

// No attempt of the step is open any more, and no other will be made by itself.
void close(State& state, Step& step, StepEnd end);

// The open forward steps that `which` picks are no longer wanted: what is in flight is awaited within a bound, what
// waits for another attempt closes.
void cancel_steps(State& state, const std::function<bool(const Step& step)>& which);

}  // namespace skald::core
