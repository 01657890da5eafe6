#pragma once

// A part of a saga's life that has a beginning and an end: what a trace is made of. Plain data.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/base/value.h"

namespace skald::inspect {

enum class SpanKind {
  kSaga,
  kTask,  // a task that takes no effect itself; `keyword` says of what kind, or which part of one it is
  kStep,
  kAttempt,
  kWait,  // before another attempt or try, while suspended, while stuck
  kUndo,
  kUndoAttempt,
  kTimer,     // a `wait` task, or the moment at which a time limit had passed
  kOperator,  // a moment
  kEvent,     // likewise: one that came from outside
};

// "undo_attempt"
std::string_view name_of(SpanKind kind);

// What came for an attempt that did not count any more.
struct LateResult {
  std::uint64_t seq = 0;
  Time at;
  std::string outcome;
};

struct Span {
  SpanKind kind = SpanKind::kTask;
  // Of a task: "do", "for", "fork", ...; and of parts: "round" of a loop or of a try that may be repeated, "catch" of a
  // try, "compensation" of the saga.
  std::string keyword;
  std::string name;
  std::string step;              // reference; of an undo the forward step's; empty: of the saga
  std::uint32_t visit = 0;       // likewise
  std::string task;              // task type, or the workflow of a child saga
  std::uint32_t attempt = 0;     // of a wait: the one before which it stands; of a round or try: which, from 1
  std::uint32_t generation = 0;  // of an undo: which run of it
  Time start;
  std::optional<Time> end;       // none while it is open
  std::string outcome = "open";  // "completed", "rejected", ..., "failed"; of the saga: its final status
  Payload error;
  std::string worker;
  std::optional<Time> picked_up;  // by the worker, by its clock
  std::string child;              // id of the child saga that the attempt runs or undoes
  std::uint32_t dispatch = 0;     // how often the attempt was handed to the broker, where more than once
  std::vector<LateResult> late;
  std::optional<Time> due;             // of waits
  std::optional<std::uint64_t> items;  // of a loop: how many it goes over
  std::string taken;                   // where the flow goes on, where that was chosen
  std::string cause;                   // of the compensation: error, timeout, cancel, compensate, parent
  std::string who, reason;             // of operators
  std::uint64_t seq = 0;               // of the event with which it began
  std::uint64_t end_seq = 0;           // of the event with which it ended; 0: open

  Span* parent = nullptr;
  std::vector<std::unique_ptr<Span>> children;  // in the order in which they began

  // A child that begins with this event.
  Span& add(SpanKind child_kind, std::string child_name, Time at, std::uint64_t at_seq);
  // Ends it, and moves the ends of what holds it, where they have come already. Does nothing where it has ended.
  void close(std::string how, Time at, std::uint64_t at_seq);
};

// With all below it. Members that say nothing are left out, but for kind, name, step, visit, start, end, outcome, seq
// and children.
Value to_value(const Span& span);

}  // namespace skald::inspect
