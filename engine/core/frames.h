#pragma once

// Moving through the tree without a decision: opening and leaving frames. Part of the fold.

#include <string>
#include <vector>

#include "engine/core/state.h"

namespace skald::core {

// Opens a frame for a task and returns it. Counts the visit.
Frame& open_frame(State& state, const definition::Task& task, const std::string& parent, const std::string& scope,
                  Payload raw_input);
// Begins the next generation of a step's undo: opens its root frame.
Frame& open_undo(State& state, Step& step);
// Whether a closed step that was not undone yet is to be, where the saga goes backward.
bool undo_wanted(const Step& step);
// The key of the generation that is under way or was the last: "<forward key>:undo:<generation>".
std::string undo_key(const Step& step);
// Ends a run of the undo; where another was asked for meanwhile, it is due again.
void close_undo(Step& step, UndoPhase how);

// The frame's body is done with this output.
void finish_body(Frame& frame, Payload output);

// Goes as far as it can without a decision: enters structural frames, leaves those that have nothing to evaluate.
void settle(State& state);

// The frame that needs a decision next, or null when all wait for the outside.
const Frame* next_to_decide(const State& state);

// Leaves a frame now, with the output that it has. `taken`: "" for continue, or what `then` says.
void leave(State& state, const std::string& key, const std::string& taken);
// Closes all frames of a scope (forward where empty).
void drop_frames(State& state, const std::string& scope);
// Keys of the frames around one, from the inside out.
std::vector<std::string> ancestors(const State& state, const Frame& frame);
bool has_children(const State& state, const std::string& key);

// $forward, as a step's undo sees it.
Value forward_of(const Step& step);

}  // namespace skald::core
