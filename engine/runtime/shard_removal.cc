// What retention may take away, and how a shard lets go of it.

#include "engine/base/fault_point.h"
#include "engine/base/log.h"
#include "engine/core/event.h"
#include "engine/runtime/shard_worker.h"

namespace skald::runtime {

bool ShardWorker::may_go(const LiveSaga& saga, Time ended_before) const {
  const auto& ended_at = saga.state.ended_at;
  if (!saga.evictable() || !saga.timers().empty() || !ended_at || *ended_at >= ended_before) return false;
  return all_above_ended(saga.state.parent_run, ended_before);
}

// Any of them may yet have to be undone, and with it all that is below it, whether that has ended or not. One that
// ended only now may have given an order that is not durable yet where it goes.
bool ShardWorker::all_above_ended(const std::string& parent_run, Time ended_before) const {
  if (planted("remove-below-open")) return true;
  for (std::string above = parent_run; !above.empty();) {
    const auto saga = context_.log.summary(RunId(above));
    if (!saga) return false;
    if (!*saga) return true;  // removed: all above it had ended by then
    const bool undoing = (*saga)->compensation.pending > 0 || (*saga)->compensation.stuck > 0;
    if (!(*saga)->ended_at || *(*saga)->ended_at >= ended_before || undoing) return false;
    const auto first = context_.log.events(RunId(above), 1, 1);
    if (!first || first->empty()) return false;
    const auto started = core::decode_event(first->front().bytes);
    if (!started) return false;
    above = started->parent_run;
  }
  return true;
}

void ShardWorker::remove(const RunId& run, Millis keep, std::function<void(bool removed)> done) {
  const auto answer = [&](bool removed) { after_.push_back([done, removed] { done(removed); }); };
  if (going_.count(run) > 0) return answer(false);
  const auto live = sagas_.find(run);
  std::unique_ptr<LiveSaga> loaded;
  if (live == sagas_.end()) {
    auto stored = LiveSaga::load(context_.log, context_.catalog, run);
    if (!stored) {
      // What is damaged is left for whoever looks into it; the others go on.
      logger("retention")->error("saga stays run={} error=\"{}\"", run.str(), stored.error().message);
      return answer(false);
    }
    loaded = std::move(*stored);
  }
  const LiveSaga& saga = loaded ? *loaded : *live->second;
  // By one look at the clock: it may have been set back since the saga was looked for.
  const Time now = context_.clock.now();
  if (!may_go(saga, now - keep)) return answer(false);
  store::Removal removal{saga.summary(), now};
  going_[run] = {store::what_stays(removal), 0};
  batch_.removals.push_back(std::move(removal));
  if (live != sagas_.end()) let_go(live);
  answer(true);
}

}  // namespace skald::runtime
