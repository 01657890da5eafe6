#include "engine/runtime/watchers.h"

namespace skald::runtime {

std::uint64_t Watchers::add(const RunId& run, Changed changed) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = next_++;
  by_run_.emplace(run, Entry{id, std::move(changed)});
  runs_.emplace(id, run);
  return id;
}

std::uint64_t Watchers::add_for_all(AnyChanged changed) {
  const std::lock_guard lock(mutex_);
  of_all_.emplace(next_, std::move(changed));
  return next_++;
}

void Watchers::remove(std::uint64_t watcher) {
  const std::lock_guard lock(mutex_);
  if (of_all_.erase(watcher) > 0) return;
  const auto known = runs_.find(watcher);
  if (known == runs_.end()) return;
  const auto [begin, end] = by_run_.equal_range(known->second);
  for (auto at = begin; at != end; ++at) {
    if (at->second.id != watcher) continue;
    by_run_.erase(at);
    break;
  }
  runs_.erase(known);
}

bool Watchers::watches(const RunId& run) const {
  const std::lock_guard lock(mutex_);
  return by_run_.count(run) > 0;
}

void Watchers::notify(const RunId& run, const SagaChange& change) {
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = by_run_.equal_range(run);
  for (auto at = begin; at != end; ++at) at->second.changed(change);
  for (const auto& [watcher, changed] : of_all_) changed(run);
}

}  // namespace skald::runtime
