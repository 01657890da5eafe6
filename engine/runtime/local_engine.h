#pragma once

// The engine on one machine: shards on threads, a journal over the saga log, a dispatcher over the broker.

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/hash.h"
#include "engine/runtime/activity.h"
#include "engine/runtime/announced_jq.h"
#include "engine/runtime/backups.h"
#include "engine/runtime/broker.h"
#include "engine/runtime/catalog.h"
#include "engine/runtime/children.h"
#include "engine/runtime/dispatcher.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/event_intake.h"
#include "engine/runtime/intake.h"
#include "engine/runtime/journal.h"
#include "engine/runtime/log_reader.h"
#include "engine/runtime/metrics.h"
#include "engine/runtime/presence.h"
#include "engine/runtime/retention.h"
#include "engine/runtime/shard_worker.h"
#include "engine/runtime/watchers.h"

namespace skald::runtime {

// How many tasks may wait for workers' answers before no other saga is taken; each takes some kilobytes with its saga.
inline constexpr std::size_t kDefaultMaxTasks = 200'000;

struct EngineLimits {
  core::Limits core;
  std::size_t labels = 32;
  std::size_t label_bytes = 256;  // of a key, and of a value
};

// Some 100 MB of small sagas.
inline constexpr std::size_t kResidentSagas = 20'000;

inline constexpr const char* kEpochKey = "broker_epoch";  // meta: msgpack [created, last_seq, unnoted_from]

struct Options {
  std::string data_dir;  // of the engine: the store lies here
  std::string nats_url = "nats://127.0.0.1:4222";
  std::string prefix = "skald";  // of subjects and streams
  unsigned threads = 2;
  std::uint32_t shards = 16;  // used when the store is made
  bool accept_loss = false;   // start although writes are missing at the end of the log
  Millis retention{0};        // how long sagas are kept behind their end; 0: for ever
  std::size_t max_tasks = kDefaultMaxTasks;
  EngineLimits limits;
  // Kept in memory at most, but for those of which something is outstanding.
  std::size_t resident_sagas = kResidentSagas;
};

class LocalEngine final : public Engine, private DispatchReports {
 public:
  // What an engine is made of; tests bring their own.
  struct Parts {
    std::unique_ptr<store::SagaLog> log;
    std::unique_ptr<Broker> broker;
    std::unique_ptr<definition::JqRunner> jq;
    std::unique_ptr<Clock> clock;
    // Called where the engine must not go on (a failed write, damaged data, streams of another store); in `skald
    // server` it ends the process with the exit code of the error.
    std::function<void(const Error&)> fatal;
    unsigned threads = 2;
    std::size_t max_tasks = kDefaultMaxTasks;
    EngineLimits limits;
    std::function<std::uint64_t()> random = random_u64;  // see ShardContext
    Drive drive = Drive::kThreads;
    Retention::Options retention;
    std::size_t resident_sagas = kResidentSagas;  // as in Options
  };

  // Opens the store and connects. The broker may be away: the engine accepts what it can make durable and goes on when
  // the broker comes. Errors: those of RocksLog::open; "retention-too-short".
  static Result<std::unique_ptr<LocalEngine>> start(const Options& options, std::function<void(const Error&)> fatal);
  // Errors: "damaged-...".
  static Result<std::unique_ptr<LocalEngine>> start(Parts parts);

  ~LocalEngine() override { stop(); }
  // Finishes what was accepted; idempotent. Without threads nobody finishes it.
  void stop();

  // Drive::kTurns: the loops of the engine, to be called one at a time, in any order and from one thread.
  Journal& journal() { return *journal_; }
  Dispatcher& dispatcher() { return *dispatcher_; }
  const std::vector<std::unique_ptr<ShardWorker>>& shard_workers() { return workers_; }
  Retention& retention() { return *retention_; }

