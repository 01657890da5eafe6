#pragma once

// The state of one saga: the fold of its history over its definition. Plain data; apply.h changes it, and nothing else.
//
// Frames are the open tasks, from the root to where the flow stands. A Step is one execution of a task that can take
// effect; it outlives its frame, for undo and late results.

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "engine/base/value.h"
#include "engine/definition/workflow.h"

namespace skald::core {

// How long a cancelled attempt is waited for before it counts as one that may have taken effect.
inline constexpr Millis kDrainBound{10'000};

enum class FramePhase {
  kEntering,   // `if` and `input.from` are to be evaluated
  kRunning,    // its body runs
  kDeciding,   // its kind has to decide how it goes on: a loop's `while`
  kWaiting,    // for `due`
  kListening,  // for events
  kUnwinding,  // it goes on when what was done inside it, and is not to stand, is undone
  kClosing,    // its body is done; `output.as`, `export.as` and `then` are to be evaluated
};
std::string_view name_of(FramePhase phase);

struct Frame {
  std::string key;     // "<run>:<reference>:<visit>", or an undo's key
  std::string parent;  // key of the frame around it; empty: a root
  std::string scope;   // forward key of the undo that it belongs to; empty: it goes forward
  const definition::Task* task = nullptr;
  std::uint32_t visit = 1;
  FramePhase phase = FramePhase::kEntering;
  Time entered_at;
  std::uint32_t children = 0;  // open frames right below it
  Payload raw_input;
  Payload input;               // after input.from
  Payload output;              // of the body, then after output.as; of a loop, of its last round
  std::size_t index = 0;       // of a list: the child that is open
  std::vector<Payload> parts;  // of a fork: outputs of its branches, empty where one is open; of a loop: its items;
                               // of a listen: by filter, not empty where it has been met
  std::uint32_t round = 0;     // of a loop: which item; of a try: how many times it was repeated
  std::string chosen;          // of a switch: where to go, as in `then`; of a try: what its catch does
  Payload caught;              // of a try
  bool handling = false;       // of a try: its `catch.do` runs
  Time due;                    // kWaiting
  Payload awaits;              // of a listen: by filter, {type, subject?}
  Payload correlated;          // likewise: what correlations are to be, by name
  bool unwinds_all = false;    // kUnwinding: also what completed
  std::string spared;          // kUnwinding: key of the child whose steps stand; empty: of none
  bool timed_out = false;
  bool condition_met = false;
  bool input_set = false;
  bool output_set = false;
  bool context_set = false;
  Payload stuck_on;  // not empty: an error that nobody but an operator can get it past
};

enum class StepPhase {
  kInFlight,  // an attempt is dispatched
  kWaiting,   // for the time of its next attempt
  kClosed,
};
// "in_flight"
std::string_view name_of(StepPhase phase);

enum class StepEnd { kNone, kCompleted, kRejected, kFailed, kUnknown, kTimedOut, kCancelled, kSkipped, kResolved };
std::string_view name_of(StepEnd end);

enum class UndoPhase {
  kNone,        // no undo is defined
  kRegistered,  // nothing asks for it
  kCovered,     // a composite around it stands for it
  kDue,         // to be run, in its turn
  kRunning,
  kStuck,
  kDone,
  kSkipped,
  kResolved,
};
std::string_view name_of(UndoPhase phase);

struct Undo {
  UndoPhase phase = UndoPhase::kNone;
  std::uint32_t generation = 0;  // of the run that is under way or was the last; 0: none yet
  bool had_output = false;       // that run saw a $forward.output
  bool again = false;            // a late completion asks for another run behind it
  bool partly = false;           // of a child saga, which could not undo all: the step may stand
  Payload cause;                 // $error; empty: the saga's
};

// A composite task around a step.
struct Around {
  std::string key;  // of its frame
  const definition::Task* task = nullptr;
};

struct Step {
  std::string key;
  std::string scope;  // as in Frame
  const definition::Task* task = nullptr;
  std::uint32_t visit = 1;
  std::vector<Around> inside;  // from the inside out

  StepPhase phase = StepPhase::kInFlight;
  std::uint32_t attempt = 0;
  std::uint32_t dispatch = 0;
  Time scheduled_at;  // the attempt
  Time first_scheduled_at;
  Time due;                      // kWaiting: of the next attempt
  std::uint32_t deliveries = 0;  // of the attempt, as far as known
  bool cancelling = false;       // it is no longer wanted; its outcome is awaited, within a bound
  Time cancelling_since;

  bool may_have_effect = false;
  bool unwanted = false;  // the flow went on as if it had not been
  StepEnd end = StepEnd::kNone;
  std::uint64_t close_order = 0;  // position among all closings; 0: open
  Payload input;
  Payload output;
  Payload error;                                             // of the last attempt that ended badly
  std::set<std::pair<std::uint32_t, std::string>> answered;  // (attempt, outcome) that were logged

  Undo undo;
};

enum class SagaStatus {
  kRunning,
  kCompensating,
  kStuck,
  kSuspended,  // shown in place of the three above
  kCompleted,
  kCompensated,
  kFailed,
  kCancelled,
  kTerminated
};

// "running"
std::string_view name_of(SagaStatus status);
bool is_final(SagaStatus status);

// What ended the way forward.
enum class Cause { kNone, kError, kTimeout, kCancel, kCompensate, kParent };
std::string_view name_of(Cause cause);

struct State {
  RunId run;
  SagaId id;
  std::shared_ptr<const definition::Workflow> workflow;  // shared by all sagas of this version
  std::uint64_t seq = 0;                                 // of the last event
  Time started_at;
  Time last_event_at;
  std::optional<Time> ended_at;
  std::optional<SagaStatus> final;  // how it ended

  Payload input;
  std::string input_hash;
  std::string requested_version;
  std::map<std::string, std::string> labels;
  Payload context;
  Payload output;
  std::uint64_t output_seq = 0;
  Payload error;       // why it is where it is: of what is stuck, else what it is undone for or ended with
  Payload undone_for;  // what its compensation began with

  std::map<std::string, Frame> frames;           // by key
  std::map<std::string, std::uint32_t> visits;   // by scope and reference
  std::map<std::string, Step> steps;             // by key
  std::set<std::string> open_steps;              // keys of steps not closed
  std::map<std::uint64_t, std::string> undoing;  // keys of steps whose undo is due, running or stuck, by close order
  std::uint32_t undos_done = 0;                  // or resolved
  std::uint32_t undos_skipped = 0;
  std::uint64_t closings = 0;
  std::string root;  // key of the root frame

  bool forward_done = false;  // the root has closed; its output is in `output`
  bool pivot_done = false;
  Cause wanted = Cause::kNone;  // an order to undo, or a deadline, that waits for the pivot's outcome
  Cause cause = Cause::kNone;   // not none: compensating
  Payload wanted_error;
  // Of a child saga; empty: it has no parent.
  std::string parent_run;
  std::string parent_key;  // of the step there that runs it
  std::uint32_t depth = 0;
  std::string reports_to;  // key of the parent's step that its end answers; empty: of none
  std::uint32_t reports_attempt = 1;
  bool taken_back = false;  // its parent has had it undone after its end, and that is done

  // Events that came for the saga.
  std::map<std::uint64_t, Payload> mail;  // that no task has taken yet, by the seq at which they came
  std::deque<std::string> heard;          // identities of the latest, so that none counts twice

  bool deadline_fired = false;
  bool suspended = false;  // answers are taken, nothing is scheduled or begun, no timer runs
};

bool is_pending(const Step& step);
// Whether the task takes events now; one that is stuck does not.
bool listens(const Frame& frame);
// Whether a composite with this key is around the step.
bool stands_inside(const Step& step, const std::string& key);
// The pivot, while nobody can tell yet whether there is a way back from it; null: it is not under way.
const Step* open_pivot(const State& state);
// When a task that is no call has to be done by; none: it has no limit, or that has been acted on.
std::optional<Time> time_limit(const Frame& frame);
// By which policy a step is tried again; its conditions see the step's frame.
definition::RetryPolicy policy_of(const State& state, const Step& step);
SagaStatus status_of(const State& state);
// References of steps that may stand although the saga did not complete.
std::vector<std::string> left_behind(const State& state);
// Whether anything of the saga still waits for a worker, a timer or an operator.
bool has_open_work(const State& state);
// All of it as JSON, for comparison and for people.
Value dump(const State& state);

// What the engine owes the world outside for a saga in this state: derived from the state alone.
struct TaskAct {
  std::string key;
  std::uint32_t attempt = 0;
  std::uint32_t dispatch = 0;
  std::string step;  // reference
  std::uint32_t visit = 0;
  std::string task;  // type
  Payload input;
  std::optional<Millis> timeout;
  std::optional<Time> deadline;
  bool cancelling = false;
  Time since;
  bool secrets = false;  // the input has references to secrets

  bool operator==(const TaskAct&) const = default;
};

// A child saga that is to be started, cancelled or undone.
struct ChildAct {
  std::string key;  // of the step; its answer names it
  std::uint32_t attempt = 1;
  std::string forward;  // key of the step that started the child: equal to `key`, or what `key` undoes
  std::uint32_t forward_attempt = 1;
  std::string workflow;  // "namespace/name"
  std::string version;   // empty: the highest
  Payload input;
  Payload passed_on;  // what the step gives when the child has started, where its end is not awaited
  bool awaited = true;
  bool pivot = false;  // whether the step is one
  bool cancelling = false;

  bool take_back() const { return key != forward; }
  bool operator==(const ChildAct&) const = default;
};

struct Timer {
  // "deadline"; of a step "retry:<key>", "limit:<key>", "drain:<key>"; of a frame "wait:<key>", "timeout:<key>"
  std::string name;
  Time due;

  auto operator<=>(const Timer&) const = default;
};

// A kind of event that would be taken if it came.
struct Awaited {
  std::string type;
  std::string subject;  // empty: any

  auto operator<=>(const Awaited&) const = default;
};

struct Outward {
  std::vector<TaskAct> tasks;
  std::vector<ChildAct> children;
  std::vector<Timer> timers;
  std::vector<Awaited> awaits;  // sorted, each once
};

Outward outward(const State& state);

}  // namespace skald::core
