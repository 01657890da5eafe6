#pragma once

// Moving through the tree without a decision: opening and leaving frames. Part of the fold.

#include <string>
#include <vector>

#include "engine/core/state.h"

namespace skald::core {

// Opens a frame for a task and returns it. Counts the visit.
Frame& open_frame(State& state, const definition::Task& task, const std::string& parent, const std::string& scope,
                  Payload raw_input);

// The frame's body is done with this output.
void finish_body(Frame& frame, Payload output);

// Goes as far as it can without a decision: enters structural frames, leaves those that have nothing to evaluate.
void settle(State& state);

// Whether a frame's input, or its output, is to be made by an expression or held against a schema. A saga's own input
// was, before it was accepted.
bool sets_input(const Frame& frame);
bool sets_output(const Frame& frame);

// The frame that needs a decision next, or null when all wait for the outside.
const Frame* next_to_decide(const State& state);

// Leaves a frame now, with the output that it has. `taken`: "" for continue, or what `then` says.
void leave(State& state, const std::string& key, const std::string& taken);
// Closes all frames of a scope (forward where empty).
void drop_frames(State& state, const std::string& scope);

// Stops what goes on inside a frame: closes the frames below it and cancels their steps. The frame then waits until
// what is not to stand is undone: steps that may have taken effect without having completed and, with `all`, those that
// completed. The steps of the child with the key `spared` stand. Its kind's unwound() says how it goes on.
void unwind(State& state, Frame& frame, bool all, const std::string& spared);

// The composites around a frame, from the inside out.
std::vector<Around> around(const State& state, const Frame& frame);

}  // namespace skald::core
