// What the dispatcher reports, and what the engine tells of itself.

#include <fmt/format.h>

#include <cmath>

#include "engine/base/log.h"
#include "engine/base/msgpack.h"
#include "engine/runtime/local_engine.h"

namespace skald::runtime {
namespace {

std::string encode(const BrokerNote& broker) {
  MsgWriter out;
  out.array(3);
  out.str(broker.created);
  out.uint(broker.last_seq);
  out.uint(broker.unnoted_from);
  return out.take();
}

}  // namespace

std::string LocalEngine::metrics() const {
  const DispatchStats stats = dispatcher_->stats();
  metrics_.set_gauge("tasks_published", static_cast<double>(stats.published));
  metrics_.set_gauge("tasks_republished", static_cast<double>(stats.republished));
  metrics_.set_gauge("tasks_withdrawn", static_cast<double>(stats.withdrawn));
  metrics_.set_gauge("attempts_overdue", static_cast<double>(stats.overdue));
  metrics_.set_gauge("publishes_refused", static_cast<double>(stats.refused));
  metrics_.set_gauge("tasks_waiting", static_cast<double>(stats.waiting));
  metrics_.set_gauge("tasks_unacknowledged", static_cast<double>(stats.unacknowledged));
  metrics_.set_gauge("broker_epochs", static_cast<double>(stats.epochs));
  metrics_.set_gauge("commits", static_cast<double>(journal_->commits()));
  std::size_t live = 0;
  std::uint64_t evicted = 0;
  for (const auto& worker : workers_) {
    live += worker->live();
    evicted += worker->evicted();
  }
  metrics_.set_gauge("live_sagas", static_cast<double>(live));
  metrics_.set_gauge("evicted_sagas", static_cast<double>(evicted));
  for (const char* status : {"running", "compensating", "stuck", "suspended"}) {
    store::ListQuery query;
    query.status = status;
    const auto count = log().count(query);
    if (!count) logger("engine")->error("sagas not counted status={} error=\"{}\"", status, count.error().message);
    metrics_.set_gauge(fmt::format("sagas_{}", status), count ? static_cast<double>(*count) : std::nan(""));
  }
  return metrics_.text();
}

void LocalEngine::report(const TaskOrder& order, core::Command command) {
  worker_of(order.run).post_always(
      [run = order.run, command = std::move(command)](ShardWorker& worker) { worker.command(run, command, {}); });
}

void LocalEngine::acknowledged(const TaskOrder& order, std::uint64_t stream_seq) {
  ShardWorker::Acknowledged act{order.run, order.act.key, order.act.attempt, order.act.dispatch, stream_seq};
  worker_of(order.run).post_quietly([act = std::move(act)](ShardWorker& worker) { worker.note_acknowledged(act); });
}

void LocalEngine::published(const EventOrder& order) {
  worker_of(order.run).post_always([order](ShardWorker& worker) { worker.note_published(order); });
}

void LocalEngine::overdue(const TaskOrder& order) {
  report(order, core::AttemptOverdue{order.act.key, order.act.attempt});
}

void LocalEngine::withdrawn(const TaskOrder& order) {
  report(order, core::AttemptWithdrawn{order.act.key, order.act.attempt});
}

void LocalEngine::lost(const TaskOrder& order, bool same_message) {
  report(order, core::AttemptRedispatched{order.act.key, order.act.attempt, same_message});
}

void LocalEngine::epoch(const BrokerNote& broker) {
  const std::string note = encode(broker);
  {
    const std::lock_guard lock(epoch_mutex_);
    if (note == epoch_noted_) return;
    epoch_noted_ = note;
  }
  workers_.front()->post_always([note](ShardWorker& worker) { worker.note_meta(kEpochKey, note); });
}

}  // namespace skald::runtime
