// Suspended sagas on a real engine, through restarts.

#include "engine/core/undo_plan.h"
#include "tests/runtime/engine_fixture.h"

namespace skald::runtime {
namespace {

constexpr const char* kTwoSteps = R"(
  - first: { call: shop.first, compensate: { call: shop.undo } }
  - second: { call: shop.second }
)";
constexpr const char* kSecond = "/do/1/second";

class Suspension : public EngineTest {
 protected:
  Operation order(Verb verb) const { return {verb, "maintenance", "ada", "", std::nullopt, {}}; }
  std::vector<std::string> listed(const std::string& status) {
    store::ListQuery query;
    query.status = status;
    std::vector<std::string> ids;
    for (const auto& saga : engine_->list(query).value_or(store::ListPage{}).items) ids.push_back(saga.id.str());
    return ids;
  }
  std::string key_of(const std::string& id, const std::string& reference) {
    return engine_->resolve(id)->str() + ":" + reference + ":1";
  }
  // The suspended saga's shard has turned twice, timers and all, and another saga has gone all the way: what the engine
  // owed, it has published by now.
  void let_the_engine_turn(const std::string& suspended, const std::string& other) {
    for (int turn = 0; turn < 2; ++turn) ASSERT_TRUE(operate(suspended, order(Verb::kSuspend)));
    ASSERT_TRUE(submit(other));
    ASSERT_TRUE(becomes(other, "completed"));
  }
};

using Ids = std::vector<std::string>;

// Keeps the task that it gets first, and completes all others.
class HoldingWorker {
 public:
  explicit HoldingWorker(const skald::testing::NatsServer& nats)
      : worker_(nats, {"shop.first", "shop.second", "shop.undo"},
                [this](TestWorker& self, const TestWorker::Task& task) { take(self, task); }) {}

  bool holds() {
    const std::lock_guard lock(mutex_);
    return held_.has_value();
  }
  void let_go(wire::Outcome outcome, const Value& body) {
    std::optional<TestWorker::Task> task;
    {
      const std::lock_guard lock(mutex_);
      task = held_;
    }
    worker_.answer(*task, outcome, body);
  }
  TestWorker& worker() { return worker_; }

 private:
  void take(TestWorker& self, const TestWorker::Task& task) {
    {
      const std::lock_guard lock(mutex_);
      if (!held_) held_ = task;
      // Its ack wait may pass while it is held.
      if (held_->message.key == task.message.key && held_->message.attempt == task.message.attempt) return;
    }
    self.complete(task);
  }

  std::mutex mutex_;
  std::optional<TestWorker::Task> held_;
  TestWorker worker_;
};

TEST_F(Suspension, HoldsThroughARestartAndASagaGoesOnWhenItIsResumed) {
  start_engine();
  deploy(kTwoSteps);
  HoldingWorker shop(nats_);
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(eventually([&] { return shop.holds(); }));
  const auto suspended = operate("one", order(Verb::kSuspend));
  ASSERT_TRUE(suspended) << suspended.error().message;
  EXPECT_EQ(suspended->status, "suspended");
  EXPECT_EQ(listed("suspended"), Ids{"one"});
  EXPECT_TRUE(listed("running").empty());

  shop.let_go(wire::Outcome::kCompleted, Value::object());
  ASSERT_TRUE(eventually([&] { return count("one", "step.completed /do/0/first") == 1; })) << told("one");
  let_the_engine_turn("one", "two");
  EXPECT_EQ(shop.worker().seen(key_of("one", kSecond)), 0);

  stop_engine();
  start_engine();
  EXPECT_EQ(status("one"), "suspended");
  EXPECT_EQ(listed("suspended"), Ids{"one"});
  let_the_engine_turn("one", "three");
  EXPECT_EQ(shop.worker().seen(key_of("one", kSecond)), 0);
  EXPECT_EQ(count("one", "step.scheduled /do/1/second"), 0);

  ASSERT_TRUE(operate("one", order(Verb::kResume)));
  ASSERT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(shop.worker().seen(key_of("one", kSecond)), 1);
  EXPECT_TRUE(listed("suspended").empty());
  EXPECT_EQ(operate("one", order(Verb::kSuspend)).error().code, "ended");
}

TEST_F(Suspension, ARetryThatCameDueMeanwhileFiresWhenTheSagaIsResumed) {
  start_engine();
  deploy("  - first: { call: shop.first, retry: { delay: { milliseconds: 1 } } }\n");
  HoldingWorker shop(nats_);
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(eventually([&] { return shop.holds(); }));
  ASSERT_TRUE(operate("one", order(Verb::kSuspend)));
  shop.let_go(wire::Outcome::kFailed, {{"title", "not now"}});
  ASSERT_TRUE(eventually([&] { return count("one", "step.retry_scheduled /do/0/first") == 1; })) << told("one");
  stop_engine();
  start_engine();
  let_the_engine_turn("one", "two");
  EXPECT_EQ(count("one", "step.scheduled /do/0/first"), 1) << told("one");
  ASSERT_TRUE(operate("one", order(Verb::kResume)));
  ASSERT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(count("one", "step.scheduled /do/0/first"), 2);
}

TEST_F(Suspension, WhatWasInFlightIsSentAgainAfterARestart) {
  start_engine();
  deploy(kTwoSteps);
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(operate("one", order(Verb::kSuspend)));
  stop_engine();
  nats_.kill();
  nats_.wipe();
  nats_.start();
  start_engine();
  TestWorker shop(nats_, {"shop.first", "shop.second"},
                  [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  ASSERT_TRUE(eventually([&] { return count("one", "step.completed /do/0/first") == 1; }, std::chrono::seconds(60)))
      << told("one");
  EXPECT_EQ(status("one"), "suspended");
  ASSERT_TRUE(operate("one", order(Verb::kResume)));
  EXPECT_TRUE(becomes("one", "completed"));
}

TEST_F(Suspension, AnOrderToUndoIsForetoldAndLiftsIt) {
  start_engine();
  deploy(kTwoSteps);
  HoldingWorker shop(nats_);
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(eventually([&] { return shop.holds(); }));
  ASSERT_TRUE(operate("one", order(Verb::kSuspend)));
  shop.let_go(wire::Outcome::kCompleted, Value::object());
  ASSERT_TRUE(eventually([&] { return count("one", "step.completed /do/0/first") == 1; })) << told("one");
  stop_engine();
  start_engine();
  const auto state = inspect::state_at(*engine_, *engine_->resolve("one"));
  ASSERT_TRUE(state) << state.error().message;
  const core::UndoPlan plan = core::undo_plan(*state);
  ASSERT_EQ(plan.undos.size(), 1U);
  EXPECT_EQ(plan.undos[0].step, "/do/0/first");
  EXPECT_EQ(plan.undos[0].tasks, Ids{"shop.undo"});
  ASSERT_TRUE(operate("one", order(Verb::kCompensate)));
  ASSERT_TRUE(becomes("one", "cancelled"));
  EXPECT_EQ(shop.worker().seen(plan.undos[0].key), 1);
  EXPECT_EQ(core::undo_plan(*inspect::state_at(*engine_, *engine_->resolve("one"))).refused->code, "ended");
  EXPECT_EQ(operate("one", order(Verb::kCompensate)).error().code, "ended");
}

}  // namespace
}  // namespace skald::runtime
