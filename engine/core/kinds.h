#pragma once

// What a kind of task does while it runs. A kind is one file under engine/core/nodes/: it reads its part of the
// document (definition::Kind) and says what happens when a task of its kind is entered and when a child has left.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/core/event.h"
#include "engine/core/state.h"
#include "engine/definition/kind.h"

namespace skald::core {

class Turn;

// The saga that a task runs as a child.
struct ChildWorkflow {
  std::string workflow;  // "namespace/name"
  std::string version;   // empty: the highest
  bool awaited = true;
};

// One of the ways on from a task that chooses, as its document has it.
struct Way {
  std::string name;
  std::string when;  // empty: the default
  std::string then;

  bool operator==(const Way&) const = default;
};

class NodeKind : public definition::Kind {
 public:
  // Whether entering needs no decision: then open() is called by the fold itself.
  virtual bool structural() const { return false; }

  // The fold, structural kinds: the frame's input is known; opens its first child or finishes. No expressions.
  virtual void open(State& state, Frame& frame) const;
  // The fold: an event that only this kind's decisions make.
  virtual void fold(State& state, Frame& frame, const Event& event) const;
  // The fold: the time for which the frame waited has come.
  virtual void due(State& state, Frame& frame) const;
  // The fold: what was done inside the frame and is not to stand has been undone.
  virtual void unwound(State& state, Frame& frame) const;
  // The fold: this child has left with this output; goes on to `next`, the place in its list that follows, or finishes.
  // `then` was honoured already where it says exit or end.
  virtual void child_left(State& state, Frame& frame, const Frame& child, std::size_t next,
                          const Payload& output) const;

  // The task type that a task of this kind dispatches; empty for kinds that dispatch nothing.
  virtual std::string task_type(const definition::Task&) const { return {}; }

  // Whether the input of what it dispatches has references to secrets, for its worker to put in.
  virtual bool uses_secrets(const definition::Task&) const { return false; }

  // The saga that a task of this kind runs, or undoes; null for kinds that run none.
  virtual const ChildWorkflow* child(const definition::Task&) const { return nullptr; }

  // The ways between which a task of this kind chooses; none: it does not choose.
  virtual std::vector<Way> ways(const definition::Task&) const { return {}; }

  // decide: the frame's input is known; evaluates what is this kind's own and emits the event that says what is done.
  // An error is a fault of the task (a standard error of type expression).
  virtual Status run(Turn& turn, const Frame& frame) const;
  // decide: the frame's phase is kDeciding; emits the event that says how it goes on.
  virtual Status go_on(Turn& turn, const Frame& frame) const;
  // decide: whether the frame, a try whose body runs, catches this error; emits the event that says so.
  virtual Result<bool> catches(Turn& turn, const Frame& frame, const Payload& error) const;

  // The types of events that a task of this kind takes.
  virtual std::vector<std::string> event_types(const definition::Task&) const { return {}; }
  // decide: the frame listens; what says that it takes this event, or none where it does not.
  virtual Result<std::optional<Event>> takes(Turn& turn, const Frame& frame, const Value& cloud_event) const;

  // The policy by which a task of this kind repeats what is inside it; null: it repeats nothing.
  virtual const definition::RetryPolicy* repeats(const definition::Task&) const { return nullptr; }

  // Adds the variables that a frame of this kind gives to the expressions inside it.
  virtual void variables(const Frame& frame, std::vector<std::pair<std::string_view, Value>>& into) const;
};

inline const NodeKind& kind_of(const definition::Task& task) { return static_cast<const NodeKind&>(*task.kind); }

// All kinds that this version runs.
definition::Kinds all_kinds();

}  // namespace skald::core
