#include "tests/bench/fill.h"

#include <fmt/format.h>

#include <atomic>
#include <thread>
#include <vector>

#include "engine/base/hash.h"
#include "engine/definition/jq_process.h"
#include "engine/runtime/live_saga.h"
#include "store/rocks_log.h"

namespace skald::bench {
namespace {

constexpr std::uint64_t kSagasOfACommit = 500;
constexpr unsigned kThreads = 2;
constexpr Millis kBetween{10};  // the start of one saga and the next
constexpr Millis kOfAStep{3};

// One saga after another, each a function of its number.
class Filler {
 public:
  Filler(store::SagaLog& log, Time first) : log_(log), first_(first) {}

  store::Batch make(std::uint64_t number, const runtime::Catalog::WorkflowPtr& workflow, const Course& course) {
    now_ = first_ + kBetween * static_cast<std::int64_t>(number);
    const SagaId id(filled_id(workflow->name, number));
    const RunId run = make_run_id(now_, shard_of(id, log_.shards()), number * 0x9E3779B97F4A7C15ULL);
    runtime::LiveSaga saga(workflow, log_.store_id(), run);
    store::Batch all;
    all.ids.emplace_back(id, run);
    decide(saga, core::Start{run, id, Payload(Value{{"data", std::string(180, 'x')}}), "", course.labels, {}}, all);
    for (auto owed = core::outward(saga.state).tasks; !owed.empty(); owed = core::outward(saga.state).tasks) {
      core::TakeResult result;
      result.key = owed.front().key;
      result.attempt = owed.front().attempt;
      if (owed.front().task == course.rejected || owed.front().task == course.failing) {
        result.outcome = core::Outcome::kRejected;
        result.error = Payload(Value{{"title", "Rejected"}, {"status", 422}, {"detail", course.detail}});
      } else {
        result.output = Payload(Value{{"data", std::string(80, 'y')}});
      }
      result.worker = "bench";
      result.started_at = now_;
      result.finished_at = now_;
      decide(saga, result, all);
    }
    all.summaries.push_back({saga.summary(), ""});
    for (const auto& timer : saga.timers()) all.timers.push_back({timer.due, run, timer.name});
    return all;
  }

 private:
  // Keeps the events; of the rows that come and go with them, the last ones stand at the end.
  void decide(runtime::LiveSaga& saga, const core::Command& command, store::Batch& all) {
    const auto events = core::decide(saga.state, command, core::Env{now_, 1, jq_});
    now_ = now_ + kOfAStep;  // the first event is of the time that the run's id carries
    runtime::ActChanges changes;
    store::Batch batch = saga.commit(*events, changes);
    std::move(batch.events.begin(), batch.events.end(), std::back_inserter(all.events));
  }

  store::SagaLog& log_;
  const Time first_;
  definition::JqProcess jq_;
  Time now_;
};

}  // namespace

// As the engine makes ids up: they come in no order.
std::string filled_id(const std::string& name, std::uint64_t number) {
  return name + "-" + to_hex(bytes_of(sha256(std::to_string(number))).substr(0, 8));
}

Status fill_store(const std::string& dir, const std::string& source, std::uint64_t sagas) {
  return fill_store(dir, std::vector<std::string>{source}, sagas, [](std::uint64_t) { return Course(); });
}

Status fill_store(const std::string& dir, const std::vector<std::string>& sources, std::uint64_t sagas,
                  const std::function<Course(std::uint64_t)>& course) {
  SKALD_ASSIGN(const auto log, store::RocksLog::open(dir));
  definition::JqProcess jq;
  runtime::Catalog catalog(jq);
  std::vector<runtime::Catalog::WorkflowPtr> workflows;
  const Time now = SystemClock().now();
  store::Batch deployed;
  for (const std::string& source : sources) {
    SKALD_ASSIGN(const definition::Parsed parsed, catalog.compile(source, "fill.yaml"));
    const auto& workflow = workflows.emplace_back(parsed.workflow);
    deployed.definitions.push_back({workflow->full_name(), workflow->version, workflow->hash, source, now});
  }
  SKALD_TRY(log->commit(deployed));
  const Time first = now - kBetween * static_cast<std::int64_t>(sagas);
  std::atomic<std::uint64_t> next{0};
  std::vector<Status> ends(kThreads);
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Filler filler(*log, first);
      while (ends[t]) {
        const std::uint64_t from = next.fetch_add(kSagasOfACommit);
        if (from >= sagas) break;
        store::Batch batch;
        for (std::uint64_t i = from; i < std::min(from + kSagasOfACommit, sagas); ++i) {
          const Course its = course(i);
          batch.append(filler.make(i, workflows[its.document], its));
        }
        ends[t] = log->commit(batch);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Status& end : ends) SKALD_TRY(end);
  return {};
}

}  // namespace skald::bench
