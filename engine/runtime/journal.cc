#include "engine/runtime/journal.h"

#include <iterator>
#include <utility>

#include "engine/base/fault_point.h"

namespace skald::runtime {
namespace {

std::size_t weight(const store::Batch& batch) {
  std::size_t bytes = 0;
  for (const auto& event : batch.events) bytes += event.bytes.size();
  return bytes;
}

}  // namespace

Journal::Journal(store::SagaLog& log, std::function<void(const Error&)> failed, Drive drive)
    : log_(log), on_failed_(std::move(failed)), drive_(drive) {
  if (drive_ != Drive::kThreads) return;
  thread_ = std::thread([this] { run(); });
  finisher_ = std::thread([this] { finish_committed(); });
}

void Journal::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  filled_.notify_all();
  drained_.notify_all();
  if (thread_.joinable()) thread_.join();
  {
    const std::lock_guard lock(mutex_);
    all_committed_ = true;
  }
  committed_filled_.notify_all();
  if (finisher_.joinable()) finisher_.join();
}

std::uint64_t Journal::append(store::Batch batch, std::vector<TaskOrder> tasks, std::function<void()> durable) {
  std::unique_lock lock(mutex_);
  if (drive_ == Drive::kThreads) {
    drained_.wait(lock, [&] { return queue_.size() < kMaxQueued || gathers_here() || stopping_ || failed_flag_; });
  }
  pace_.appended(batch.events.size());
  queue_.push_back({std::move(batch), std::move(tasks), std::move(durable)});
  return ++appended_;
}

void Journal::lead() {
  if (drive_ != Drive::kThreads) return;
  {
    const std::lock_guard lock(mutex_);
    if (leading_ || queue_.empty() || gathers_here()) return;  // who leads looks again at the end
    if (worth_waiting()) {
      if (!std::exchange(patient_, true)) filled_.notify_one();
      return;
    }
    leading_ = true;
    patient_ = false;  // the journal's thread may find nothing left, and sleep
  }
  (void)commit_one();
}

void Journal::wake() {
  {
    const std::lock_guard lock(mutex_);
    if (worth_waiting() && std::exchange(patient_, true)) return;
  }
  filled_.notify_one();
}

bool Journal::expect(std::size_t decisions) {
  {
    const std::lock_guard lock(mutex_);
    if (!gather_ || drive_ != Drive::kThreads || !decisions_may_wait()) return false;
    expecting_ = true;
    pace_.expected(decisions);
    if (worth_helping()) {
      helping_ = true;
      committed_filled_.notify_one();
      return true;
    }
    if (leading_ || gatherer_ != std::thread::id()) return true;  // who does that looks again at the end
    if (std::exchange(patient_, true) && worth_waiting()) return true;
  }
  filled_.notify_one();
  return true;
}

void Journal::on_gather(std::function<void()> gather) {
  const std::lock_guard lock(mutex_);
  gather_ = std::move(gather);
}

// Others may lead meanwhile: a decision that takes long holds up its own shard alone.
void Journal::gather(std::unique_lock<std::mutex>& lock) {
  if (!std::exchange(expecting_, false)) return;
  gatherer_ = std::this_thread::get_id();
  lock.unlock();
  gather_();
  lock.lock();
  gatherer_ = {};
  takes_long_ = false;
}

bool Journal::takes_long() {
  const std::lock_guard lock(mutex_);
  if (!gathers_here()) return false;
  takes_long_ = true;
  filled_.notify_one();  // the journal's thread no longer waits for the other one
  return true;
}

bool Journal::worth_waiting() const {
  return !stopping_ && !failed_flag_ && std::chrono::steady_clock::now() < pace_.wait_until();
}

bool Journal::decisions_may_wait() const {
  return !stopping_ && !failed_flag_ && !takes_long_ && (worth_waiting() || pace_.decisions_may_wait());
}

bool Journal::worth_helping() const {
  return leaves_time_ && !helping_ && gatherer_ == std::thread::id() && committed_.empty() && pace_.enough_wait();
}

