// Single sagas that are large: long histories, and many undos.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>

#include "engine/definition/jq_process.h"
#include "engine/runtime/live_saga.h"
#include "store/rocks_log.h"
#include "tests/bench/bench.h"
#include "tests/bench/scale.h"

namespace skald::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kItems = 8'000;   // of a loop; three calls each: 48,000 events and some
constexpr int kUndone = 4'000;  // steps with an undo, of which the last is rejected
constexpr std::size_t kSpan = 1'000;

double us_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

// A saga that is driven by hand, answer by answer, and committed in one go.
class Driven {
 public:
  Driven(store::SagaLog& log, const std::string& document, int items) : log_(log) {
    const auto parsed = catalog_.compile(document, "scale.yaml");
    run_ = make_run_id(now_, 0, 7);
    Value list = Value::array();
    for (int i = 0; i < items; ++i) list.push_back(i);
    all_.definitions.push_back(
        {parsed->workflow->full_name(), "1.0.0", parsed->workflow->hash, parsed->workflow->source, now_});
    catalog_.load(all_.definitions.front());
    saga_ = std::make_unique<runtime::LiveSaga>(parsed->workflow, log.store_id(), run_);
    decide(core::Start{run_, SagaId("large"), Payload(Value{{"items", list}}), "", {}, {}});
  }

  // Answers what is owed until nothing is; microseconds of each answer, from the decision to the rows.
  std::vector<double> answer_all(const std::function<core::Outcome(const core::TaskAct&)>& outcome) {
    std::vector<double> took;
    for (auto owed = core::outward(saga_->state).tasks; !owed.empty(); owed = core::outward(saga_->state).tasks) {
      core::TakeResult result;
      result.key = owed.front().key;
      result.attempt = owed.front().attempt;
      result.outcome = outcome(owed.front());
      if (result.outcome == core::Outcome::kCompleted) result.output = Payload(Value{{"data", std::string(80, 'y')}});
      const auto start = Clock::now();
      decide(result);
      took.push_back(us_since(start));
    }
    return took;
  }

  const core::State& state() const { return saga_->state; }

  // Milliseconds until it is in memory again, from the store. Errors: those of the store.
  Result<double> load_ms() {
    all_.summaries.push_back({saga_->summary(), ""});
    SKALD_TRY(log_.commit(all_));
    const auto start = Clock::now();
    SKALD_TRY(runtime::LiveSaga::load(log_, catalog_, run_));
    return us_since(start) / 1'000;
  }

 private:
  void decide(const core::Command& command) {
    now_ = now_ + Millis(1);
    const auto events = core::decide(saga_->state, command, core::Env{now_, 1, jq_});
    runtime::ActChanges changes;
    store::Batch batch = saga_->commit(*events, changes);
    std::move(batch.events.begin(), batch.events.end(), std::back_inserter(all_.events));
  }

  store::SagaLog& log_;
  definition::JqProcess jq_;
  runtime::Catalog catalog_{jq_};
  Time now_{1'700'000'000'000};
  RunId run_;
  std::unique_ptr<runtime::LiveSaga> saga_;
  store::Batch all_;
};

// The medians of the first answers and of the last ones.
Value spans(const std::vector<double>& took) {
  const auto middle = [](std::vector<double> span) {
    std::sort(span.begin(), span.end());
    return percentile(span, 0.5);
  };
  const std::size_t span = std::min(kSpan, took.size() / 2);
  const auto begin = took.begin();
  const auto end = took.end();
  const auto width = static_cast<std::ptrdiff_t>(span);
  return {{"answers", took.size()},
          {"first_us", middle(std::vector<double>(begin, begin + width))},
          {"last_us", middle(std::vector<double>(end - width, end))}};
}

core::Outcome completed(const core::TaskAct&) { return core::Outcome::kCompleted; }

}  // namespace

Result<Value> measure_large(const std::string& folder) {
  SKALD_ASSIGN(const auto log, store::RocksLog::open(folder + "/long"));
  Driven looped(*log,
                "document: { dsl: '1.0.3', namespace: bench, name: long, version: '1.0.0' }\n"
                "do:\n  - all:\n      for: { each: item, in: '${ .items }' }\n      do:\n"
                "        - a: { call: bench.step, with: { item: '${ $item }' }, effect: none }\n"
                "        - b: { call: bench.step, with: { item: '${ $item }' }, effect: none }\n"
                "        - c: { call: bench.step, with: { item: '${ $item }' }, effect: none }\n",
                kItems);
  Value all;
  all["history"] = spans(looped.answer_all(completed));
  all["history"]["events"] = looped.state().seq;
  SKALD_ASSIGN(all["history"]["load_ms"], looped.load_ms());

  SKALD_ASSIGN(const auto other, store::RocksLog::open(folder + "/undone"));
  Driven undone(*other,
                "document: { dsl: '1.0.3', namespace: bench, name: undone, version: '1.0.0' }\n"
                "do:\n  - all:\n      for: { each: item, in: '${ .items }' }\n      do:\n"
                "        - a: { call: bench.step, with: { item: '${ $item }' }, compensate: { call: bench.undo } }\n"
                "  - no: { call: bench.reject }\n",
                kUndone);
  const auto refused = [](const core::TaskAct& act) {
    return act.task == "bench.reject" ? core::Outcome::kRejected : core::Outcome::kCompleted;
  };
  std::vector<double> took = undone.answer_all(refused);
  took.erase(took.begin(), took.begin() + kUndone + 1);  // the way forward
  all["undone"] = spans(took);
  all["undone"]["status"] = core::name_of(core::status_of(undone.state()));
  return all;
}

}  // namespace skald::bench
