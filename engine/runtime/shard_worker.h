#pragma once

// One thread and the shards that it owns. It drains its queue (submissions, results, timers, operators' verbs),
// decides, and hands one batch of events to the journal; what has to wait for that batch runs when it is durable.
// While the batch becomes durable, it decides the next.
//
// Threading: post() and post_always() from any thread; all else on the worker's own thread, from within jobs.

#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "engine/core/decide.h"
#include "engine/runtime/activity.h"
#include "engine/runtime/catalog.h"
#include "engine/runtime/children.h"
#include "engine/runtime/dispatcher.h"
#include "engine/runtime/drive.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/journal.h"
#include "engine/runtime/live_saga.h"
#include "engine/runtime/metrics.h"
#include "engine/runtime/watchers.h"

namespace skald::runtime {

// What the workers of one engine share. All outlive the workers.
struct ShardContext {
  store::SagaLog& log;
  Journal& journal;
  Catalog& catalog;
  definition::JqRunner& jq;
  const Clock& clock;
  Watchers& watchers;
  Metrics& metrics;
  Activity& activity;
  core::Limits limits;
  // Set before the first job runs.
  Dispatcher* dispatcher = nullptr;
  Children* children = nullptr;
  // A saga whose stored history cannot be read: the engine must not go on as if it were not there.
  std::function<void(const Error&)> damaged;
  // Seeds of run ids and of all that is drawn in decisions. Thread-safe.
  std::function<std::uint64_t()> random;
  Drive drive = Drive::kThreads;
  // The store was restored, and no engine has recovered it since: what was published before is in an unknown state.
  bool new_incarnation = false;
  // How many sagas a worker keeps in memory; beyond that, those that only wait are loaded again when they are needed.
  // Those of which something is outstanding stay in any case.
  std::size_t resident_sagas = 0;
};

class ShardWorker {
 public:
  ShardWorker(ShardContext& context, std::vector<ShardId> shards);
  ~ShardWorker() { stop(); }
  // Runs what is queued, then ends the thread. Jobs posted behind it are dropped; without a thread, all are.
  void stop();

  ShardWorker(const ShardWorker&) = delete;
  ShardWorker& operator=(const ShardWorker&) = delete;

  using Job = std::function<void(ShardWorker&)>;

  // False where the queue is full: nothing was kept.
  bool post(Job job);
  // Likewise, for what begins a saga: it waits until nothing else does, so that what has begun ends first; or until the
  // next commit, where the journal expects it.
  bool post_start(Job job);
  // For what was already accepted (results, timers, reports): bounded by what the broker hands out.
  void post_always(Job job);
  // Likewise, for what can wait until there is other work, or for kLongestSleep.
  void post_quietly(Job job);
  // Likewise, for what cannot: wake() or work_here() has to follow.
  void enqueue(Job job);
  void wake() { filled_.notify_one(); }
  // Runs what is queued on the caller's thread, if the worker does nothing now; otherwise wakes it.
  void work_here();
  // Whether something is queued that does not wait quietly. From any thread.
  bool has_jobs();

  // Runs what is queued and what is due, and hands it to the journal. False where there was nothing. Only for
  // Drive::kTurns.
  bool turn();
  // How long nothing will come due, at most kLongestSleep; on the worker's thread, or between turns.
  Millis until_next_timer() const;

  static constexpr std::size_t kMaxQueued = 10'000;
  static constexpr std::size_t kMaxStarts = 2'000;
  static constexpr Millis kLongestSleep{500};
  static constexpr std::size_t kTimerPage = 2'000;  // of a shard, read from the store at a time

  // Loads what the store holds of open work in these shards. The first job.
  Status recover();

  void submit(const Submission& submission, const Catalog::WorkflowPtr& workflow, const SagaId& id,
              const std::function<void(Result<Submitted>)>& done, std::optional<core::Parent> parent = std::nullopt);
  // Decides a command for a run; `done` gets the saga's summary when all is durable.
  void command(const RunId& run, const core::Command& command, const std::function<void(Result<store::Summary>)>& done);
  // Likewise a worker's answer; `durable` hears whether there is such a saga.
  void take_result(const RunId& run, core::TakeResult result, const std::function<void(bool)>& durable);
  // Likewise by id. Error: "unknown-saga".
  void command(const SagaId& id, const core::Command& command, const std::function<void(Result<store::Summary>)>& done);
  // Whether a saga with this id has begun, in memory or in the store.
  bool knows(const SagaId& id) const;
  // A report of the dispatcher that the broker has an act: noted with the next commit.
  struct Acknowledged {
    RunId run;
    std::string key;
    std::uint32_t attempt = 0;
    std::uint32_t dispatch = 0;
    std::uint64_t stream_seq = 0;
  };
  void note_acknowledged(const Acknowledged& act);
  void note_published(const EventOrder& order);
  // A note of the engine's own, with the next commit.
  void note_meta(std::string key, std::string value);
  // Removes a saga that ended at least so long ago and of which nothing is open; `done` is called with false where it
  // stays. From then on its run is not known and its id used up, as when it is durable.
  void remove(const RunId& run, Millis keep, std::function<void(bool removed)> done);
  // Runs when all that was decided before is durable.
  void after_durable(std::function<void()> job);

