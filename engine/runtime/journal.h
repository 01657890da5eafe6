#pragma once

// The order in which things become durable. Shards append batches; one thread at a time, the leader, commits whatever
// has gathered as one write with one fsync. Then what had to wait for it is done: its tasks are dispatched, all at
// once, and in the order of the appends callbacks are run; by the same thread where nothing else waits to be decided or
// committed, otherwise by a thread of its own, while the leader goes on with what has gathered meanwhile. Where many
// sagas are at work, a commit may wait a moment for more to gather (commit_pace.h), and so may the decisions that are
// to go into it: the journal's thread then has them made, which spares waking others, as do those that come while it
// commits, unless they are too many. Where the disk takes most of a commit, the other thread has them made meanwhile,
// as soon as they are enough for the next. The leader is a shard that has nothing else to do, which spares a saga that
// runs alone the waking of another thread at each step; otherwise the journal's own thread. An empty batch is an answer
// that produced no event: it too waits for all that was decided before it.
//
// Threading: append(), expect(), lead() and wake() from any thread; the callbacks run on the leader's or on the
// journal's, one at a time, and must be short.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/runtime/broker.h"
#include "engine/runtime/commit_pace.h"
#include "engine/runtime/drive.h"
#include "store/saga_log.h"

namespace skald::runtime {

class Journal {
 public:
  // After a failed commit nothing of it, nor anything behind it, is answered: `failed` is called once and the journal
  // stands still. In an engine it ends the process: nobody knows what is on disk until it is read again.
  Journal(store::SagaLog& log, std::function<void(const Error&)> failed, Drive drive = Drive::kThreads);
  ~Journal() { stop(); }
  // Commits what has been appended, then ends the thread. Nothing is to be appended behind it.
  void stop();

  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // `tasks` and `durable` wait until the batch is durable. Returns the append's position. lead() or wake() has to
  // follow. Waits while kMaxQueued appends wait before it; without a thread of its own it does not wait, since nobody
  // would make room.
  std::uint64_t append(store::Batch batch, std::vector<TaskOrder> tasks, std::function<void()> durable);
  // Who dispatches tasks. To be set before any are appended.
  void on_tasks(std::function<void(std::vector<TaskOrder>)> dispatch) { dispatch_ = std::move(dispatch); }
  // Commits what has been appended, here, unless another thread does.
  void lead();
  // Has the journal's thread do it.
  void wake();
  // So many decisions are queued where on_gather()'s callback finds them. True: it will be called, since a commit waits
  // for more anyway, or is under way. False: whoever queued them has them made.
  bool expect(std::size_t decisions);
  // What has all made that is expected; on the journal's thread, right before a commit, or on the second one, during
  // it. It may append, and waits for nothing. To be set before anything is expected.
  void on_gather(std::function<void()> gather);
  // The decision that is being made on this thread may take long. True: by what on_gather()'s callback has made; then
  // nothing is expected until all that is made, and who is told so has others make what is queued.
  bool takes_long();

  // Everything up to this position is durable, and its callback has run.
  std::uint64_t durable() const { return durable_.load(std::memory_order_acquire); }
  bool failed() const { return failed_flag_.load(); }
  std::uint64_t commits() const { return commits_.load(); }

  // Commits what has gathered, and runs what waited for it. False where there was nothing, or nothing can be committed
  // any more. Only for Drive::kTurns.
  bool turn();

  static constexpr std::size_t kMaxQueued = 4096;
  static constexpr std::size_t kMaxCommitted = 64;  // groups whose callbacks have not run; then commits wait
  static constexpr std::size_t kMaxGroupBytes = 4 * 1024 * 1024;

 private:
  struct Entry {
    store::Batch batch;
    std::vector<TaskOrder> tasks;
    std::function<void()> durable;
  };

  void run();
  // Waits until there is something to commit, enough of it, and nobody who does; leads then. False where there is no
  // more.
  bool wait_to_lead();
  bool worth_waiting() const;
  bool decisions_may_wait() const;
  bool worth_helping() const;
  // Has what is expected decided. On either of the journal's threads, while the other does not.
  void gather(std::unique_lock<std::mutex>& lock);
  bool others_gather() const { return gatherer_ != std::thread::id() && !gathers_here(); }
  bool gathers_here() const { return gatherer_ == std::this_thread::get_id(); }
  // The leader's: commits one group, and leads no longer. False where that failed.
  bool commit_one();
  std::deque<Entry> take_group();
  // Makes it durable. False where that failed.
  bool commit(std::deque<Entry>& group);
  // Runs the callbacks, here or on the other thread.
  void finish_soon(std::deque<Entry> group);
  void finish(std::deque<Entry>& group);
  void finish_committed();

  store::SagaLog& log_;
  std::function<void(const Error&)> on_failed_;
  std::function<void(std::vector<TaskOrder>)> dispatch_;
  const Drive drive_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable drained_;
  std::condition_variable committed_filled_;
  std::condition_variable finished_;
  std::deque<Entry> queue_;
  std::deque<std::deque<Entry>> committed_;  // groups; the first is being finished
  std::uint64_t appended_ = 0;
  CommitPace pace_;
  std::function<void()> gather_;
  bool expecting_ = false;
  std::thread::id gatherer_;  // who gathers now: it appends without waiting, and does not lead
  bool takes_long_ = false;   // and what it has made
  bool patient_ = false;      // the journal's thread waits for more, or is about to
  bool leading_ = false;      // somebody commits; for ever, where a commit has failed
  bool leaves_time_ = false;  // a write is under way for which the disk takes longer than the processors
  bool helping_ = false;      // the second thread gathers, or is about to; `committed_` stays empty meanwhile
  bool stopping_ = false;
  bool all_committed_ = false;  // the first thread has ended
  std::atomic<std::uint64_t> durable_{0};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<bool> failed_flag_{false};
  std::thread thread_;  // last, with the next: they use all the rest
  std::thread finisher_;
};

}  // namespace skald::runtime
