#include "engine/runtime/presence.h"

#include <algorithm>

namespace skald::runtime {

void Presence::announce(const std::string& task_type, TaskTypeStatus::Worker worker) {
  const std::lock_guard lock(mutex_);
  auto& workers = by_type_[task_type];
  const Time now = worker.seen;
  // A worker that restarts comes under a new name; the old one is forgotten in time.
  workers_ -= std::erase_if(workers, [&](const auto& entry) { return now - entry.second.seen > kGoneAfter * 20; });
  if (workers.count(worker.name) == 0) {
    if (workers_ >= kMaxWorkers) return;
    ++workers_;
  }
  workers[worker.name] = std::move(worker);
}

std::vector<TaskTypeStatus::Worker> Presence::serving(const std::string& task_type, Time now) const {
  const std::lock_guard lock(mutex_);
  std::vector<TaskTypeStatus::Worker> found;
  const auto at = by_type_.find(task_type);
  if (at == by_type_.end()) return found;
  for (const auto& [name, worker] : at->second) {
    // A worker that takes its leave announces itself with room for nothing.
    if (now - worker.seen <= kGoneAfter && worker.concurrency > 0) found.push_back(worker);
  }
  return found;
}

std::optional<Time> Presence::last_heard(const std::string& task_type) const {
  const std::lock_guard lock(mutex_);
  std::optional<Time> last;
  const auto at = by_type_.find(task_type);
  if (at == by_type_.end()) return last;
  for (const auto& [name, worker] : at->second) last = last ? std::max(*last, worker.seen) : worker.seen;
  return last;
}

std::vector<std::string> Presence::task_types() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> types;
  for (const auto& [type, workers] : by_type_) types.push_back(type);
  return types;
}

}  // namespace skald::runtime
