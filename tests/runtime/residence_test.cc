// What stays in memory of sagas that only wait, and that their timers come all the same. By turns, on a clock that the
// test sets, over a log in memory and without a broker.

#include <gtest/gtest.h>

#include "engine/runtime/local_engine.h"
#include "store/memory_log.h"
#include "tests/core/no_jq.h"
#include "tests/store/forwarding_log.h"

namespace skald::runtime {
namespace {

class NoBroker final : public Broker {
 public:
  bool connected() const override { return false; }
  void on_connection(std::function<void(bool up)>) override {}
  void publish_tasks(const TaskOrders&, Published) override {}
  void publish_event(const EventOrder&, Published) override {}
  void cancel(const TaskOrder&) override {}
  Status prepare() override { return {}; }
  Result<std::optional<StreamState>> tasks_stream() override { return std::optional<StreamState>(); }
  Result<TaskConsumer> task_consumer(const std::string&) override { return TaskConsumer(); }
  Status repair_consumers(std::uint64_t, bool) override { return {}; }
  Result<bool> withdraw(std::uint64_t) override { return false; }
  Result<bool> present(const TaskOrder&, std::uint64_t) override { return false; }
  Result<std::vector<std::uint64_t>> find(const std::vector<TaskOrder>& orders, std::uint64_t) override {
    return std::vector<std::uint64_t>(orders.size(), 0);
  }
  Result<ResultsState> results() override { return ResultsState(); }
  void consume_results(std::function<void(ResultDelivery)>) override {}
  void acknowledge_results(const ResultDelivery&) override {}
  void on_presence(std::function<void(const std::string&, TaskTypeStatus::Worker)>) override {}
  void stop() override {}
};

class SetClock final : public Clock {
 public:
  explicit SetClock(const Time& now) : now_(now) {}
  Time now() const override { return now_; }

 private:
  const Time& now_;
};

class Residence : public ::testing::Test {
 protected:
  // With one shard, so that all its sagas come after one another, and this document.
  void start(const std::string& tasks, std::size_t resident_sagas) {
    const std::string source = "document: { dsl: '1.0.3', namespace: test, name: flow, version: '1.0.0' }\ndo:\n";
    const auto known = log_.definitions();
    if (known->empty()) {
      store::Batch made;
      made.meta = {{"secret", "s"}, {"incarnation", "1"}};
      made.definitions.push_back({"test/flow", "1.0.0", "d1", source + tasks, {}});
      ASSERT_TRUE(log_.commit(made));
    }
    LocalEngine::Parts parts;
    parts.log = std::make_unique<store::ForwardingLog>(log_);
    parts.broker = std::make_unique<NoBroker>();
    parts.jq = std::make_unique<core::NoJq>();
    parts.clock = std::make_unique<SetClock>(now_);
    parts.fatal = [](const Error& error) { ADD_FAILURE() << error.message; };
    parts.threads = 1;
    parts.drive = Drive::kTurns;
    parts.resident_sagas = resident_sagas;
    auto engine = LocalEngine::start(std::move(parts));
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
  }

  void submit(std::size_t sagas) {
    for (std::size_t i = 0; i < sagas; ++i) {
      engine_->submit({"test/flow", "", "s" + std::to_string(i), Payload(Value::object()), {}},
                      [](const Result<Submitted>& answer) { EXPECT_TRUE(answer) << answer.error().message; });
      if (i % 200 == 0) turn();
    }
    turn();
  }
  // What is decided and durable by now.
  void turn() {
    for (bool did = true; did;) {
      did = shard().turn();
      did = engine_->journal().turn() || did;
    }
    shard().turn();  // lets go of what has become durable
  }
  // As much later, looking as often as a worker's thread does.
  void pass(Millis time) {
    for (const Time end = now_ + time; now_ < end;) {
      now_ = std::min(end, now_ + std::max(shard().until_next_timer(), Millis(1)));
      turn();
    }
  }
  ShardWorker& shard() { return *engine_->shard_workers().front(); }
  std::uint64_t count(const std::string& status) {
    store::ListQuery query;
    query.status = status;
    return *log_.count(query);
  }
  Result<store::Summary> operate(const std::string& id, Verb verb) {
    Result<store::Summary> answer = fail(ErrorKind::kInternal, "no-answer", "nobody answered");
    Operation operation;
    operation.verb = verb;
    engine_->operate(id, std::move(operation),
                     [&answer](Result<store::Summary> result) { answer = std::move(result); });
    turn();
    return answer;
  }

