#pragma once

// What can go wrong in a simulation, how likely it is now, and what has been hit by it.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace skald::simulation {

enum class Fault {
  // The engine and its disk.
  kKill,
  kKillAmidActions,  // behind a commit, with some of its actions done
  kKillBeforeWrite,
  kKillAfterWrite,
  kWriteFails,
  kSyncFails,  // reported as failed, and there or not there afterwards
  kDiskFull,
  kRestore,  // goes on from a backup
  // The broker.
  kPublishLost,
  kPublishLandsLate,
  kAckLost,
  kDisconnect,
  kWipe,
  kRollback,     // of its streams, the consumers kept
  kRestart,      // what was acknowledged off the queue comes back
  kResultsLost,  // acknowledged to the worker, gone before the engine got them
  kResultTwice,
  kStaleAck,  // a worker's acknowledgement takes another message away
  // Workers.
  kDiesBeforeEffect,
  kDiesAfterEffect,
  kPauses,  // past the ack wait, then goes on
  kSlow,    // past the attempt's timeout
  kAnswersTwice,
  kTogether,  // no fault, but what the others may befall: several tasks came in one message
  kGarbage,
  kForgedToken,
  kOldToken,
  // Services.
  kServiceFails,
  kServiceRejects,
  kAnswerLost,  // the effect stands, the answer does not come
  // Clocks.
  kClockForward,
  kClockBack,
  // People.
  kCancel,
  kTerminate,
  kCompensate,
  kSuspend,   // and resumed after a while
  kOperator,  // retry, skip or resolve
  kCount,
};

// The kind of node that a step's key belongs to: "call", "undo", or "undo list" for a task inside an undo.
std::string node_of(std::string_view key);

// The key of the step that an undo's key belongs to; any other is its own.
std::string forward_key(const std::string& key);

// Likewise of an act that is owed, where another saga does it: "run" for a child, "undo run" where it is to be undone,
// "answer" to a parent; empty: it is none of these.
std::string node_of_act(std::string_view act);

inline constexpr std::size_t kFaults = static_cast<std::size_t>(Fault::kCount);

std::string_view name_of(Fault fault);

// Probabilities, drawn anew for every seed so that seeds differ in what they are about; all zero once faults stop.
struct Weather {
  double publish_lost = 0;
  double publish_late = 0;
  double ack_lost = 0;
  double result_twice = 0;
  double stale_ack = 0;
  double dies_before = 0;
  double dies_after = 0;
  double pauses = 0;
  double slow = 0;
  double answers_twice = 0;
  double garbage = 0;
  double forged = 0;
  double old_token = 0;
  double fails = 0;
  double rejects = 0;
  double answer_lost = 0;
  double undo_rejects = 0;
};

// Counts how often each fault met each kind of node, forward ("call", "set", ...) and compensating ("undo").
class Meetings {
 public:
  void note(Fault fault, const std::string& node) { ++counts_[static_cast<std::size_t>(fault)][node]; }
  void add(const Meetings& other);
  std::uint64_t of(Fault fault) const;
  // A table: a line a fault, a column a kind of node.
  std::string table() const;
  const std::array<std::map<std::string, std::uint64_t>, kFaults>& counts() const { return counts_; }

 private:
  std::array<std::map<std::string, std::uint64_t>, kFaults> counts_;
};

}  // namespace skald::simulation
