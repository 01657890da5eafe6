// What a shard does when the engine starts: loads the open work of the store, and sends again whatever may be owed.

#include <fmt/format.h>

#include "engine/base/fault_point.h"
#include "engine/core/children.h"
#include "engine/runtime/shard_worker.h"

namespace skald::runtime {

Status ShardWorker::recover() {
  for (const ShardId shard : shards_) {
    SKALD_ASSIGN(const auto rows, context_.log.pending(shard));
    std::set<RunId> runs;
    for (const auto& row : rows) runs.insert(row.run);
    for (const RunId& run : runs) recover_run(run);
    if (!runs.empty()) SKALD_CRASH_POINT("recovery.of-a-shard");
  }
  load_timers();
  recovered_ = true;
  return {};
}

void ShardWorker::recover_run(const RunId& run) {
  auto found = saga(run);
  if (!found) return context_.damaged(found.error());
  LiveSaga& live = **found;
  const auto rows = live.acts();
  for (const auto& act : core::outward(live.state).tasks) {
    const auto row = rows.find("task:" + act.key);
    const bool acknowledged = row != rows.end() && row->second.stream_seq != 0;
    if (acknowledged && !context_.new_incarnation) {
      context_.dispatcher->adopt(order(live, act), row->second.stream_seq);
      continue;
    }
    if (!context_.new_incarnation) {
      context_.dispatcher->doubt(order(live, act));
      continue;
    }
    // It may have been published and done, and more than once, in what the new incarnation knows nothing of.
    context_.dispatcher->expect(order(live, act));
    command(run, core::AttemptRedispatched{act.key, act.attempt, false}, {});
  }
  for (const auto& child : core::outward(live.state).children) context_.children->perform(order(live, child));
  for (const auto& [act, row] : rows) {
    if (row.event_seq != 0) recover_event(live, act, row);
  }
}

void ShardWorker::recover_event(LiveSaga& saga, const std::string& act, const ActRow& row) {
  const auto stored = context_.log.events(saga.state.run, row.event_seq, 1);
  if (!stored) return context_.damaged(stored.error());
  if (stored->empty()) {
    return context_.damaged(make_error(
        ErrorKind::kDamaged, "damaged-history",
        fmt::format("event {} of run {} is owed to the outside and missing", row.event_seq, saga.state.run.str())));
  }
  const auto event = core::decode_event(stored->front().bytes);
  if (!event) return context_.damaged(event.error());
  if (act.rfind("parent:", 0) != 0) return context_.dispatcher->emit({saga.state.run, act, event->event});
  const auto report = core::report_to_parent(saga.state, *event);
  if (report) context_.children->report(saga.state.run, RunId(saga.state.parent_run), *report);
}

}  // namespace skald::runtime
