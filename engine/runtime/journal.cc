#include "engine/runtime/journal.h"

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
  if (drive_ == Drive::kThreads) thread_ = std::thread([this] { run(); });
}

void Journal::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  filled_.notify_all();
  drained_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::uint64_t Journal::append(store::Batch batch, std::function<void()> durable) {
  std::unique_lock lock(mutex_);
  if (drive_ == Drive::kThreads) {
    drained_.wait(lock, [&] { return queue_.size() < kMaxQueued || stopping_ || failed_flag_; });
  }
  queue_.push_back({std::move(batch), std::move(durable)});
  const std::uint64_t position = ++appended_;
  lock.unlock();
  filled_.notify_one();
  return position;
}

void Journal::wait_until_filled() {
  std::unique_lock lock(mutex_);
  filled_.wait(lock, [&] { return !queue_.empty() || stopping_; });
}

std::deque<Journal::Entry> Journal::take_group() {
  const std::lock_guard lock(mutex_);
  std::deque<Entry> group;
  std::size_t bytes = 0;
  while (!queue_.empty() && bytes < kMaxGroupBytes) {
    bytes += weight(queue_.front().batch);
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

bool Journal::commit(std::deque<Entry> group) {
  drained_.notify_all();
  store::Batch merged;
  for (Entry& entry : group) merged.append(std::move(entry.batch));
  for (Entry& entry : group) {
    if (planted("answer-before-write") && entry.durable) std::exchange(entry.durable, {})();
  }
  if (!merged.empty()) {
    SKALD_CRASH_POINT("journal.before-write");
    const Status committed = log_.commit(merged);
    if (!committed) {
      failed_flag_ = true;
      drained_.notify_all();
      on_failed_(committed.error());
      return false;
    }
    ++commits_;
    SKALD_CRASH_POINT("journal.after-sync");
  }
  for (Entry& entry : group) {
    if (entry.durable) entry.durable();
    SKALD_CRASH_POINT("journal.between-actions");
    durable_.fetch_add(1, std::memory_order_release);
  }
  return true;
}

bool Journal::turn() {
  if (failed_flag_) return false;
  std::deque<Entry> group = take_group();
  return !group.empty() && commit(std::move(group));
}

void Journal::run() {
  while (true) {
    wait_until_filled();
    std::deque<Entry> group = take_group();
    if (group.empty() || !commit(std::move(group))) return;
  }
}

}  // namespace skald::runtime
