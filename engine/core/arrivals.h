#pragma once

// Events that come for a saga from outside, and the tasks that take them. Each is taken by one task: the first, in the
// order of their keys, that listens for it.

#include <cstddef>
#include <string>
#include <vector>

#include "engine/base/value.h"
#include "engine/core/state.h"

namespace skald::core {

class Turn;

// Signals that no task has taken yet.
inline constexpr std::size_t kMostMail = 100;
// Events of which a saga remembers that it had them.
inline constexpr std::size_t kMostHeard = 1'000;

// What no two events share: source and id (CloudEvents 1.0, "Required Attributes").
std::string identity_of(const Value& cloud_event);

// Gives what has come before, in order, to a task that has begun to listen. Fails with the task's own fault.
Status take_mail(Turn& turn, const std::string& key);

// The types of events that tasks of a workflow take; sorted, each once.
std::vector<std::string> awaited_types(const definition::Workflow& workflow);

}  // namespace skald::core
