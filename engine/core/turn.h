#pragma once

// One decision under way: emits events and applies each at once. Used by decide() and by the kinds' run().

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/apply.h"
#include "engine/core/decide.h"

namespace skald::core {

class Turn {
 public:
  Turn(State& state, const Env& env) : state_(state), env_(env), random_(env.random) {}

  const State& state() const { return state_; }
  const Env& env() const { return env_; }
  // In [0, 1).
  double draw();

  // Numbers, dates and applies the event.
  void emit(Event event);
  std::vector<Event> take() { return std::move(events_); }

  // What an expression of this frame's task sees with `dot` as its `.`, as far as it looks at it.
  Result<definition::Scope> scope(const Frame& frame, const Payload& dot, const definition::Reads& reads) const;
  // Evaluates within the payload limit.
  Result<Payload> evaluate(const definition::Template& document, const Frame& frame, const Payload& dot) const;
  // Likewise, with references to secrets: $secrets. Data that looks like some is escaped.
  Result<Payload> evaluate_with_secrets(const definition::Template& document, const Frame& frame, const Payload& dot,
                                        const Value& secrets) const;
  // Whether it may be a payload, or so many of them as one: neither larger nor nested deeper. A message is one level
  // around it. Errors: "payload-too-large", "too-deep".
  Status within_limits(const Payload& payload, std::size_t times = 1, int deepest = kMaxValueDepth - 1) const;
  // Whether a condition of the frame's task holds that gave this value; `what` is its text.
  bool holds(const Frame& frame, std::string_view what, const Value& value) const;
  // Whether the value is as a schema of the frame's task says.
  Status fits(const Frame& frame, const definition::Schema& schema, const Value& value) const;
  // Whether nobody knows what stands here; never in the engine.
  bool is_unknown(const Value& value) const;

 private:
  Result<Payload> evaluate(const definition::Template& document, const definition::Scope& seen) const;

  State& state_;
  const Env& env_;
  std::uint64_t random_;
  std::vector<Event> events_;
};

// An event about a frame: its step, visit and key. For tasks inside an undo: the forward step's, and the undo's key.
Event about(const State& state, const Frame& frame, EventType type);
// Likewise of a step, with its task type and attempt.
Event about(const State& state, const Step& step, EventType type);

// A standard error (DSL 1.0.3, "Errors"): type is the last word of its URI. `instance` is the task's reference.
Payload standard_error(std::string_view type, int status, std::string_view title, std::string_view detail,
                       std::string_view instance);
// The error that an attempt ended with: what the worker said, completed with what the standard asks for.
Payload attempt_error(const Payload& said, std::string_view type, int status, std::string_view title,
                      std::string_view instance);

// Schedules the first attempt of the call that `frame` stands for. The kinds use it.
void schedule_first(Turn& turn, const Frame& frame, Payload input, std::string task_type);

// Goes on until all waits for the outside.
void advance(Turn& turn);
// An error that nothing retries stands at this frame. The innermost try around it that catches it goes on; where none
// does: undo, or stuck behind the pivot and inside undos.
void raise(Turn& turn, const std::string& key, const Payload& error);
// Whether an input is as its schema says; where not, that was raised.
bool input_fits(Turn& turn, const Frame& frame, const definition::Schema& schema, const Payload& input);
// Likewise, where the error is not to be caught.
void raise_uncaught(Turn& turn, const std::string& key, const Payload& error);
// Whether the history is as long as it may get, so that nothing new begins at this frame; undos and what follows the
// pivot are exempt. And what is raised then.
bool history_full(const Turn& turn, const Frame& frame);
void raise_history_full(Turn& turn, const Frame& frame);
// A try around the frame catches the error: true, and what comes of that is emitted. Raises the fault of a filter.
bool caught(Turn& turn, const std::string& key, const Payload& error);
// What a fault of an expression is to the saga.
Payload fault(const Error& error, const Frame& frame);
// jq's truth: everything but null and false.
bool truthy(const Value& value);
// Whether a policy's conditions allow another try after this error. `dot` is what they see as `.`. A condition that
// fails forbids it.
bool retry_allowed(Turn& turn, const definition::RetryPolicy& policy, const Frame& frame, const Payload& error);
// What becomes of a step whose attempt has just ended badly: another attempt, or raise.
void after_bad_end(Turn& turn, const std::string& key, std::optional<Millis> retry_after);

// The next attempt of a step, now.
void schedule_again(Turn& turn, const Step& step);
// The attempt in flight ends without an answer: it may have taken effect.
void time_out(Turn& turn, const std::string& key, std::string_view detail);

void take_result(Turn& turn, const TakeResult& result);
void attempt_overdue(Turn& turn, const AttemptOverdue& command);
void attempt_withdrawn(Turn& turn, const AttemptWithdrawn& command);
void attempt_redispatched(Turn& turn, const AttemptRedispatched& command);
void timer_due(Turn& turn, const TimerDue& command);

Status take_event(Turn& turn, const TakeEvent& command);
Status cancel(Turn& turn, const Cancel& command);
Status terminate(Turn& turn, const Terminate& command);
Status compensate(Turn& turn, const Compensate& command);
Status take_back(Turn& turn, const TakeBack& command);
Status suspend(Turn& turn, const Suspend& command);
Status resume(Turn& turn, const Resume& command);
Status retry(Turn& turn, const Retry& command);
Status skip(Turn& turn, const Skip& command);
Status resolve(Turn& turn, const Resolve& command);

}  // namespace skald::core
