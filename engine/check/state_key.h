#pragma once

// When two points have the same future.

#include <set>
#include <string>

#include "engine/check/moves.h"

namespace skald::check {

// Whether conditions inside undos read what their steps took and gave, so that a step's data is part of its future.
bool undos_decide(const definition::Workflow& workflow);

// Equal for points from which the same paths lead on. Leaves out times, numbers that only grow, and steps that nothing
// will ask about any more.
std::string key_of(const Point& point, bool undos_decide);

// Drops what was assumed of data that is nowhere any more.
void forget_assumptions(Point& point);

}  // namespace skald::check