  store::MemoryLog log_{1};
  Time now_{1'000'000};
  std::unique_ptr<LocalEngine> engine_;
};

TEST_F(Residence, SagasThatOnlyWaitAreLetGoOfBeyondTheLimit) {
  start("  - pause: { wait: { seconds: 3600 } }\n", 10);
  submit(50);
  EXPECT_EQ(shard().live(), 10U);
  EXPECT_EQ(shard().evicted(), 40U);
  EXPECT_EQ(count("running"), 50U);
  pass(Millis(3'600'001));
  EXPECT_EQ(count("completed"), 50U);
}

TEST_F(Residence, TheOneTouchedLastStays) {
  start("  - pause: { wait: { seconds: 3600 } }\n", 1);
  submit(3);
  ASSERT_EQ(shard().live(), 1U);
  ASSERT_TRUE(operate("s0", Verb::kSuspend));
  const std::uint64_t evicted = shard().evicted();
  ASSERT_TRUE(operate("s0", Verb::kResume));
  EXPECT_EQ(shard().evicted(), evicted) << "it was there";
  ASSERT_TRUE(operate("s1", Verb::kCancel));
  EXPECT_GT(shard().evicted(), evicted) << "another one was not";
}

TEST_F(Residence, WhatIsOutsideKeepsASagaInMemory) {
  start("  - work: { call: shop.work }\n", 0);
  submit(5);
  EXPECT_EQ(shard().live(), 5U) << "each has a task that is to be published";
}

TEST_F(Residence, AnEvictedSagaTakesOrders) {
  start("  - pause: { wait: { seconds: 3600 } }\n", 0);
  submit(2);
  ASSERT_EQ(shard().live(), 0U);
  const auto cancelled = operate("s0", Verb::kCancel);
  ASSERT_TRUE(cancelled) << cancelled.error().message;
  EXPECT_EQ(cancelled->status, "cancelled");
  const auto suspended = operate("s1", Verb::kSuspend);
  ASSERT_TRUE(suspended);
  pass(Millis(3'700'000));
  EXPECT_EQ(count("suspended"), 1U);
  ASSERT_TRUE(operate("s1", Verb::kResume));
  EXPECT_EQ(count("completed"), 1U) << "its time has come meanwhile";
}

TEST_F(Residence, MoreTimersThanAPageComeOnTime) {
  const std::size_t sagas = 2 * ShardWorker::kTimerPage + 500;
  start("  - pause: { wait: { seconds: 40 } }\n", 0);
  for (std::size_t i = 0; i < sagas; ++i) {
    engine_->submit({"test/flow", "", "s" + std::to_string(i), Payload(Value::object()), {}},
                    [](const Result<Submitted>& answer) { EXPECT_TRUE(answer); });
    if (i % 100 == 99) turn();
    if (i % 100 == 99) now_ = now_ + Millis(100);
  }
  turn();
  // Anew, so that it knows only what it reads.
  engine_.reset();
  start("", 0);
  const Time last_due = now_ + Millis(40'000);
  while (now_ < last_due) {
    pass(Millis(250));
    // None is later than the half second that a worker sleeps at most.
    const auto late = log_.timers(0, now_ - Millis(500), 1);
    ASSERT_TRUE(late && late->empty()) << late->front().timer;
  }
  pass(Millis(1'000));
  EXPECT_EQ(count("completed"), sagas);
}

TEST_F(Residence, MoreTimersThanAPageAreDueAtOnce) {
  const std::size_t sagas = 2 * ShardWorker::kTimerPage + 500;
  start("  - pause: { wait: { seconds: 40 } }\n", 0);
  submit(sagas);
  engine_.reset();
  start("", 0);
  pass(Millis(40'000));
  EXPECT_EQ(count("completed"), sagas);
}

TEST_F(Residence, WhatWasDoneIsToldOfWhenItIsDurable) {
  start("  - a: { set: { x: 1 } }\n", 10);
  engine_->submit({"test/flow", "", "s", Payload(Value::object()), {}}, [](const Result<Submitted>&) {});
  ASSERT_TRUE(shard().turn());
  EXPECT_EQ(engine_->activities().totals.started, 0U) << "decided";
  ASSERT_TRUE(engine_->journal().turn());
  EXPECT_EQ(engine_->activities().totals.started, 1U);
  EXPECT_EQ(engine_->activities().totals.ended, 1U);
}

}  // namespace
}  // namespace skald::runtime