bool Journal::wait_to_lead() {
  std::unique_lock lock(mutex_);
  const auto wanted = [this] { return failed_flag_ || (!leading_ && (!queue_.empty() || expecting_ || stopping_)); };
  while (true) {
    filled_.wait(lock, wanted);
    patient_ = true;
    while (wanted() && worth_waiting()) filled_.wait_until(lock, pace_.wait_until());
    patient_ = false;
    filled_.wait(lock, [this] { return !others_gather() || (takes_long_ && !stopping_) || failed_flag_; });
    if (!others_gather()) gather(lock);
    if (failed_flag_ || (stopping_ && !leading_ && queue_.empty())) return false;
    if (leading_ || queue_.empty()) continue;  // a shard has led meanwhile, or does
    leading_ = true;
    return true;
  }
}

bool Journal::commit_one() {
  std::deque<Entry> group = take_group();
  if (!commit(group)) {
    filled_.notify_one();
    return false;
  }
  finish_soon(std::move(group));
  const std::lock_guard lock(mutex_);
  leading_ = false;
  if (!queue_.empty() || expecting_ || stopping_) filled_.notify_one();
  return true;
}

std::deque<Journal::Entry> Journal::take_group() {
  const std::lock_guard lock(mutex_);
  pace_.begun();
  std::deque<Entry> group;
  std::size_t bytes = 0;
  while (!queue_.empty() && bytes < kMaxGroupBytes) {
    bytes += weight(queue_.front().batch);
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

bool Journal::commit(std::deque<Entry>& group) {
  drained_.notify_all();
  store::Batch merged;
  for (Entry& entry : group) merged.append(std::move(entry.batch));
  for (Entry& entry : group) {
    if (planted("answer-before-write") && entry.durable) std::exchange(entry.durable, {})();
  }
  if (merged.empty()) return true;
  SKALD_CRASH_POINT("journal.before-write");
  {
    const std::lock_guard lock(mutex_);
    leaves_time_ = pace_.leaves_time(merged.events.size());
  }
  const auto start = CommitPace::Clock::now();
  const Status committed = log_.commit(merged);
  if (!committed) {
    {
      const std::lock_guard lock(mutex_);  // an append must not miss it between its look and its sleep
      failed_flag_ = true;
    }
    drained_.notify_all();
    on_failed_(committed.error());
    return false;
  }
  ++commits_;
  {
    const std::lock_guard lock(mutex_);
    pace_.ended(CommitPace::Clock::now() - start);
    leaves_time_ = false;
  }
  SKALD_CRASH_POINT("journal.after-sync");
  return true;
}

void Journal::finish(std::deque<Entry>& group) {
  std::vector<TaskOrder> tasks;
  for (Entry& entry : group) std::move(entry.tasks.begin(), entry.tasks.end(), std::back_inserter(tasks));
  if (!tasks.empty()) dispatch_(std::move(tasks));
  for (Entry& entry : group) {
    if (entry.durable) entry.durable();
    SKALD_CRASH_POINT("journal.between-actions");
    durable_.fetch_add(1, std::memory_order_release);
  }
}

void Journal::finish_soon(std::deque<Entry> group) {
  {
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [this] { return committed_.size() < kMaxCommitted; });
    const bool more_waits = !queue_.empty() || expecting_;
    const bool others_wait = (more_waits && !worth_waiting() && !helping_) || !committed_.empty();
    if (others_wait) {
      committed_.push_back(std::move(group));
      lock.unlock();
      committed_filled_.notify_one();
      return;
    }
  }
  finish(group);
}

void Journal::finish_committed() {
  std::unique_lock lock(mutex_);
  while (true) {
    committed_filled_.wait(lock, [this] { return !committed_.empty() || helping_ || all_committed_; });
    if (helping_) {
      if (!others_gather()) gather(lock);
      helping_ = false;
      filled_.notify_one();  // the other thread may wait for this one
      continue;
    }
    if (committed_.empty()) return;
    std::deque<Entry>& group = committed_.front();  // stays while it is under way: so that none overtakes it
    lock.unlock();
    finish(group);
    lock.lock();
    committed_.pop_front();
    finished_.notify_one();
  }
}

bool Journal::turn() {
  if (failed_flag_) return false;
  std::deque<Entry> group = take_group();
  if (group.empty() || !commit(group)) return false;
  finish(group);
  return true;
}

void Journal::run() {
  while (wait_to_lead() && commit_one()) {
  }
}

}  // namespace skald::runtime
