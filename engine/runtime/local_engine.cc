#include "engine/runtime/local_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "engine/base/fault_point.h"
#include "engine/base/log.h"
#include "engine/base/msgpack.h"
#include "engine/core/arrivals.h"
#include "engine/core/kinds.h"

namespace skald::runtime {
namespace {

constexpr const char* kIncarnationKey = "incarnation";
constexpr const char* kRecoveredKey = "recovered_incarnation";  // meta: the last in which an engine has recovered

Result<BrokerNote> noted_epoch(const store::SagaLog& log) {
  SKALD_ASSIGN(const auto bytes, log.meta(kEpochKey));
  if (!bytes) return BrokerNote{};
  MsgReader in(*bytes);
  BrokerNote noted;
  const std::size_t members = in.array();
  noted.created = std::string(in.str());
  noted.last_seq = in.uint();
  if (members > 2) noted.unnoted_from = in.uint();  // older engines did not note it
  if (members < 2 || members > 3 || !in.ok())
    return fail(ErrorKind::kDamaged, "damaged-meta", "the store's note of the broker is damaged");
  return noted;
}

tl::unexpected<Error> overloaded() {
  return fail(ErrorKind::kOverloaded, "overloaded", "the engine has as much queued as it takes; try again in a moment");
}

core::Command command_of(Operation&& operation) {
  const core::By by{std::move(operation.reason), std::move(operation.who)};
  switch (operation.verb) {
    case Verb::kCancel:
      return core::Cancel{by};
    case Verb::kTerminate:
      return core::Terminate{by};
    case Verb::kCompensate:
      return core::Compensate{by};
    case Verb::kSuspend:
      return core::Suspend{by};
    case Verb::kResume:
      return core::Resume{by};
    case Verb::kRetry:
      return core::Retry{operation.step, operation.seen, by};
    case Verb::kSkip:
      return core::Skip{operation.step, operation.seen, by};
    case Verb::kSignal:
      return core::TakeEvent{std::move(operation.event), true, by};
    case Verb::kResolve:
      break;
  }
  return core::Resolve{operation.step, operation.seen, std::move(operation.output), by};
}

Status check_submission(const Submission& submission, const EngineLimits& limits) {
  if (submission.input.size() > limits.core.payload_bytes) {
    return fail(ErrorKind::kTooLarge, "payload-too-large",
                fmt::format("the input has {} bytes as msgpack; a payload may have {}", submission.input.size(),
                            limits.core.payload_bytes));
  }
  if (submission.labels.size() > limits.labels) {
    return fail(ErrorKind::kInvalid, "too-many-labels",
                fmt::format("{} labels; a saga may have {}", submission.labels.size(), limits.labels));
  }
  for (const auto& [key, value] : submission.labels) {
    if (key.empty() || key.size() > limits.label_bytes || value.size() > limits.label_bytes) {
      return fail(ErrorKind::kInvalid, "bad-label",
                  fmt::format("the label '{}' is empty or longer than {} bytes", key.substr(0, limits.label_bytes),
                              limits.label_bytes));
    }
  }
  return {};
}

}  // namespace

LocalEngine::LocalEngine(Parts parts)
    : parts_(std::move(parts)), catalog_(*parts_.jq), reader_(*parts_.log, catalog_) {}

Result<std::unique_ptr<LocalEngine>> LocalEngine::start(Parts parts) {
  std::unique_ptr<LocalEngine> engine(new LocalEngine(std::move(parts)));
  SKALD_TRY(engine->recover());
  return engine;
}

Status LocalEngine::recover() {
  SKALD_TRY(load_definitions(log(), catalog_));
  SKALD_ASSIGN(auto noted, noted_epoch(log()));
  SKALD_ASSIGN(const auto secret, log().meta("secret"));
  if (!secret) return fail(ErrorKind::kDamaged, "damaged-meta", "the store has no secret");
  SKALD_ASSIGN(const auto incarnation, log().meta(kIncarnationKey));
  SKALD_ASSIGN(const auto recovered_in, log().meta(kRecoveredKey));
  const bool new_incarnation = incarnation.value_or("1") != recovered_in.value_or("1");

  journal_ = std::make_unique<Journal>(
      *parts_.log, [this](const Error& error) { fatal(error); }, parts_.drive);
  const std::size_t threads = std::max(1U, std::min(parts_.threads, log().shards()));
  context_ = std::make_unique<ShardContext>(
      ShardContext{*parts_.log, *journal_, catalog_, jq_, *parts_.clock, watchers_, metrics_, activity_,
                   parts_.limits.core, nullptr, nullptr, [this](const Error& error) { fatal(error); }, parts_.random,
                   parts_.drive, new_incarnation, parts_.resident_sagas / threads});
  std::vector<std::vector<ShardId>> shares(threads);
  for (ShardId shard = 0; shard < log().shards(); ++shard) shares[shard % shares.size()].push_back(shard);
  for (auto& share : shares) workers_.push_back(std::make_unique<ShardWorker>(*context_, std::move(share)));
  journal_->on_gather([this] {
    for (auto& worker : workers_) {
      if (worker->has_jobs()) worker->work_here();
    }
  });
  DispatchReports& reports = *this;
  dispatcher_ = std::make_unique<Dispatcher>(*parts_.broker, *parts_.clock, reports, std::move(noted), parts_.drive);
  context_->dispatcher = dispatcher_.get();
  dispatcher_->on_together([this](const std::string& type, std::size_t tasks) {
    return presence_.together(type, tasks, parts_.clock->now());
  });
  journal_->on_tasks([this](std::vector<TaskOrder> tasks) { dispatcher_->dispatch(std::move(tasks)); });
  children_ = std::make_unique<Children>(catalog_, log().shards(),
                                         [this](ShardId shard) -> ShardWorker& { return worker_of(shard); });
  context_->children = children_.get();

  // Recovery is the first job of each worker: what comes from outside stands behind it.
  std::vector<std::future<Status>> recovered;
  for (auto& worker : workers_) {
    auto done = std::make_shared<std::promise<Status>>();  // shared: the job is copied
    recovered.push_back(done->get_future());
    worker->post_always([done](ShardWorker& self) { done->set_value(self.recover()); });
  }
  if (parts_.drive == Drive::kTurns) {
    for (auto& worker : workers_) worker->turn();
  }
  for (auto& one : recovered) SKALD_TRY(one.get());
  SKALD_CRASH_POINT("recovery.done");
  if (new_incarnation) note_recovered(*incarnation);
  dispatcher_->start();

  backups_ = std::make_unique<Backups>(*parts_.log, *parts_.clock, metrics_);
  intake_ = std::make_unique<Intake>(
      *parts_.broker, *secret, metrics_,
      [this](const RunId& run, core::TakeResult result, std::function<void(bool)> durable) {
        ShardWorker& to = worker_of(run);
        ++delivered_;
        to.enqueue([run, result = std::move(result), durable = std::move(durable)](ShardWorker& worker) {
          worker.take_result(run, result, durable);
        });
        if (std::find(delivered_to_.begin(), delivered_to_.end(), &to) == delivered_to_.end()) {
          delivered_to_.push_back(&to);
        }
      },
      [this](bool more) { delivered(more); });
  parts_.broker->on_presence(
      [this](const std::string& type, TaskTypeStatus::Worker worker) { presence_.announce(type, std::move(worker)); });
  intake_->start();
  start_event_intake();
  start_retention();
  return {};
}

// Where no workflow listens, none of what services tell one another is asked for.
void LocalEngine::start_event_intake() {
  event_intake_ = std::make_unique<EventIntake>(
      *parts_.broker, log(), *parts_.clock, parts_.limits.core, metrics_,
      [this](const RunId& run, core::TakeEvent event, std::function<void()> durable) {
        worker_of(run).post_always([run, event = std::move(event), durable = std::move(durable)](ShardWorker& worker) {
          worker.command(run, event, [durable](const Result<store::Summary>&) { durable(); });
        });
      });
  const auto rows = definitions();
  const bool listens = std::any_of(rows.begin(), rows.end(), [](const store::DefinitionRow& row) {
    return row.source.find("listen") != std::string::npos;
  });
  if (listens) event_intake_->start();
}

// Where the next commit waits for more anyway, so do these. Otherwise one result on its own is decided, and made
// durable, by the thread that brings it: waking another takes as long as that. Of several, or where the next is there
// already, each worker takes its own.
void LocalEngine::delivered(bool more) {
  if (delivered_to_.empty()) return;  // none of them was proven
  if (journal_->expect(std::exchange(delivered_, 0))) return delivered_to_.clear();
  const bool alone = delivered_to_.size() == 1 && !more;
  for (ShardWorker* worker : delivered_to_) alone ? worker->work_here() : worker->wake();
  delivered_to_.clear();
}

// The journal's thread makes it, behind which those of other shards might wait.
void LocalEngine::takes_long() {
  if (!journal_->takes_long()) return;
  for (auto& worker : workers_) worker->wake();
}

void LocalEngine::start_retention() {
  retention_ = std::make_unique<Retention>(
      log(), *parts_.clock, metrics_, parts_.retention,
      [this](const RunId& run, Millis keep, std::function<void(bool)> done) {
        return worker_of(run).post(
            [run, keep, done = std::move(done)](ShardWorker& worker) { worker.remove(run, keep, done); });
      });
  if (parts_.drive == Drive::kThreads) retention_->start();
}

// When what every shard decided in its recovery is durable.
void LocalEngine::note_recovered(const std::string& incarnation) {
  auto left = std::make_shared<std::atomic<std::size_t>>(workers_.size());  // shared: by the callbacks alone
  const auto durable = [this, left, incarnation] {
    if (--*left > 0) return;
    workers_.front()->post_always([incarnation](ShardWorker& worker) { worker.note_meta(kRecoveredKey, incarnation); });
  };
  for (auto& worker : workers_) {
    worker->post_always([durable](ShardWorker& self) { self.after_durable(durable); });
  }
}

void LocalEngine::stop() {
  if (stopped_.exchange(true)) return;
  if (backups_) backups_->stop();
  if (retention_) retention_->stop();
  parts_.broker->stop();
  if (dispatcher_) dispatcher_->stop();
  for (auto& worker : workers_) worker->stop();
  if (journal_) journal_->stop();
  // Its callbacks reach the dispatcher: it goes first.
  parts_.broker.reset();
}

void LocalEngine::fatal(const Error& error) const {
  logger("engine")->critical("stopping code={} error=\"{}\"", error.code, error.message);
  if (parts_.fatal) parts_.fatal(error);
}

// What is known of the workflows that this one runs. Those that are not deployed yet are checked when they are started.
Status LocalEngine::check_children(const definition::Workflow& workflow, const std::string& file) const {
  for (const auto& [reference, task] : workflow.by_reference) {
    const auto* child = core::kind_of(*task).child(*task);
    if (child == nullptr || task->undo_of != nullptr || task->pivot) continue;
    const auto known = catalog_.find(child->workflow, child->version);
    if (!known || !(*known)->has_pivot) continue;
    return fail(
        ErrorKind::kInvalid, "bad-definition",
        fmt::format("{}:{}:1: '{}' runs {}, which has a pivot: there is no way back from it; mark the step with "
                    "'pivot: true'",
                    file, task->line, task->name, child->workflow));
  }
  return {};
}

Result<Deployed> LocalEngine::deploy(const std::string& source, const std::string& file) {
  const std::lock_guard lock(deploying_);
  SKALD_ASSIGN(definition::Parsed parsed, catalog_.compile(source, file));
  const auto& workflow = *parsed.workflow;
  Deployed deployed{workflow.full_name(), workflow.version, false, std::move(parsed.warnings)};
  SKALD_TRY(check_children(workflow, file));
  SKALD_ASSIGN(const auto existing, log().definition(deployed.workflow, deployed.version));
  if (existing && existing->hash == workflow.hash) return deployed;
  if (existing) {
    return fail(ErrorKind::kConflict, "version-taken",
                fmt::format("{}@{} is deployed with another content, and versions are immutable; give the document a "
                            "new version",
                            deployed.workflow, deployed.version));
  }
  store::Batch batch;
  batch.definitions.push_back({deployed.workflow, deployed.version, workflow.hash, source, parts_.clock->now()});
  std::promise<void> durable;
  journal_->append(std::move(batch), {}, [&durable] { durable.set_value(); });
  journal_->wake();
  auto done = durable.get_future();
  while (done.wait_for(Millis(100)) != std::future_status::ready) {
    if (journal_->failed())
      return fail(ErrorKind::kIo, "write-failed", "the engine cannot write; nothing was deployed");
  }
  catalog_.add(parsed.workflow);
  if (!core::awaited_types(workflow).empty()) event_intake_->start();
  deployed.created = true;
  return deployed;
}

std::vector<store::DefinitionRow> LocalEngine::definitions() const {
  auto rows = log().definitions();
  if (rows) return std::move(*rows);
  // An empty list would be a lie.
  fatal(rows.error());
  return {};
}

void LocalEngine::submit(Submission submission, std::function<void(Result<Submitted>)> done) {
  if (submission.input.empty()) submission.input = Payload(Value::object());
  if (const Status good = check_submission(submission, parts_.limits); !good) return done(fail(good.error()));
  auto workflow = catalog_.find(submission.workflow, submission.version);
  if (!workflow) return done(fail(workflow.error()));
  if (const auto& schema = (*workflow)->root->input_schema) {
    if (const Status fits = schema->validate(submission.input.value()); !fits) {
      return done(fail(ErrorKind::kInvalid, "input-mismatch", "the input does not fit: " + fits.error().message));
    }
  }
  auto id = parse_saga_id(submission.id.empty() ? made_up_id(submission.workflow) : submission.id);
  if (!id) return done(fail(id.error()));
  ShardWorker& worker = worker_of(shard_of(*id, log().shards()));
  if (dispatcher_->open_tasks() >= parts_.max_tasks) {
    return done(fail(ErrorKind::kOverloaded, "overloaded",
                     fmt::format("{} tasks wait for workers' answers, which is as many as the engine keeps; start more "
                                 "workers, or raise --max-tasks",
                                 dispatcher_->open_tasks())));
  }
  const bool posted = worker.post_start([submission = std::move(submission), workflow = *workflow, id = *id,
                                         done](ShardWorker& self) { self.submit(submission, workflow, id, done); });
  if (!posted) done(overloaded());
}

void LocalEngine::operate(const std::string& id_or_run, Operation operation,
                          std::function<void(Result<store::Summary>)> done) {
  auto run = resolve(id_or_run);
  if (!run) return done(fail(run.error()));
  const bool posted = worker_of(*run).post([run = *run, command = command_of(std::move(operation)),
                                            done](ShardWorker& self) { self.command(run, command, done); });
  if (!posted) done(overloaded());
}

void LocalEngine::publish(Payload cloud_event, std::function<void(Status)> done) {
  parts_.broker->publish_cloud_event(cloud_event, [done = std::move(done)](const Result<std::uint64_t>& seq) {
    if (seq) return done({});
    done(fail(ErrorKind::kUnavailable, "broker-away",
              "the broker may not have it: publish it again under the same id (" + seq.error().message + ")"));
  });
}

std::vector<TaskTypeStatus> LocalEngine::workers() const {
  const auto waiting = dispatcher_->waiting();
  std::map<std::string, TaskTypeStatus> by_type;
  for (const auto& type : presence_.task_types()) by_type[type].task = type;
  for (const auto& [type, what] : waiting) {
    by_type[type].task = type;
    by_type[type].waiting = what.first;
    by_type[type].oldest = what.second;
  }
  const Time now = parts_.clock->now();
  std::vector<TaskTypeStatus> all;
  for (auto& [type, status] : by_type) {
    status.workers = presence_.serving(type, now);
    status.last_heard = presence_.last_heard(type);
    if (status.workers.empty() && status.waiting > 0) {
      status.unserved_since = std::max(*status.oldest, status.last_heard.value_or(*status.oldest));
    }
    all.push_back(std::move(status));
  }
  return all;
}

std::optional<AttemptStatus> LocalEngine::attempt(const std::string& key, std::uint32_t attempt) const {
  return dispatcher_->attempt(key, attempt);
}

Readiness LocalEngine::readiness() const {
  Readiness ready;
  ready.log_ok = !stopped_ && !journal_->failed();
  const auto [broker_ok, since] = dispatcher_->broker();
  ready.broker_ok = !stopped_ && broker_ok;
  if (!stopped_) ready.broker_since = since;
  if (!ready.log_ok) ready.detail = "the saga log does not take writes";
  if (ready.log_ok && !ready.broker_ok) ready.detail = "the broker cannot be reached; sagas are accepted and wait";
  return ready;
}

Activities LocalEngine::activities() const {
  constexpr std::size_t kSlowest = 10;
  const DispatchStats stats = dispatcher_->stats();
  Activities all;
  all.totals = activity_.totals();
  all.commits = journal_->commits();
  all.tasks_waiting = stats.waiting;
  all.unacknowledged = stats.unacknowledged;
  for (const auto& worker : workers_) all.live_sagas += worker->live();
  all.slowest = activity_.slowest(kSlowest);
  all.troubled = activity_.troubled();
  return all;
}

}  // namespace skald::runtime
