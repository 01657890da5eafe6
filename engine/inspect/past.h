#pragma once

// What a saga's history says besides its state: who ordered what and why, what went wrong, and in which events. Made
// while the history is folded. Pure.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "engine/core/event.h"
#include "engine/core/state.h"

namespace skald::inspect {

// An operator's order.
struct Order {
  std::uint64_t seq = 0;
  Time at;
  std::string who;
  std::string reason;
};

// An attempt, or an expression, that ended badly.
struct Trouble {
  std::uint64_t seq = 0;
  Time at;
  core::EventType type = core::EventType::kStepFailed;
  std::string step;  // the forward reference
  std::string task;
  std::uint32_t attempt = 0;
  std::string worker;
  Payload error;
};

struct Past {
  std::optional<Order> suspended;  // the last time; gone when it was resumed
  std::optional<Order> cancelled, compensated, terminated;
  std::optional<Trouble> last;              // of all that went wrong
  std::map<std::string, Trouble> troubles;  // the last of each step or frame, by key, until it went well
  std::optional<Order> going_back;          // the event with which it began to undo
  std::optional<Trouble> uncaught;          // the error that made it undo
  std::map<std::string, Order> stuck;       // since when what stands still does, by key
  std::uint64_t pivot_seq = 0;              // the event with which the way back ended; 0: it has not
  std::uint64_t end_seq = 0;
};

// Notes an event; `after` is the state right after it.
void note(Past& past, const core::Event& event, const core::State& after);

}  // namespace skald::inspect
