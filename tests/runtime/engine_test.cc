// The engine from submission to end, on the real broker and database.

#include "tests/runtime/engine_fixture.h"

namespace skald::runtime {
namespace {

constexpr const char* kTwoSteps = R"(
  - first: { call: shop.first, with: { n: '${ $input.n }' }, compensate: { call: shop.undo, with: { of: '${ $forward.key }' } } }
  - second: { call: shop.second }
)";

class Engines : public EngineTest {
 protected:
  void SetUp() override { start_engine(); }
  TestWorker worker(TestWorker::Handler handler) {
    return TestWorker(nats_, {"shop.first", "shop.second", "shop.undo"}, std::move(handler));
  }
};

TEST_F(Engines, ASagaRunsToItsEnd) {
  deploy(kTwoSteps);
  TestWorker shop(nats_, {"shop.first", "shop.second"}, [](TestWorker& self, const TestWorker::Task& task) {
    self.complete(task, {{"did", task.message.task}, {"n", task.message.input.value().value("n", 0)}});
  });
  const auto submitted = submit("one", {{"n", 7}});
  ASSERT_TRUE(submitted) << submitted.error().message;
  EXPECT_TRUE(submitted->created);
  ASSERT_TRUE(becomes("one", "completed"));
  const auto view = engine_->show(submitted->run);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->output.value().value("did", ""), "shop.second");
  EXPECT_EQ(view->input.value().value("n", 0), 7);
  EXPECT_EQ(shop.tasks(), 2);
  // Everything that was owed to the broker is settled.
  EXPECT_TRUE(eventually([&] { return (*shop.jetstream().stream("SKALD_TASKS"))->messages == 0; }));
}

TEST_F(Engines, ARejectedStepUndoesWhatWasDone) {
  deploy(kTwoSteps);
  std::mutex mutex;
  std::string undone;
  TestWorker shop(nats_, {"shop.first", "shop.second", "shop.undo"},
                  [&](TestWorker& self, const TestWorker::Task& task) {
                    if (task.message.task == "shop.undo") {
                      const std::lock_guard lock(mutex);
                      undone = task.message.input.value().value("of", "");
                    }
                    if (task.message.task == "shop.second") {
                      self.answer(task, wire::Outcome::kRejected, {{"title", "no"}, {"status", 409}});
                    } else {
                      self.complete(task);
                    }
                  });
  const auto submitted = submit("one", {{"n", 7}});
  ASSERT_TRUE(submitted);
  ASSERT_TRUE(becomes("one", "compensated"));
  const std::lock_guard lock(mutex);
  EXPECT_EQ(undone, submitted->run.str() + ":/do/0/first:1");
  EXPECT_EQ(engine_->show(submitted->run)->summary.compensation.done, 1U);
}

TEST_F(Engines, FailuresAreRetriedUnderTheSameKey) {
  deploy("  - first: { call: shop.first, retry: { delay: { milliseconds: 20 } } }\n");
  std::atomic<int> tries{0};
  TestWorker shop(nats_, {"shop.first"}, [&](TestWorker& self, const TestWorker::Task& task) {
    if (++tries < 3) {
      self.answer(task, wire::Outcome::kFailed, {{"title", "not now"}});
    } else {
      self.complete(task);
    }
  });
  const auto submitted = submit("one");
  ASSERT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(shop.seen(submitted->run.str() + ":/do/0/first:1"), 3);
  EXPECT_EQ(count("one", "step.retry_scheduled /do/0/first"), 2);
}

// Hard cases 21, 22 and 23.
TEST_F(Engines, HardCase21to23_OneIdIsOneSaga) {
  deploy(kTwoSteps);
  const auto first = submit("one", {{"n", 1}});
  ASSERT_TRUE(first);
  const auto same = submit("one", {{"n", 1}});
  ASSERT_TRUE(same);
  EXPECT_FALSE(same->created);
  EXPECT_EQ(same->run, first->run);
  const auto other = submit("one", {{"n", 2}});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, "id-taken");

  std::atomic<int> created{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      const auto submitted = submit("crowd", {{"n", 1}});
      ASSERT_TRUE(submitted) << submitted.error().message;
      if (submitted->created) ++created;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created, 1);
  EXPECT_EQ(*engine_->count({}), 2U);
}

