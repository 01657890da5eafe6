#pragma once

// decide: state + command -> events. Pure: no IO, no clock, no threads; random numbers and expressions come through
// Env. What the engine then owes the world (tasks, timers) is outward(state), state.h.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/event.h"
#include "engine/core/state.h"

namespace skald::core {

struct Limits {
  std::size_t payload_bytes = 256 * 1024;
  std::uint64_t history_events = 50'000;  // then a forward step fails; undos and what follows the pivot are exempt
};

// Decides what depends on data that nobody knows (definition/unknown.h), for walks over a definition without a world
// (engine/check).
class Chooser {
 public:
  virtual ~Chooser() = default;
  // Whether a condition at this task holds: `what` is its text, `unknown` what it gave.
  virtual bool holds(const definition::Task& task, std::string_view what, const Value& unknown) = 0;
  // The list that a loop goes over.
  virtual Value items(const definition::Task& task, const Value& unknown) = 0;
};

struct Env {
  Time now;
  std::uint64_t random = 0;  // seed of all that is drawn in this decision
  definition::JqRunner& jq;
  Limits limits{};
  Chooser* chooser = nullptr;  // null: all data is known
};

// Of a child saga: the step that runs it.
struct Parent {
  std::string run;
  std::string key;
  std::uint32_t depth = 0;  // of the child
  bool awaits = true;       // its end
  std::uint32_t attempt = 1;
};

struct Start {
  RunId run;
  SagaId id;
  Payload input;
  std::string requested_version;
  std::map<std::string, std::string> labels;
  std::optional<Parent> parent;
};

enum class Outcome { kCompleted, kRejected, kFailed, kUnknown };
std::string_view name_of(Outcome outcome);

// What a worker says of an attempt. Its token has been verified.
struct TakeResult {
  std::string key;
  std::uint32_t attempt = 0;
  Outcome outcome = Outcome::kCompleted;
  Payload output;
  Payload error;
  std::optional<Millis> retry_after;
  std::uint32_t deliveries = 1;
  bool redelivered = false;  // of one that failed or was rejected: a worker may have had it before `deliveries` counts
  std::string worker;
  std::optional<Time> started_at;
  std::optional<Time> finished_at;
  std::vector<std::string> left_behind;  // of a child that was undone: its steps that may stand
};

struct TimerDue {
  std::string timer;
};

// The broker has delivered this attempt longer ago than its timeout, and nobody has answered.
struct AttemptOverdue {
  std::string key;
  std::uint32_t attempt = 0;
};

// The message of a cancelled attempt was withdrawn before anyone got it.
struct AttemptWithdrawn {
  std::string key;
  std::uint32_t attempt = 0;
};

// The attempt is about to be published again.
struct AttemptRedispatched {
  std::string key;
  std::uint32_t attempt = 0;
  bool same_message = false;  // under the same message id: nobody knows whether the first publish arrived
};

struct By {
  std::string reason;
  std::string who;
};

struct Cancel {
  By by;
};
struct Terminate {
  By by;
};
// Undoes like Cancel, from running, suspended or stuck; what differs is the name under which it is logged and told to
// the undos (cause `compensate`, and $error), and that every saga that has ended refuses it, a cancelled one too.
struct Compensate {
  By by;
};

// From its parent, which undoes the step that ran this saga: undoes what it did, by its own undos, although it has
// completed; cancels it where it has not ended. The end of that is reported under `key`. Its status stays as it is.
// Refused: "past-pivot".
struct TakeBack {
  std::string key;
  std::uint32_t attempt = 1;
};

// Stops new dispatches, forward and compensating. What was scheduled before counts as in flight, whether or not the
// broker has it yet: it is delivered, and its outcome taken, as always; what follows from that (a retry's time, an
// error that makes the saga undo) is logged and waits. No timer acts. Cancel and Compensate lift it, Terminate ends it.
// Of a suspended saga, or to resume one that is not: nothing comes of it, so that a repeated order is harmless.
struct Suspend {
  By by;
};
// Goes on exactly where the saga stood: a deadline that has passed acts at once, then retries that are due.
struct Resume {
  By by;
};

// For a saga that is stuck; Retry also cuts a wait for a retry short. `step` may be empty where only one fits.
struct Retry {
  std::string step;
  std::optional<std::uint64_t> seen;
  By by;
};
struct Skip {
  std::string step;
  std::optional<std::uint64_t> seen;
  By by;
};
struct Resolve {
  std::string step;
  std::optional<std::uint64_t> seen;
  Payload output;
  By by;
};

// A CloudEvent: a JSON object with "id", "source" and "type". One that the saga has had, by source and id, changes
// nothing. `addressed`: it was sent to this saga alone, a signal; it is kept until a task takes it. Others are logged
// only where a task takes them at once. Of a signal errors, kConflict: "ended", "not-awaited" (no task of the workflow
// takes this type), "mailbox-full", "history-full".
struct TakeEvent {
  Payload event;
  bool addressed = false;
  By by;
};

using Command = std::variant<Start, TakeResult, TimerDue, AttemptOverdue, AttemptWithdrawn, AttemptRedispatched,
                             TakeEvent, Cancel, Terminate, Compensate, TakeBack, Suspend, Resume, Retry, Skip, Resolve>;

// Decides, and applies what it decides to `state`. No events: nothing came of it, which is no error for results and
// timers. On an Error (operators' verbs and signals only) the state is as before. Errors, all kConflict: "past-pivot",
// "ended", "not-stuck", "moved", "in-flight", "which-step", "suspended"; kNotFound "no-step".
Result<std::vector<Event>> decide(State& state, const Command& command, const Env& env);

}  // namespace skald::core
