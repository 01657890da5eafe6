// What the dispatcher tells of what it holds.

#include "engine/runtime/dispatcher.h"

namespace skald::runtime {

std::pair<bool, std::optional<Time>> Dispatcher::broker() const {
  const std::lock_guard lock(mutex_);
  const bool connected = broker_.connected();
  if (prepared_ && !connected) return {false, std::nullopt};
  return {prepared_, prepared_since_};
}

DispatchStats Dispatcher::stats() const {
  const std::lock_guard lock(mutex_);
  DispatchStats stats = stats_;
  stats.waiting = tasks_.size();
  stats.unacknowledged = tasks_.size() - count_of(Stage::kAcked);
  return stats;
}

std::map<std::string, std::pair<std::uint64_t, Time>> Dispatcher::waiting() const {
  const std::lock_guard lock(mutex_);
  const Time now = clock_.now();
  if (counts_.stale() && (now >= oldest_found_ + kOldestEvery || now < oldest_found_)) {
    oldest_found_ = now;
    counts_.refresh([this](const auto& see) {
      for (const auto& [name, entry] : tasks_) see(entry.order.act.task, entry.order.act.since);
    });
  }
  return counts_.by_type();
}

}  // namespace skald::runtime
