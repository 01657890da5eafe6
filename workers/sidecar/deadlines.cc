#include "workers/sidecar/deadlines.h"

#include <algorithm>

namespace skald::workers {

Deadlines::Deadlines() : thread_([this] { run(); }) {}

Deadlines::~Deadlines() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

Deadlines::Watch::Watch(Deadlines& deadlines, SteadyTime at, std::function<void()> late)
    : deadlines_(deadlines), at_(at), id_(deadlines.add(at, std::move(late))) {}

bool Deadlines::Watch::end() { return deadlines_.remove(at_, id_); }

std::uint64_t Deadlines::add(SteadyTime at, std::function<void()> late) {
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    id = ++last_id_;
    entries_.emplace(std::pair(at, id), Entry{std::move(late)});
  }
  changed_.notify_all();
  return id;
}

bool Deadlines::remove(SteadyTime at, std::uint64_t id) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return running_ != id; });
  const auto entry = entries_.find(std::pair(at, id));
  if (entry == entries_.end()) return false;
  const bool begun = entry->second.begun;
  entries_.erase(entry);
  return begun;
}

void Deadlines::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto next =
        std::find_if(entries_.begin(), entries_.end(), [](const auto& entry) { return !entry.second.begun; });
    if (next == entries_.end()) {
      changed_.wait(lock);
    } else if (std::chrono::steady_clock::now() < next->first.first) {
      const SteadyTime at = next->first.first;  // the entry may be gone before the wait has ended
      changed_.wait_until(lock, at);
    } else {
      next->second.begun = true;
      running_ = next->first.second;
      const std::function<void()> late = std::move(next->second.late);
      lock.unlock();
      late();
      lock.lock();
      running_ = 0;
      changed_.notify_all();
    }
  }
}

}  // namespace skald::workers
