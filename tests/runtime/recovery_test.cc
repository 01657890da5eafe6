// Engines and brokers that stop, forget and come back.

#include "engine/base/msgpack.h"
#include "engine/wire/token.h"
#include "tests/runtime/engine_fixture.h"

namespace skald::runtime {
namespace {

constexpr const char* kTwoSteps = R"(
  - first: { call: shop.first, compensate: { call: shop.undo } }
  - second: { call: shop.second }
)";

class Recovery : public EngineTest {};

TEST_F(Recovery, ASagaGoesOnAfterTheEngineCameBack) {
  start_engine();
  deploy(kTwoSteps);
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(eventually([&] { return count("one", "step.scheduled /do/0/first") == 1; }));
  stop_engine();
  TestWorker shop(nats_, {"shop.first", "shop.second"},
                  [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  start_engine();
  ASSERT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(shop.tasks(), 2) << told("one");
}

// There, each task had a row of its own from when it was decided, and nothing said that there are tasks.
TEST_F(Recovery, ASagaOfAStoreOfFormat1GoesOn) {
  start_engine();
  deploy(kTwoSteps);
  ASSERT_TRUE(submit("one"));
  const RunId run = *engine_->resolve("one");
  stop_engine();
  {
    const auto log = store::RocksLog::open(folder_);
    ASSERT_TRUE(log) << log.error().message;
    store::Batch earlier;
    earlier.pending_removed = *(*log)->pending_of(run);
    earlier.pending = {{run, "task:" + run.str() + ":/do/0/first:1", encode(ActRow{1, 1, 0, 0})}};
    earlier.meta = {{"format", "1"}};
    ASSERT_TRUE((*log)->commit(earlier));
  }
  nats_.kill();
  nats_.wipe();  // the store alone knows of the task
  nats_.start();
  TestWorker shop(nats_, {"shop.first", "shop.second"},
                  [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  start_engine();
  ASSERT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(shop.tasks(), 2) << told("one");
  stop_engine();
  const auto log = store::RocksLog::open(folder_);
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_TRUE((*log)->pending_of(run)->empty());
}

TEST_F(Recovery, HardCase32_ASagaKeepsTheVersionThatItBeganWith) {
  start_engine();
  deploy("  - first: { call: shop.first }\n  - then: { call: shop.old }\n");
  ASSERT_TRUE(submit("old"));
  deploy("  - first: { call: shop.first }\n  - then: { call: shop.new }\n", "", "2.0.0");
  ASSERT_TRUE(submit("new"));
  stop_engine();
  start_engine();
  TestWorker shop(nats_, {"shop.first", "shop.old", "shop.new"},
                  [](TestWorker& self, const TestWorker::Task& task) { self.complete(task, task.message.task); });
  ASSERT_TRUE(becomes("old", "completed"));
  ASSERT_TRUE(becomes("new", "completed"));
  EXPECT_EQ(engine_->show(*engine_->resolve("old"))->output.value(), "shop.old");
  EXPECT_EQ(engine_->show(*engine_->resolve("new"))->output.value(), "shop.new");
}

// Hard case 7: what was answered while the engine was away is taken when it comes.
TEST_F(Recovery, HardCase07_ResultsWaitForTheEngine) {
  start_engine();
  deploy(kTwoSteps);
  ASSERT_TRUE(submit("one"));
  std::mutex mutex;
  std::optional<TestWorker::Task> held;
  TestWorker shop(nats_, {"shop.first", "shop.second"}, [&](TestWorker& self, const TestWorker::Task& task) {
    {
      const std::lock_guard lock(mutex);
      if (!held) {
        held = task;
        return;
      }
    }
    self.complete(task);
  });
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return held.has_value();
  }));
  stop_engine();
  shop.complete(*held, {{"late", true}});
  start_engine();
  ASSERT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(shop.tasks(), 2);
}

TEST_F(Recovery, SubmissionsAreAcceptedWhileTheBrokerIsAway) {
  nats_.kill();
  start_engine();
  deploy(kTwoSteps);
  ASSERT_TRUE(submit("one"));
  EXPECT_FALSE(engine_->readiness().broker_ok);
  EXPECT_TRUE(engine_->readiness().log_ok);
  nats_.start();
  TestWorker shop(nats_, {"shop.first", "shop.second"},
                  [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  ASSERT_TRUE(becomes("one", "completed"));
}

// Hard case 30, its first half.
TEST_F(Recovery, HardCase30_ABrokerThatWasWipedGetsEverythingAgain) {
  start_engine();
  deploy(kTwoSteps);
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(submit("s" + std::to_string(i)));
  ASSERT_TRUE(eventually([&] { return engine_->readiness().broker_ok; }));
  nats_.kill();
  nats_.wipe();
  nats_.start();
  TestWorker shop(nats_, {"shop.first", "shop.second"},
                  [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(becomes("s" + std::to_string(i), "completed"));
}

TEST_F(Recovery, ABrokerThatIsKilledAgainAndAgainLosesNothing) {
  start_engine();
  deploy(kTwoSteps);
  TestWorker shop(nats_, {"shop.first", "shop.second"},
                  [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  for (int round = 0; round < 4; ++round) {
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(submit("s" + std::to_string(round) + "-" + std::to_string(i)));
    nats_.kill();
    if (round == 2) nats_.wipe();
    nats_.start();
  }
  store::ListQuery completed;
  completed.status = "completed";
  EXPECT_TRUE(eventually([&] { return *engine_->count(completed) == 40; }, std::chrono::milliseconds(60'000)));
}

// Hard case 34, its second half.
TEST_F(Recovery, HardCase34_StreamsOfAnotherStoreAreRefused) {
  start_engine();
  ASSERT_TRUE(eventually([&] { return engine_->readiness().broker_ok; }));
  stop_engine();
  std::filesystem::remove_all(folder_);
  start_engine();
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex_);
    return fatal_ == "broker-taken";
  }));
}

TEST_F(Recovery, HardCase31_ATimerThatCameDueWhileDownFiresAtOnce) {
  start_engine();
  deploy("  - first: { call: shop.first, retry: { delay: { milliseconds: 300 } } }\n");
  std::atomic<int> tries{0};
  TestWorker shop(nats_, {"shop.first"}, [&](TestWorker& self, const TestWorker::Task& task) {
    if (++tries == 1) {
      self.answer(task, wire::Outcome::kFailed, {{"title", "not now"}});
    } else {
      self.complete(task);
    }
  });
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(eventually([&] { return count("one", "step.retry_scheduled /do/0/first") == 1; }));
  stop_engine();
  start_engine();
  EXPECT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(tries, 2);
}

TEST_F(Recovery, HardCase31_ATimerWaitsForItsTimeWhereTheClockWasSetBack) {
  constexpr std::int64_t kHour = 3'600'000;
  std::atomic<std::int64_t> shift{0};
  std::atomic<int> tries{0};
  TestWorker shop(nats_, {"shop.first"}, [&](TestWorker& self, const TestWorker::Task& task) {
    if (++tries == 1) return self.answer(task, wire::Outcome::kFailed, {{"title", "not now"}});
    self.complete(task);
  });
  start_engine_with({}, shift);
  deploy("  - first: { call: shop.first, retry: { delay: { minutes: 10 } } }\n");
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(eventually([&] { return count("one", "step.retry_scheduled /do/0/first") == 1; }));
  const auto due = [&] { return engine_->show(*engine_->resolve("one"))->summary.pending.front().next_retry_at; };
  const auto first_due = due();
  ASSERT_TRUE(first_due);

  // Set back while the engine runs, and while it is down: the timer is neither lost nor early nor moved.
  shift = -kHour;
  stop_engine();
  shift = -2 * kHour;
  start_engine_with({}, shift);
  EXPECT_EQ(due(), first_due);
  ASSERT_TRUE(operate("one", {Verb::kSuspend, "so that the shard has turned", "test", "", std::nullopt, {}}));
  ASSERT_TRUE(operate("one", {Verb::kResume, "and again", "test", "", std::nullopt, {}}));
  EXPECT_EQ(tries, 1);
  shift = 11 * 60'000;  // behind its due time, by a clock that is right again
  ASSERT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(count("one", "step.retry_scheduled /do/0/first"), 1) << told("one");
}

TEST_F(Recovery, TheHistoryOfARecoveredSagaIsWhole) {
  start_engine();
  deploy(kTwoSteps);
  const auto submitted = submit("one");
  ASSERT_TRUE(submitted);
  for (int i = 0; i < 3; ++i) {
    stop_engine();
    start_engine();
  }
  TestWorker shop(nats_, {"shop.first", "shop.second"}, [](TestWorker& self, const TestWorker::Task& task) {
    if (task.message.task == "shop.second") {
      self.answer(task, wire::Outcome::kRejected, {{"title", "no"}});
    } else {
      self.complete(task);
    }
  });
  TestWorker undo(nats_, {"shop.undo"}, [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  ASSERT_TRUE(becomes("one", "compensated"));
  stop_engine();
  const auto reader = store::RocksLog::open_reader(folder_);
  ASSERT_TRUE(reader) << reader.error().message;
  const auto verified = store::verify_chain(**reader, submitted->run);
  EXPECT_TRUE(verified) << verified.error().message;
}

// Older engines noted the stream's birth and its last sequence alone: then all of the queue is searched.
TEST_F(Recovery, TheNoteOfTheBrokerMayBeAnOlderEnginesAndNotDamaged) {
  const auto connection = skald::testing::connect(nats_);
  start_engine();
  deploy(kTwoSteps);
  ASSERT_TRUE(submit("one"));
  bus::JetStream jetstream(*connection);
  ASSERT_TRUE(comes_to_hold(jetstream, 1));
  stop_engine();
  const auto rewrite = [this](std::uint32_t members) {
    const auto log = store::RocksLog::open(folder_);
    ASSERT_TRUE(log) << log.error().message;
    const auto note = (*log)->meta(kEpochKey);
    ASSERT_TRUE(note && *note);
    MsgReader in(**note);
    (void)in.array();
    MsgWriter out;
    out.array(members);
    out.str(in.str());
    for (std::uint32_t i = 1; i < members; ++i) out.uint(i == 1 ? in.uint() : 0);
    store::Batch batch;
    batch.meta = {{kEpochKey, out.take()}};
    ASSERT_TRUE((*log)->commit(batch));
  };
  rewrite(2);
  TestWorker shop(nats_, {"shop.first", "shop.second"},
                  [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  start_engine();
  ASSERT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(shop.tasks(), 2) << told("one");
  stop_engine();
  for (const std::uint32_t members : {1U, 4U}) {
    rewrite(members);
    Options options;
    options.data_dir = folder_;
    options.nats_url = nats_.url();
    const auto engine = LocalEngine::start(options, [](const Error&) {});
    ASSERT_FALSE(engine) << members;
    EXPECT_EQ(engine.error().code, "damaged-meta");
  }
}

}  // namespace
}  // namespace skald::runtime
