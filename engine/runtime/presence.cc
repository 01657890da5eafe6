#include "engine/runtime/presence.h"

#include <algorithm>
#include <limits>

namespace skald::runtime {
namespace {

// A worker that takes its leave announces itself with room for nothing.
bool serves(const TaskTypeStatus::Worker& worker, Time now) {
  return now - worker.seen <= Presence::kGoneAfter && worker.concurrency > 0;
}

}  // namespace

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
  const auto together = together_.find(task_type);
  if (together != together_.end() && worker.concurrency > 0) {
    together->second.least = std::min<std::size_t>(together->second.least, worker.together);
  }
  workers[worker.name] = std::move(worker);
}

std::vector<TaskTypeStatus::Worker> Presence::serving(const std::string& task_type, Time now) const {
  const std::lock_guard lock(mutex_);
  std::vector<TaskTypeStatus::Worker> found;
  const auto at = by_type_.find(task_type);
  if (at == by_type_.end()) return found;
  for (const auto& [name, worker] : at->second) {
    if (serves(worker, now)) found.push_back(worker);
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

std::size_t Presence::together(const std::string& task_type, std::size_t tasks, Time now) const {
  const std::lock_guard lock(mutex_);
  const auto at = by_type_.find(task_type);
  if (at == by_type_.end()) return 1;
  const auto [known, fresh] = together_.try_emplace(task_type);
  Together& together = known->second;
  if (fresh || now < together.found || now >= together.found + kTogetherFor) {
    together = {now, 0, std::numeric_limits<std::size_t>::max()};
    for (const auto& [name, worker] : at->second) {
      if (!serves(worker, now)) continue;
      ++together.workers;
      together.least = std::min<std::size_t>(together.least, worker.together);
    }
  }
  if (together.workers == 0) return 1;
  const std::size_t for_each = (tasks + together.workers - 1) / together.workers;
  return std::max<std::size_t>(1, std::min(for_each, together.least));
}

}  // namespace skald::runtime
