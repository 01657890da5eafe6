#pragma once

// Where a saga stands: the open ends of its flow, each a thing that somebody or some time has to bring on.

#include <optional>
#include <string>
#include <vector>

#include "engine/core/state.h"

namespace skald::inspect {

struct Spot {
  enum class Kind {
    kTask,   // an attempt is dispatched to workers
    kChild,  // a saga that it runs, or has undone
    kRetry,  // its next attempt has a time
    kRound,  // a try's tasks are to be repeated
    kWait,   // a `wait`
    kEvent,  // a `listen`
    kStuck,  // only an operator brings it on
  };
  Kind kind = Kind::kTask;
  std::string key;
  const definition::Task* task = nullptr;
  const core::Frame* frame = nullptr;  // null: the flow has left, only the outcome of what is in flight is awaited
  const core::Step* step = nullptr;    // null: it is none, as a `wait`
  const core::Step* undone = nullptr;  // whose undo it belongs to; null: it goes forward
};

// What is stuck first, then in order of the document.
std::vector<Spot> spots_of(const core::State& state);

// The reference by which people and operators' verbs name it: of an undo that of the step which is undone.
std::string reference_of(const Spot& spot);
// "/do/4/charge", "the undo of /do/2/reserve", "the saga's output" where it stands at its end.
std::string name_of(const Spot& spot);
// The task type that it calls; empty: none.
std::string task_type_of(const Spot& spot);
// The saga that it runs or undoes. Only of kChild.
std::string child_of(const Spot& spot);
// Whether that is awaited to its end.
bool awaits_child(const Spot& spot);

// What it listens for and what has not come: {type, subject?} each. Only of kEvent.
std::vector<Value> awaited_events(const Spot& spot);
// "order.paid about order-1, or order.failed"; with `all`, "and". Likewise.
std::string awaited_text(const Spot& spot);

// How often a step may be tried.
struct Tries {
  bool never_again = false;           // what runs a saga is not tried again by itself; nor what is no longer wanted
  bool until_known = false;           // a pivot of which nobody can tell whether it took effect
  bool conditional = false;           // an expression looks at the error first
  std::optional<std::uint32_t> most;  // none: without end
  std::optional<Time> until;          // no attempt is made behind that

  // How many there are behind this attempt; none: without end.
  std::optional<std::uint32_t> left(std::uint32_t attempt) const;
};
Tries tries_of(const core::State& state, const core::Step& step);
// "attempt 2 of 5", "attempt 2".
std::string attempt_text(std::uint32_t attempt, const Tries& tries);

// The innermost try around the spot that would look at its error; null: there is none.
const core::Frame* catcher_of(const core::State& state, const Spot& spot);

}  // namespace skald::inspect
