#include "engine/runtime/watchers.h"

namespace skald::runtime {

std::uint64_t Watchers::add(const RunId& run, Changed changed) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = next_++;
  by_run_.emplace(run, Entry{id, std::move(changed)});
  runs_.emplace(id, run);
  return id;
}

void Watchers::remove(std::uint64_t watcher) {
  const std::lock_guard lock(mutex_);
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

void Watchers::notify(const RunId& run, std::uint64_t events, const std::string& status) {
  const std::lock_guard lock(mutex_);
  const auto [begin, end] = by_run_.equal_range(run);
  for (auto at = begin; at != end; ++at) at->second.changed(events, status);
}

}  // namespace skald::runtime