  std::size_t live() const { return live_count_.load(); }
  // How many times a saga that only waited was let go of.
  std::uint64_t evicted() const { return evicted_count_.load(); }

 private:
  using Sagas = std::unordered_map<RunId, std::unique_ptr<LiveSaga>>;

  void run();
  // By whoever holds `working_`.
  void work_once();
  bool keep(std::deque<Job>& queue, std::size_t most, Job job);  // without waking the worker
  bool push(std::deque<Job>& queue, std::size_t most, Job job);
  void wait_for_jobs();
  struct Drained {
    std::deque<Job> jobs;
    bool all = true;  // false: there were more than one turn takes
  };
  Drained take_jobs();
  void work(const std::deque<Job>& jobs);
  // Up to when a shard's timers of the store are in `timers_`.
  struct TimerWindow {
    Time until;
    bool cut = false;  // there are more due soon than were loaded
  };

  void fire_timers();
  void load_timers();
  void load_timers(ShardId shard, TimerWindow& window);
  bool runs_out(const TimerWindow& window, Time now) const;
  void flush();
  void add_notes(Time now);
  void settle_touched();
  void rest(LiveSaga& saga);
  void evict();
  void let_go(Sagas::iterator at);

  Result<LiveSaga*> saga(const RunId& run);
  Status decide(const RunId& run, const core::Command& command);
  // Of events that it made; at least one.
  void decided(LiveSaga& saga, const std::vector<core::Event>& events, const core::Command& command);
  // What its watchers are told.
  SagaChange change_of(const LiveSaga& saga, const store::Summary& now) const;
  void perform_later(LiveSaga& saga, ActChanges changes, const core::Command& command);
  void recover_run(const RunId& run);
  void recover_event(LiveSaga& saga, const std::string& act, const ActRow& row);
  ChildOrder order(const LiveSaga& saga, const core::ChildAct& act) const;
  void answer_existing(const RunId& run, const Submission& submission, const Catalog::WorkflowPtr& workflow,
                       const std::function<void(Result<Submitted>)>& done);
  bool may_go(const LiveSaga& saga, Time ended_before) const;
  bool all_above_ended(const std::string& parent_run, Time ended_before) const;
  TaskOrder order(const LiveSaga& saga, core::TaskAct act) const;

  ShardContext& context_;
  const std::vector<ShardId> shards_;

  std::mutex working_;  // held while jobs run: of all below but what `mutex_` guards
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<Job> queue_;
  std::deque<Job> starts_;
  std::deque<Job> quiet_;
  std::chrono::steady_clock::time_point next_timer_;  // when the next timer is due, at the latest
  bool stopping_ = false;
  bool recovered_ = false;

  Sagas sagas_;
  std::unordered_map<SagaId, RunId> ids_;  // of live sagas: the store may not have them yet
  std::set<store::TimerRow> timers_;       // of live sagas, and those of the store that are due soon
  std::map<ShardId, TimerWindow> windows_;
  store::Batch batch_;            // of the drain under way
  std::vector<TaskOrder> begun_;  // to be published when the batch is durable, before what `after_` holds
  std::vector<std::function<void()>> after_;
  std::vector<RunId> touched_;
  std::deque<RunId> ended_;   // to be evicted once durable
  std::list<RunId> resting_;  // open sagas that only wait, least recently touched first
  // Removed, while the store still has them: what stays known, and the append that removes them (0: in `batch_`).
  struct Going {
    store::Removed removed;
    std::uint64_t append = 0;
  };
  std::unordered_map<RunId, Going> going_;
  // Acts that the broker has, to be noted in the store unless they close soon.
  struct Note {
    Time since;
    Acknowledged act;
  };
  std::deque<Note> notes_;
  std::vector<Dispatcher::NotedAct> noted_;  // of the batch
  std::vector<store::PendingRow> removals_;
  std::uint64_t last_append_ = 0;
  Time noted_at_;
  std::atomic<std::size_t> live_count_{0};
  std::atomic<std::uint64_t> evicted_count_{0};
  std::thread thread_;  // last: it uses all the rest
};

}  // namespace skald::runtime