  Result<Deployed> deploy(const std::string& source, const std::string& file) override;
  std::vector<store::DefinitionRow> definitions() const override;
  void submit(Submission submission, std::function<void(Result<Submitted>)> done) override;
  void operate(const std::string& id_or_run, Operation operation,
               std::function<void(Result<store::Summary>)> done) override;
  void publish(Payload cloud_event, std::function<void(Status)> done) override;
  Result<RunId> resolve(const std::string& id_or_run) const override { return reader_.resolve(id_or_run); }
  Result<SagaView> show(const RunId& run) const override { return reader_.show(run); }
  Result<std::optional<store::Summary>> summary(const RunId& run) const override { return reader_.summary(run); }
  Result<store::ListPage> list(const store::ListQuery& query) const override { return reader_.list(query); }
  Result<std::uint64_t> count(const store::ListQuery& query) const override { return reader_.count(query); }
  Result<std::vector<store::StoredEvent>> events(const RunId& run, std::uint64_t from,
                                                 std::size_t limit) const override {
    return reader_.events(run, from, limit);
  }
  Result<WorkflowPtr> workflow(const std::string& name, const std::string& version) const override {
    return reader_.workflow(name, version);
  }
  Result<store::DefinitionRow> definition(const std::string& name, const std::string& version) const override {
    return reader_.definition(name, version);
  }
  const std::string& store_id() const override { return reader_.store_id(); }
  std::uint64_t watch(const RunId& run, Changed changed) override { return watchers_.add(run, std::move(changed)); }
  std::uint64_t watch_all(AnyChanged changed) override { return watchers_.add_for_all(std::move(changed)); }
  void unwatch(std::uint64_t watcher) override { watchers_.remove(watcher); }
  void backup(std::string dir, std::size_t keep, std::function<void(Result<store::BackedUp>)> done) override {
    backups_->make(std::move(dir), keep, std::move(done));
  }
  std::vector<TaskTypeStatus> workers() const override;
  std::optional<AttemptStatus> attempt(const std::string& key, std::uint32_t attempt) const override;
  Readiness readiness() const override;
  Activities activities() const override;
  std::string metrics() const override;

 private:
  explicit LocalEngine(Parts parts);
  Status recover();
  const store::SagaLog& log() const { return *parts_.log; }
  ShardWorker& worker_of(ShardId shard) { return *workers_[shard % workers_.size()]; }
  ShardWorker& worker_of(const RunId& run) { return worker_of(shard_of_run(run).value_or(0)); }
  void note_recovered(const std::string& incarnation);
  // Behind a message's results, which were posted quietly to the workers in `delivered_to_`.
  void delivered(bool more);
  void start_event_intake();
  void start_retention();
  Status check_children(const definition::Workflow& workflow, const std::string& file) const;
  void report(const TaskOrder& order, core::Command command);
  void fatal(const Error& error) const;

  void acknowledged(const TaskOrder& order, std::uint64_t stream_seq) override;
  void published(const EventOrder& order) override;
  void overdue(const TaskOrder& order) override;
  void withdrawn(const TaskOrder& order) override;
  void lost(const TaskOrder& order, bool same_message) override;
  void epoch(const BrokerNote& broker) override;
  void taken(const Error& error) override { fatal(error); }
  // The decision that is being made on this thread may take long.
  void takes_long();

  Parts parts_;
  AnnouncedJq jq_{*parts_.jq, [this] { takes_long(); }};  // of decisions
  mutable Metrics metrics_;
  Activity activity_;
  Watchers watchers_;
  Presence presence_;
  Catalog catalog_;
  LogReader reader_;
  std::mutex deploying_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<ShardContext> context_;
  std::vector<std::unique_ptr<ShardWorker>> workers_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<Children> children_;
  std::unique_ptr<Intake> intake_;
  std::vector<ShardWorker*> delivered_to_;  // the intake's thread alone
  std::size_t delivered_ = 0;               // likewise: how many results
  std::unique_ptr<EventIntake> event_intake_;
  std::unique_ptr<Backups> backups_;
  std::unique_ptr<Retention> retention_;
  std::mutex epoch_mutex_;
  std::string epoch_noted_;
  std::atomic<bool> stopped_{false};
};

}  // namespace skald::runtime
