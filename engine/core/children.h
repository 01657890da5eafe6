#pragma once

// Child sagas: how they answer the saga that runs them. Pure.

#include <optional>
#include <string>

#include "engine/core/decide.h"

namespace skald::core {

class Turn;

inline constexpr std::uint32_t kMaxSagaDepth = 32;  // children of children

// The id of the child that this attempt of the step with this key runs. There is another attempt only where an operator
// asks for it; its child is another saga.
SagaId child_id(const std::string& key, std::uint32_t attempt = 1);

// What a child's event tells its parent, to be repeated until the parent's shard has made it durable; none for most.
// `state` is that right after the event. An end that left something behind is `unknown` to the parent: it may have
// taken effect, and nothing more can be undone.
std::optional<TakeResult> report_to_parent(const State& state, const Event& event);

// The undoing that the parent ordered is done.
void end_take_back(Turn& turn);

}  // namespace skald::core
