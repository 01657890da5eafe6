// A shard's timers: those of the sagas in memory, and of the others a window of what the store has due soon.

#include <algorithm>

#include "engine/runtime/shard_worker.h"

namespace skald::runtime {
namespace {

constexpr Millis kTimerHorizon{60'000};  // how far ahead timers are kept in memory
constexpr std::size_t kMaxFiredATurn = 256;

}  // namespace

Millis ShardWorker::until_next_timer() const {
  const Time now = context_.clock.now();
  Time next = now + kLongestSleep;
  if (!timers_.empty()) next = std::min(next, timers_.begin()->due);
  for (const auto& [shard, window] : windows_) {
    if (window.cut) next = std::min(next, window.until);
  }
  return std::clamp(next - now, Millis(0), kLongestSleep);
}

void ShardWorker::load_timers() {
  for (const ShardId shard : shards_) load_timers(shard, windows_[shard]);
}

void ShardWorker::load_timers(ShardId shard, TimerWindow& window) {
  const Time until = context_.clock.now() + kTimerHorizon;
  const auto rows = context_.log.timers(shard, until, kTimerPage);
  if (!rows) return context_.damaged(rows.error());
  // Those of live sagas are known here, and truer than the store's.
  for (const auto& row : *rows) {
    if (sagas_.count(row.run) == 0) timers_.insert(row);
  }
  // Of those due at the same moment as the last one, some may be missing.
  window.cut = rows->size() == kTimerPage;
  window.until = window.cut ? rows->back().due : until;
}

bool ShardWorker::runs_out(const TimerWindow& window, Time now) const {
  const bool clock_went_back = window.until > now + kTimerHorizon;
  if (clock_went_back) return true;
  if (!window.cut) return window.until - now < kTimerHorizon / 2;
  // What was read is fired first: each look at the store begins at its first row.
  const bool any_due = !timers_.empty() && timers_.begin()->due <= now;
  return window.until <= now && !any_due;
}

void ShardWorker::fire_timers() {
  if (!recovered_) return;
  const Time now = context_.clock.now();
  for (auto& [shard, window] : windows_) {
    if (runs_out(window, now)) load_timers(shard, window);
  }
  for (std::size_t fired = 0; fired < kMaxFiredATurn && !timers_.empty() && timers_.begin()->due <= now; ++fired) {
    const store::TimerRow timer = *timers_.begin();
    timers_.erase(timers_.begin());
    command(timer.run, core::TimerDue{timer.timer}, {});
    // Where the clock was set back meanwhile, it is not due after all.
    const auto at = sagas_.find(timer.run);
    if (at == sagas_.end()) continue;
    const auto& left = at->second->timers();
    const bool stays = std::binary_search(left.begin(), left.end(), core::Timer{timer.timer, timer.due});
    if (stays && timer.due > context_.clock.now()) timers_.insert(timer);
  }
}

}  // namespace skald::runtime
