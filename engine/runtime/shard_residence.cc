// Which sagas a shard keeps in memory. Those that ended go; of those that only wait, the least recently touched go
// where there are more than are kept. saga() loads one again when its timer, a late answer or an order comes.

#include "engine/base/fault_point.h"
#include "engine/runtime/shard_worker.h"

namespace skald::runtime {

void ShardWorker::settle_touched() {
  std::vector<RunId> unwritten;
  for (RunId& run : touched_) {
    const auto at = sagas_.find(run);
    if (at == sagas_.end()) continue;
    if (at->second->last_append == LiveSaga::kNotAppended) {
      unwritten.push_back(std::move(run));
    } else {
      rest(*at->second);
    }
  }
  touched_ = std::move(unwritten);
}

// Puts it behind all that rest already, where it only waits.
void ShardWorker::rest(LiveSaga& saga) {
  if (saga.resting) resting_.erase(*saga.resting);
  saga.resting.reset();
  if (saga.evictable()) {
    ended_.push_back(saga.state.run);
  } else if (saga.only_waits()) {
    saga.resting = resting_.insert(resting_.end(), saga.state.run);
  }
}

void ShardWorker::evict() {
  const std::uint64_t durable = context_.journal.durable();
  std::erase_if(going_, [&](const auto& entry) { return entry.second.append != 0 && entry.second.append <= durable; });
  while (!ended_.empty()) {
    const auto at = sagas_.find(ended_.front());
    if (at != sagas_.end() && at->second->evictable()) {
      if (at->second->last_append > durable) break;
      let_go(at);
    }
    ended_.pop_front();
  }
  while (sagas_.size() > context_.resident_sagas && !resting_.empty()) {
    const auto at = sagas_.find(resting_.front());
    if (at->second->last_append > durable && !planted("evict-before-durable")) break;
    let_go(at);
    ++evicted_count_;
  }
  live_count_ = sagas_.size();
}

// The store has all of it, or it is being removed.
void ShardWorker::let_go(Sagas::iterator at) {
  LiveSaga& saga = *at->second;
  const auto window = windows_.find(shard_of_run(saga.state.run).value_or(0));
  for (const core::Timer& timer : saga.timers()) {
    // Those that are due sooner stay: the store is not asked for them again.
    const bool is_read_again = window == windows_.end() || timer.due >= window->second.until;
    if (is_read_again) timers_.erase({timer.due, saga.state.run, timer.name});
  }
  if (saga.resting) resting_.erase(*saga.resting);
  ids_.erase(saga.state.id);
  sagas_.erase(at);
}

}  // namespace skald::runtime
