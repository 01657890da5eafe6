#pragma once

// Which steps are undone, when, and in which order. Part of the fold.
//
// registered --called for--> due --its turn--> running --done, resolved, skipped--> closed
//                                              running --fails for good--> stuck --operator--> running
//
// Called for: where the saga goes backward, every step that may have taken effect; where it goes forward, those that
// the flow has passed without their having completed, and all inside a frame that unwinds all.

#include <cstdint>
#include <string>

#include "engine/core/state.h"

namespace skald::core {

// The key of the generation that is under way or was the last: "<forward key>:undo:<generation>".
std::string undo_key(const Step& step);
// The forward step whose undo runs under this scope; null for the forward scope.
Step* owner_of(State& state, const std::string& scope);
const Step* owner_of(const State& state, const std::string& scope);
// $forward, as a step's undo sees it.
Value forward_of(const Step& step);

// Whether a closed step that was not undone yet is to be, where the saga goes backward.
bool undo_wanted(const Step& step);
// Makes the undo of a closed step due if something asks for it now.
void call_for_undo(State& state, Step& step);
// Likewise, of all steps; for those inside a frame only, where one is given.
void call_for_undos(State& state, const Frame* inside);
// Makes the step's undo due whatever asks for it: it has run, and another run is needed.
void make_due(State& state, Step& step);

// Begins the undo whose turn it is: that of the step that closed last, unless forward work in flight is still awaited.
// None begins while the saga is suspended, so that each sees what was answered meanwhile. False: none can begin.
bool begin_undo(State& state);
// Ends a run of the undo; where another was asked for meanwhile, it is due again.
void close_undo(State& state, Step& step, UndoPhase how);

// How many undos stand still until an operator comes.
std::uint32_t stuck_undos(const State& state);
// Whether a frame that unwinds has nothing more to wait for.
bool is_unwound(const State& state, const Frame& frame);

}  // namespace skald::core
