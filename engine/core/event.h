#pragma once

// Events: what a saga's history is made of. Each records a decision or an outside fact, so that folding them again
// evaluates no expression, reads no clock and draws no random number.
//
// One struct serves all types; which fields a type carries stands in ARCHITECTURE.md. Stored as a msgpack map without
// its empty fields; shown as JSON with the same names.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/value.h"

namespace skald::core {

enum class EventType {
  kSagaStarted,
  kSagaCompleted,
  kSagaCompensated,
  kSagaFailed,
  kSagaCancelled,
  kSagaTerminated,
  kSagaSuspended,
  kSagaResumed,
  kSagaStuck,
  kStepScheduled,
  kStepRetryScheduled,
  kStepRedispatched,
  kStepCompleted,
  kStepRejected,
  kStepFailed,
  kStepUnknown,
  kStepTimedOut,
  kStepCancelled,
  kStepLateResult,
  kStepSkipped,
  kStepResolved,
  kTimerStarted,
  kTimerFired,
  kInputSet,
  kOutputSet,
  kContextSet,
  kBranchTaken,
  kLoopStarted,
  kLoopRound,
  kErrorCaught,
  kEventEmitted,
  kEventAwaited,
  kEventReceived,
  kEventMatched,
  kCompensationStarted,
  kCompensationScheduled,
  kCompensationRetryScheduled,
  kCompensationRedispatched,
  kCompensationCompleted,
  kCompensationRejected,
  kCompensationFailed,
  kCompensationUnknown,
  kCompensationLateResult,
  kCompensationSkipped,
  kCompensationResolved,
  kCompensationEnded,
  kOperatorCancel,
  kOperatorTerminate,
  kOperatorSuspend,
  kOperatorResume,
  kOperatorCompensate,
  kOperatorRetry,
  kOperatorSkip,
  kOperatorResolve,
};

// "saga.started"
std::string_view name_of(EventType type);
std::optional<EventType> event_type(std::string_view name);

inline constexpr std::size_t kEventTypes = 54;

struct Event {
  std::uint64_t seq = 0;  // from 1, without gaps
  Time at;
  EventType type = EventType::kSagaStarted;

  // Where: the step. In compensation.* `step` and `visit` are the forward step's and `key` is the undo's.
  std::string step;
  std::uint32_t visit = 0;
  std::string task;
  std::uint32_t attempt = 0;
  std::string key;
  std::string undo;              // compensation.*: the reference inside the undo, where that is a list
  std::uint32_t generation = 0;  // compensation.*
  std::uint32_t dispatch = 0;    // how many times this attempt was handed to the broker

  // Data.
  Payload input;
  Payload output;
  Payload context;
  Payload event;       // event.emitted, event.received: the CloudEvent
  Payload awaits;      // event.awaited: by filter, {type, subject?}
  Payload correlated;  // event.matched: what the correlations are from now on, by name
  Payload error;       // RFC 7807 object

  // What was decided, or what was found.
  std::string outcome;         // late_result: completed, rejected, failed, unknown
  std::string taken;           // branch.taken: run, skip, continue, exit, end or a task's name; loop.round: run, end;
                               // error.caught: retry, do, continue; event.matched: end, more, fault
  std::uint32_t round = 0;     // loop.round, error.caught: how many were before it
  std::uint32_t filter = 0;    // event.matched: which of those awaited,
  std::uint32_t received = 0;  // and the seq of the event.received that it takes
  std::string cause;           // compensation.started: error, timeout, cancel, compensate, parent
  std::string timer;
  std::string reason;
  std::string who;
  std::string worker;
  std::uint32_t deliveries = 0;     // how often the broker had delivered the task
  bool delivered = false;           // step.cancelled: a worker may have it
  bool redelivered = false;         // *.failed, *.rejected: a worker may have had it before `deliveries` counts
  std::optional<Time> started_at;   // by the worker's clock
  std::optional<Time> finished_at;  // likewise
  std::optional<Time> due;          // retry_scheduled, timer.started, error.caught: when
  std::optional<std::int64_t> delay_ms;
  std::vector<std::string> left_behind;

  // saga.started
  std::string id;
  std::string run;
  std::string workflow;  // step.scheduled of a child saga: the child's, and the version that it asks for
  std::string version;
  std::string requested_version;
  std::string definition_hash;
  std::string parent_run;            // of a child saga: the run that started it,
  std::string parent_key;            // and the key of its step there,
  std::uint32_t parent_attempt = 0;  // and the attempt of that, from 2 on
  std::uint32_t depth = 0;           // how many sagas are above it
  bool awaited = false;              // whether the parent waits for its end
  std::map<std::string, std::string> labels;

  bool operator==(const Event&) const = default;
};

std::string encode(const Event& event);
// Total over all bytes; unknown fields are skipped. Error: kDamaged "damaged-event".
Result<Event> decode_event(std::string_view bytes);

// As `history -o jsonl` prints it, without the hash.
Value to_value(const Event& event);

}  // namespace skald::core
