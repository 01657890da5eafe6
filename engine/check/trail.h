#pragma once

// What happened between two points of a path.

#include <set>
#include <string>
#include <vector>

#include "engine/check/check.h"
#include "engine/check/moves.h"

namespace skald::check {

struct Leg {
  std::vector<Undone> undone;  // what began to be undone
  std::vector<std::string> caught;
  std::vector<Choice> choices;
  std::set<std::string> reached;        // references of tasks that ran
  std::set<std::string> undone_unsure;  // references of steps undone although they may never have run
  std::vector<std::string> jumped;      // references of tasks that jumped back
  std::vector<core::Event> faults;      // events with an error that Skald raised: an expression, a limit
};

Leg leg_between(const core::State& before, const core::State& after, const std::vector<core::Event>& events);

// The leg, then the course.
Course follow(const Leg& leg, const Course& course);

}  // namespace skald::check
