#pragma once

// Every place at which the engine can be made to die (engine/base/fault_point.h). The tests of this folder kill it at
// each, and compare this table with the sources.

namespace skald::cli {

enum class Passed {
  kByWork,        // while sagas make progress, forward and in an undo
  kByReply,       // when a request is answered
  kByEvent,       // when a saga emits an event: never in an undo
  kByStart,       // by every start
  kByFirstStart,  // by the first start of a store, or its first on a broker
};

struct CrashPoint {
  const char* name;
  Passed passed;
  int count;  // the passage to die at, of those by four checkouts
};

inline constexpr CrashPoint kCrashPoints[] = {
    // One group of batches becomes durable.
    {"journal.before-write", Passed::kByWork, 7},
    {"store.before-high-water", Passed::kByWork, 6},
    {"store.after-high-water", Passed::kByWork, 5},
    {"journal.after-sync", Passed::kByWork, 4},
    {"journal.between-actions", Passed::kByWork, 8},
    // A task goes to the broker.
    {"dispatcher.before-publish", Passed::kByWork, 9},
    {"dispatcher.after-publish", Passed::kByWork, 7},
    {"dispatcher.before-ack-noted", Passed::kByWork, 6},
    {"dispatcher.after-ack-noted", Passed::kByWork, 5},
    // An event goes to the broker.
    {"dispatcher.before-event", Passed::kByEvent, 1},
    {"dispatcher.before-event-noted", Passed::kByEvent, 2},
    {"dispatcher.after-event-noted", Passed::kByEvent, 2},
    // A result comes.
    {"intake.received", Passed::kByWork, 3},
    {"intake.before-ack", Passed::kByWork, 2},
    {"intake.after-ack", Passed::kByWork, 1},
    // A request is answered.
    {"api.before-reply", Passed::kByReply, 2},
    {"api.after-reply", Passed::kByReply, 2},
    // The engine starts.
    {"store.opened", Passed::kByStart, 1},
    {"recovery.of-a-shard", Passed::kByStart, 2},
    {"recovery.done", Passed::kByStart, 1},
    {"broker.consumer-deleted", Passed::kByStart, 1},
    {"dispatcher.prepared", Passed::kByStart, 1},
    // It starts for the first time.
    {"store.before-identity", Passed::kByFirstStart, 1},
    {"broker.before-claim", Passed::kByFirstStart, 1},
    {"broker.after-claim", Passed::kByFirstStart, 1},
};

}  // namespace skald::cli
