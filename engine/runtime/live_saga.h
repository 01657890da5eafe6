#pragma once

// A saga in memory: its state, and the rows that the store holds of it. Turns events into the batch that makes them
// durable; everything in that batch is a function of the events.

#include <cstdint>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/decide.h"
#include "engine/core/state.h"
#include "engine/runtime/catalog.h"
#include "store/saga_log.h"

namespace skald::runtime {

// An act that waits for the outside: "task:<key>", "event:<key>", "child:<key>" (a saga that is to be started,
// cancelled or undone) or "parent:<key>" (an answer to the saga that runs this one). The row of a task stands in the
// store only once the broker has it; that there are tasks says one row for all of them, kTasksRow, and the history
// which.
struct ActRow {
  std::uint32_t attempt = 0;
  std::uint32_t dispatch = 0;
  std::uint64_t event_seq = 0;   // event:*, parent:*: where in the history that stands which is to be told
  std::uint64_t stream_seq = 0;  // of the broker's acknowledgement; 0: none noted
  bool stored = false;           // whether it has a row of its own; not in that row

  bool operator==(const ActRow&) const = default;
};

// Stands while a saga has tasks under way: a step that follows another changes no row of `pending`.
inline constexpr std::string_view kTasksRow = "tasks";

std::string encode(const ActRow& row);
// Error: "damaged-pending".
Result<ActRow> decode_act_row(std::string_view bytes);

// How the acts owed to the outside changed by a decision.
struct ActChanges {
  std::vector<core::TaskAct> begun;       // to be published
  std::vector<core::TaskAct> changed;     // republish (another dispatch number) or cancel
  std::vector<core::TaskAct> ended;       // attempts that are closed
  std::vector<core::Event> emitted;       // event.emitted: to be published
  std::vector<core::ChildAct> children;   // begun, or to be cancelled
  std::vector<core::TakeResult> reports;  // to the parent
};

// kConflict "expired": an id whose saga retention has removed.
Error expired(const store::Removed& removed);

class LiveSaga {
 public:
  // A saga that is about to start.
  LiveSaga(Catalog::WorkflowPtr workflow, std::string_view store_id, const RunId& run);
  // Folds the saga from the log. Errors: "unknown-saga", kDamaged.
  static Result<std::unique_ptr<LiveSaga>> load(const store::SagaLog& log, const Catalog& catalog, const RunId& run);

  core::State state;
  // Journal position of its last batch; kNotAppended: the journal does not have that yet.
  static constexpr std::uint64_t kNotAppended = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t last_append = 0;
  // Its shard's: where it stands among those that only wait; none: it does not.
  std::optional<std::list<RunId>::iterator> resting;

  // The batch for events that decide() has just applied to `state`, and what changed for the outside.
  store::Batch commit(const std::vector<core::Event>& events, ActChanges& changes);

  // Notes that the broker has an act. False where that is gone.
  bool acknowledged(const std::string& act, std::uint32_t attempt, std::uint32_t dispatch, std::uint64_t stream_seq);
  // The row that says that the broker has an act; none where that is gone, or the broker does not have it as it now is.
  std::optional<store::PendingRow> note(const std::string& act);
  // The row of an event that is published; the saga owes it no longer.
  std::optional<store::PendingRow> published(const std::string& act);

  store::Summary summary() const;
  const std::map<std::string, ActRow>& acts() const { return acts_; }
  const std::vector<core::Timer>& timers() const { return timers_; }
  // Whether nothing that was decided is under way outside: it goes on by a timer, or when someone asks.
  bool only_waits() const { return acts_.empty(); }
  // Whether it is over, but for what nobody awaits.
  bool evictable() const { return state.final && acts_.empty() && !core::has_open_work(state); }

 private:
  void append_events(const std::vector<core::Event>& events, store::Batch& batch);
  void diff_timers(std::vector<core::Timer> now, store::Batch& batch);
  void diff_awaits(std::vector<core::Awaited> now, store::Batch& batch);
  void diff_tasks(std::vector<core::TaskAct> now, store::Batch& batch, ActChanges& changes);
  void end_task(const std::string& key, store::Batch& batch);
  void begin_task(const core::TaskAct& task, store::Batch& batch);
  void note_tasks(store::Batch& batch);
  void remove_row(const std::string& act, ActRow& row, store::Batch& batch);
  // The acts that the store says, and of the tasks those that have no row.
  Status load_acts(const store::SagaLog& log);
  void diff_children(const std::vector<core::ChildAct>& now, store::Batch& batch, ActChanges& changes);
  void owe_event(const std::string& act, const core::Event& event, store::Batch& batch);

  Digest head_{};
  std::string status_;  // as in the last batch; empty: none yet
  std::vector<core::Timer> timers_;
  std::vector<core::Awaited> awaits_;
  std::map<std::string, core::TaskAct> tasks_;      // by key
  std::map<std::string, core::ChildAct> children_;  // by key
  std::map<std::string, ActRow> acts_;              // by act
  bool has_tasks_row_ = false;
};

}  // namespace skald::runtime
