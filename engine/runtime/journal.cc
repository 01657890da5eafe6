#include "engine/runtime/journal.h"

namespace skald::runtime {
namespace {

std::size_t weight(const store::Batch& batch) {
  std::size_t bytes = 0;
  for (const auto& event : batch.events) bytes += event.bytes.size();
  return bytes;
}

}  // namespace

Journal::Journal(store::SagaLog& log, std::function<void(const Error&)> failed)
    : log_(log), on_failed_(std::move(failed)), thread_([this] { run(); }) {}

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
  drained_.wait(lock, [&] { return queue_.size() < kMaxQueued || stopping_ || failed_flag_; });
  queue_.push_back({std::move(batch), std::move(durable)});
  const std::uint64_t position = ++appended_;
  lock.unlock();
  filled_.notify_one();
  return position;
}

std::deque<Journal::Entry> Journal::take_group() {
  std::unique_lock lock(mutex_);
  filled_.wait(lock, [&] { return !queue_.empty() || stopping_; });
  std::deque<Entry> group;
  std::size_t bytes = 0;
  while (!queue_.empty() && bytes < kMaxGroupBytes) {
    bytes += weight(queue_.front().batch);
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

void Journal::run() {
  while (true) {
    std::deque<Entry> group = take_group();
    if (group.empty()) return;
    drained_.notify_all();
    store::Batch merged;
    for (Entry& entry : group) merged.append(std::move(entry.batch));
    if (!merged.empty()) {
      const Status committed = log_.commit(merged);
      if (!committed) {
        failed_flag_ = true;
        drained_.notify_all();
        on_failed_(committed.error());
        return;
      }
      ++commits_;
    }
    for (Entry& entry : group) {
      if (entry.durable) entry.durable();
      durable_.fetch_add(1, std::memory_order_release);
    }
  }
}

}  // namespace skald::runtime