// Hard case 35.
TEST_F(Engines, HardCase35_AResultThatIsNotForUsChangesNothing) {
  deploy(kTwoSteps);
  std::mutex mutex;
  std::optional<TestWorker::Task> held;
  TestWorker shop(nats_, {"shop.first", "shop.second"}, [&](TestWorker&, const TestWorker::Task& task) {
    const std::lock_guard lock(mutex);
    held = task;
  });
  ASSERT_TRUE(submit("one", {{"n", 7}}));
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return held.has_value();
  }));
  const TestWorker::Task first = [&] {
    const std::lock_guard lock(mutex);
    return *held;
  }();
  const auto result = TestWorker::result_of(first, wire::Outcome::kCompleted, {{"ok", true}});
  auto forged = result;
  forged.token = std::string(32, '0');
  auto other_run = result;
  other_run.run = make_run_id(Time{1}, 3, 1);
  auto no_run = result;
  no_run.run = RunId("nonsense");
  auto future = result;
  future.attempt = 9;
  for (const auto& bad : {forged, other_run, no_run, future}) EXPECT_TRUE(shop.send(first, bad));
  ASSERT_TRUE(shop.jetstream().publish({first.message.result, "", "garbage", {}}, Millis(3'000)));
  // Results are taken in order: once the good one has had its effect, the bad ones had their chance.
  EXPECT_TRUE(shop.send(first, result));
  ASSERT_TRUE(eventually([&] { return count("one", "step.scheduled /do/1/second") == 1; }));
  EXPECT_EQ(count("one", "step.completed /do/0/first"), 1);
  EXPECT_EQ(count("one", "step.late_result /do/0/first"), 0);
  EXPECT_NE(engine_->metrics().find("wrong-token"), std::string::npos);
}

// Hard case 8.
TEST_F(Engines, HardCase08_AResultThatComesTwiceCountsOnce) {
  deploy(kTwoSteps);
  TestWorker shop(nats_, {"shop.first", "shop.second"}, [](TestWorker& self, const TestWorker::Task& task) {
    const auto result = TestWorker::result_of(task, wire::Outcome::kCompleted, Value::object());
    EXPECT_TRUE(self.send(task, result));
    EXPECT_TRUE(self.send(task, result));
    self.acknowledge(task);
  });
  ASSERT_TRUE(submit("one", {{"n", 7}}));
  ASSERT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(count("one", "step.completed /do/0/first"), 1);
  EXPECT_EQ(count("one", "step.completed /do/1/second"), 1);
}

// Hard cases 5 and 6: whether the effect happened before the worker died, the task comes again under the same key.
TEST_F(Engines, HardCase05and06_ATaskOutlivesItsWorker) {
  deploy("  - first: { call: shop.first }\n");
  std::atomic<bool> taken{false};
  auto dying = std::make_unique<TestWorker>(
      nats_, std::vector<std::string>{"shop.first"}, [&](TestWorker&, const TestWorker::Task&) { taken = true; }, 500);
  const auto submitted = submit("one");
  ASSERT_TRUE(eventually([&] { return taken.load(); }));
  dying.reset();
  std::atomic<std::uint32_t> deliveries{0};
  TestWorker next(
      nats_, {"shop.first"},
      [&](TestWorker& self, const TestWorker::Task& task) {
        deliveries = task.deliveries;
        self.complete(task);
      },
      500);
  ASSERT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(deliveries, 2U);
  EXPECT_EQ(next.seen(submitted->run.str() + ":/do/0/first:1"), 1);
}

// Hard case 18.
TEST_F(Engines, HardCase18_CancelRacingCompletionEndsInOneOfTheTwo) {
  deploy("  - first: { call: shop.first, compensate: { call: shop.undo } }\n");
  TestWorker shop(nats_, {"shop.first", "shop.undo"},
                  [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  for (int i = 0; i < 20; ++i) {
    const std::string id = "race-" + std::to_string(i);
    ASSERT_TRUE(submit(id));
    const auto cancelled = operate(id, {Verb::kCancel, "changed my mind", "test", "", std::nullopt, {}});
    ASSERT_TRUE(eventually([&] { return status(id) == "completed" || status(id) == "cancelled"; })) << told(id);
    if (!cancelled) {
      EXPECT_EQ(cancelled.error().kind, ErrorKind::kConflict) << cancelled.error().message;
    }
  }
}

TEST_F(Engines, ACancelledSagaThatNobodyServesEndsAtOnce) {
  deploy(kTwoSteps);
  ASSERT_TRUE(submit("one", {{"n", 1}}));
  ASSERT_TRUE(eventually([&] { return engine_->readiness().broker_ok; }));
  ASSERT_TRUE(operate("one", {Verb::kCancel, "no", "test", "", std::nullopt, {}}));
  EXPECT_TRUE(becomes("one", "cancelled"));
}

TEST_F(Engines, ATaskThatNobodyServesIsShownAsSuch) {
  deploy(kTwoSteps);
  ASSERT_TRUE(submit("one", {{"n", 1}}));
  ASSERT_TRUE(eventually([&] {
    for (const auto& type : engine_->workers()) {
      if (type.task == "shop.first" && type.waiting == 1 && type.unserved_since) return true;
    }
    return false;
  }));
}

TEST_F(Engines, AnEmittedEventReachesTheStreamOnce) {
  deploy("  - tell: { emit: { event: { with: { source: 'https://test', type: order.placed } } } }\n");
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(becomes("one", "completed"));
  const auto connection = skald::testing::connect(nats_);
  bus::JetStream jetstream(*connection);
  ASSERT_TRUE(eventually([&] {
    const auto stream = jetstream.stream("SKALD_EVENTS");
    return stream && *stream && (*stream)->messages == 1;
  }));
  const auto event = jetstream.last("SKALD_EVENTS", "skald.v1.event.order.placed");
  ASSERT_TRUE(event && *event);
  EXPECT_EQ(Value::parse((*event)->data).value("type", ""), "order.placed");
}

TEST_F(Engines, AWorkflowVersionIsImmutable) {
  deploy(kTwoSteps);
  const auto same = engine_->deploy(
      std::string("document: { dsl: '1.0.3', namespace: test, name: flow, version: '1.0.0' }\ndo:\n") + kTwoSteps,
      "test.yaml");
  ASSERT_TRUE(same);
  EXPECT_FALSE(same->created);
  const auto other = engine_->deploy(
      "document: { dsl: '1.0.3', namespace: test, name: flow, version: '1.0.0' }\ndo:\n  - a: { set: { x: 1 } }\n",
      "test.yaml");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, "version-taken");
  EXPECT_EQ(submit("x").has_value(), true);
  std::promise<Result<Submitted>> unknown;
  engine_->submit({"test/nothing", "", "", {}, {}}, [&](Result<Submitted> result) { unknown.set_value(result); });
  EXPECT_EQ(unknown.get_future().get().error().code, "unknown-workflow");
}

TEST_F(Engines, WatchersHearOfEveryChange) {
  deploy(kTwoSteps);
  TestWorker shop(nats_, {"shop.first", "shop.second"},
                  [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  const auto submitted = submit("one", {{"n", 1}});
  std::atomic<std::uint64_t> heard{0};
  const auto watcher = engine_->watch(submitted->run, [&](const SagaChange& change) { heard = change.events; });
  ASSERT_TRUE(becomes("one", "completed"));
  const auto total = engine_->show(submitted->run)->summary.events;
  EXPECT_TRUE(eventually([&] { return heard == total || heard == 0; }));
  engine_->unwatch(watcher);
}

TEST_F(Engines, HundredsAtOnceAllEnd) {
  deploy(kTwoSteps);
  TestWorker shop(nats_, {"shop.first", "shop.second"},
                  [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  constexpr int kSagas = 300;
  std::atomic<int> accepted{0};
  for (int i = 0; i < kSagas; ++i) {
    engine_->submit({"test/flow", "", "s" + std::to_string(i), Payload(Value{{"n", i}}), {}},
                    [&](const Result<Submitted>& result) { accepted += result ? 1 : 0; });
  }
  ASSERT_TRUE(eventually([&] { return accepted == kSagas; }));
  store::ListQuery completed;
  completed.status = "completed";
  EXPECT_TRUE(eventually([&] { return *engine_->count(completed) == kSagas; }, std::chrono::milliseconds(60'000)));
}

}  // namespace
}  // namespace skald::runtime
