#include "workers/worker.h"

#include <atomic>

#include "engine/wire/cancel.h"
#include "engine/wire/presence.h"
#include "tests/workers/secrets_folder.h"
#include "tests/workers/worker_fixture.h"

namespace skald::workers {
namespace {

TEST_F(WorkerTest, AnswersWithWhatTheTaskBrought) {
  const auto worker = start([](const Task& task, const std::stop_token&) {
    EXPECT_EQ(task.traceparent, "00-x");
    return Answer::completed({{"doubled", task.message.input.value().value("n", 0) * 2}});
  });
  engine_.publish(engine_.task("demo.work", "k1", {{"n", 21}}));
  const auto result = engine_.result("k1");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->token, "token-of-k1");
  EXPECT_EQ(result->outcome, wire::Outcome::kCompleted);
  EXPECT_EQ(result->output.value().value("doubled", 0), 42);
  EXPECT_EQ(result->worker, "w");
  EXPECT_EQ(result->deliveries, 1U);
  EXPECT_TRUE(result->started_at && result->finished_at);
  EXPECT_TRUE(eventually([&] { return engine_.left() == 0; })) << "the task is acknowledged";
}

TEST_F(WorkerTest, NeverMoreAtATimeThanItsConcurrency) {
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  std::atomic<bool> go{false};
  const auto worker = start(
      [&](const Task&, const std::stop_token&) {
        most = std::max(most.load(), ++now);
        eventually([&] { return go.load(); });
        --now;
        return Answer::completed(nullptr);
      },
      3);
  for (int i = 0; i < 12; ++i) engine_.publish(engine_.task("demo.work", "k" + std::to_string(i)));
  ASSERT_TRUE(eventually([&] { return now == 3; }));
  go = true;
  ASSERT_TRUE(eventually([&] { return engine_.results().size() >= 12; }));
  EXPECT_EQ(most, 3);
}

TEST_F(WorkerTest, ALongTaskIsKeptAndRunsOnce) {
  std::atomic<int> calls{0};
  const auto worker = start(
      [&](const Task&, const std::stop_token&) {
        ++calls;
        std::this_thread::sleep_for(std::chrono::milliseconds(1'500));  // three ack waits
        return Answer::completed(nullptr);
      },
      4, Millis(500));
  engine_.publish(engine_.task("demo.work", "long"));
  ASSERT_TRUE(engine_.result("long"));
  EXPECT_TRUE(eventually([&] { return engine_.left() == 0; }));
  EXPECT_EQ(calls, 1);
}

// Hard case 7 at the worker's side: what it answered before is answered again without being done again.
TEST_F(WorkerTest, HardCase07_ATaskThatComesAgainIsNotDoneAgain) {
  std::atomic<int> calls{0};
  const auto worker = start([&](const Task&, const std::stop_token&) {
    ++calls;
    return Answer::completed({{"n", calls.load()}});
  });
  engine_.publish(engine_.task("demo.work", "k"));
  ASSERT_TRUE(engine_.result("k"));
  auto again = engine_.task("demo.work", "k");
  again.dispatch = 2;
  engine_.publish(again);
  ASSERT_TRUE(eventually([&] { return engine_.results().size() == 2; }));
  EXPECT_EQ(engine_.results()[1].output, engine_.results()[0].output);
  again.attempt = 2;
  engine_.publish(again);
  ASSERT_TRUE(eventually([&] { return engine_.results().size() == 3; }));
  EXPECT_EQ(calls, 2) << "another attempt is another try";
}

TEST_F(WorkerTest, AHandlerGetsSecretsAndItsAnswerHasNone) {
  const SecretsFolder folder;
  folder.write("key", "k-1");
  options_.secrets = *Secrets::open(folder.path());
  const auto worker = start([](const Task& task, const std::stop_token&) {
    return Answer::completed({{"sent", task.message.input.value()["key"] == "Bearer k-1"}, {"said", "k-1 is known"}});
  });
  auto task = engine_.task("demo.work", "k", {{"key", "Bearer ⟦secret:key⟧"}});
  task.secrets = true;
  engine_.publish(task);
  const auto result = engine_.result("k");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->output.value(), (Value{{"sent", true}, {"said", "[secret] is known"}}));
}

TEST_F(WorkerTest, ATaskWhoseSecretIsNotThereIsNotBegun) {
  std::atomic<int> calls{0};
  const auto worker = start([&](const Task&, const std::stop_token&) {
    ++calls;
    return Answer::completed(nullptr);
  });
  auto task = engine_.task("demo.work", "k", {{"key", "⟦secret:key⟧"}});
  task.secrets = true;
  engine_.publish(task);
  const auto result = engine_.result("k");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->outcome, wire::Outcome::kFailed);
  EXPECT_EQ(result->error.value()["type"], "urn:skald:error:unknown-secret");
  EXPECT_EQ(calls, 0);
}

TEST_F(WorkerTest, ATaskBehindItsDeadlineIsNotBegun) {
  std::atomic<int> calls{0};
  const auto worker = start([&](const Task&, const std::stop_token&) {
    ++calls;
    return Answer::completed(nullptr);
  });
  auto task = engine_.task("demo.work", "late");
  task.deadline = Time{1};
  engine_.publish(task);
  const auto result = engine_.result("late");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->outcome, wire::Outcome::kFailed);
  EXPECT_EQ(calls, 0);
}

TEST_F(WorkerTest, ATaskThatTakesTooLongIsUnknownAndThenStillAnswered) {
  const auto worker = start([](const Task&, const std::stop_token&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(900));
    return Answer::completed({{"after", "all"}});
  });
  auto task = engine_.task("demo.work", "slow");
  task.timeout = Millis(200);
  engine_.publish(task);
  ASSERT_TRUE(eventually([&] { return engine_.results().size() == 2; }));
  EXPECT_EQ(engine_.results()[0].outcome, wire::Outcome::kUnknown);
  EXPECT_EQ(engine_.results()[1].outcome, wire::Outcome::kCompleted);
}

TEST_F(WorkerTest, ACancelReachesTheHandler) {
  std::atomic<bool> begun{false};
  const auto worker = start([&](const Task&, const std::stop_token& stop) {
    begun = true;
    eventually([&] { return stop.stop_requested(); });
    return Answer::failed({{"title", "stopped"}});
  });
  const auto task = engine_.task("demo.work", "k");
  engine_.publish(task);
  ASSERT_TRUE(eventually([&] { return begun.load(); }));
  engine_.send("skald.v1.cancel.demo.work", wire::encode(wire::CancelMessage{task.run, "k", 1}));
  const auto result = engine_.result("k");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->outcome, wire::Outcome::kFailed);
}

TEST_F(WorkerTest, AHandlerThatThrowsLeavesTheOutcomeUnknown) {
  const auto worker = start([](const Task&, const std::stop_token&) -> Answer { throw std::runtime_error("broken"); });
  engine_.publish(engine_.task("demo.work", "k"));
  const auto result = engine_.result("k");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->outcome, wire::Outcome::kUnknown);
  EXPECT_EQ(result->error.value().value("title", ""), "broken");
}

// Hard case 33, its first half.
TEST_F(WorkerTest, HardCase33_APoisonousTaskDoesNotStopTheOthers) {
  std::atomic<int> calls{0};
  const auto worker = start([&](const Task&, const std::stop_token&) {
    ++calls;
    return Answer::completed(nullptr);
  });
  ASSERT_TRUE(engine_.jetstream().publish({"skald.v1.task.demo.work", "", "\xC1garbage", {}}, Millis(3'000)));
  engine_.publish(engine_.task("demo.work", "good"));
  ASSERT_TRUE(engine_.result("good"));
  EXPECT_TRUE(eventually([&] { return engine_.left() == 0; }));
  EXPECT_EQ(calls, 1);
}

TEST_F(WorkerTest, HardCase33_AnAnswerThatIsTooLargeIsUnknown) {
  const auto worker =
      start([](const Task&, const std::stop_token&) { return Answer::completed(std::string(300 * 1024, 'x')); });
  engine_.publish(engine_.task("demo.work", "k"));
  const auto result = engine_.result("k");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->outcome, wire::Outcome::kUnknown);
  EXPECT_NE(result->error.json().find("payload-too-large"), std::string::npos);
}

TEST_F(WorkerTest, WhatIsHandedBackUsesUpNoAttempt) {
  std::atomic<int> calls{0};
  const auto worker = start([&](const Task&, const std::stop_token&) {
    return ++calls == 1 ? Answer::later(Millis(50)) : Answer::completed(nullptr);
  });
  engine_.publish(engine_.task("demo.work", "k"));
  const auto result = engine_.result("k");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->deliveries, 2U);
  EXPECT_EQ(engine_.results().size(), 1U);
}

TEST_F(WorkerTest, AWorkerWithOnePlaceAsksAgainAsSoonAsItIsFree) {
  std::atomic<int> calls{0};
  const auto worker = start(
      [&](const Task&, const std::stop_token&) {
        return ++calls < 10 ? Answer::later(Millis(0)) : Answer::completed(nullptr);
      },
      1);
  const auto before = std::chrono::steady_clock::now();
  engine_.publish(engine_.task("demo.work", "k"));
  ASSERT_TRUE(engine_.result("k"));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(4)) << "not once a second";
}

TEST_F(WorkerTest, DrainingFinishesWhatIsInHandAndHandsBackTheRest) {
  std::atomic<bool> begun{false};
  auto worker = start(
      [&](const Task&, const std::stop_token&) {
        begun = true;
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        return Answer::completed(nullptr);
      },
      1);
  engine_.publish(engine_.task("demo.work", "k1"));
  ASSERT_TRUE(eventually([&] { return begun.load(); }));
  engine_.publish(engine_.task("demo.work", "k2"));
  worker->stop();
  EXPECT_EQ(engine_.result("k1")->outcome, wire::Outcome::kCompleted);
  const auto next = start([](const Task&, const std::stop_token&) { return Answer::completed(nullptr); });
  EXPECT_TRUE(engine_.result("k2"));
}

TEST_F(WorkerTest, GoesOnWhenTheBrokerWasWiped) {
  const auto worker = start([](const Task&, const std::stop_token&) { return Answer::completed(nullptr); });
  engine_.publish(engine_.task("demo.work", "before"));
  ASSERT_TRUE(engine_.result("before"));
  server_.kill();
  server_.wipe();
  server_.start();
  ASSERT_TRUE(eventually([&] { return engine_.connection().connected(); }));
  engine_.make_streams();
  engine_.publish(engine_.task("demo.work", "after"));
  EXPECT_TRUE(engine_.result("after"));
}

// A consumer of a stream that is still being made would never deliver anything.
TEST_F(WorkerTest, MakesNoConsumerBeforeTheEngineHasMadeAllStreams) {
  bus::JetStream& jetstream = engine_.jetstream();
  for (const char* stream : {"SKALD_RESULTS", "SKALD_TASKS"}) {
    const auto gone =
        engine_.connection().request({std::string("$JS.API.STREAM.DELETE.") + stream, "", "", {}}, Millis(5'000));
    ASSERT_TRUE(gone) << gone.error().message;
  }
  ASSERT_TRUE(jetstream.ensure_stream(
      {{"name", "SKALD_TASKS"}, {"subjects", {"skald.v1.task.>"}}, {"retention", "workqueue"}, {"storage", "file"}}));
  std::atomic<int> looked = 0;
  const auto looks =
      engine_.connection().subscribe("$JS.API.STREAM.INFO.SKALD_RESULTS", [&looked](const bus::Message&) { ++looked; });
  WorkerOptions options;
  options.nats_url = server_.url();
  const auto done = [](const Task&, const std::stop_token&) { return Answer::completed(Value::object()); };
  const auto worker = Worker::start(options, {{"demo.work", {done, 4, {}}}});
  ASSERT_TRUE(worker);
  ASSERT_TRUE(eventually([&] { return looked >= 3; }));
  EXPECT_TRUE(jetstream.consumers("SKALD_TASKS")->empty());
  EXPECT_FALSE((*worker)->serving());
  engine_.make_streams();
  EXPECT_TRUE(eventually([&] { return (*worker)->serving(); }));
}

TEST_F(WorkerTest, SaysWhoItIsAndThatItLeaves) {
  std::mutex mutex;
  std::vector<wire::PresenceMessage> seen;
  auto subscription = engine_.connection().subscribe("skald.v1.worker.>", [&](const bus::Message& message) {
    const std::lock_guard lock(mutex);
    seen.push_back(*wire::decode_presence(message.data, false));
  });
  auto worker = start([](const Task&, const std::stop_token&) { return Answer::completed(nullptr); });
  const auto last = [&] {
    const std::lock_guard lock(mutex);
    return seen.empty() ? wire::PresenceMessage{} : seen.back();
  };
  ASSERT_TRUE(eventually([&] { return last().worker == "w"; }));
  EXPECT_EQ(last().concurrency, 4U);
  EXPECT_EQ(last().tasks, std::vector<std::string>{"demo.work"});
  worker->stop();
  EXPECT_TRUE(eventually([&] { return last().concurrency == 0; }));
}

TEST_F(WorkerTest, ManyTasksAreAllAnsweredOnce) {
  const auto worker = start([](const Task&, const std::stop_token&) { return Answer::completed(nullptr); }, 32);
  constexpr int kTasks = 500;
  for (int i = 0; i < kTasks; ++i) engine_.publish(engine_.task("demo.work", "k" + std::to_string(i)));
  EXPECT_TRUE(eventually([&] { return engine_.results().size() == kTasks; }));
  EXPECT_TRUE(eventually([&] { return engine_.left() == 0; }));
}

// Results of short tasks go together behind those that wait to be done; among these may be long ones.
TEST_F(WorkerTest, ShortTasksAreAnsweredWhileLongOnesRun) {
  constexpr int kShort = 600;
  constexpr int kLong = 7;
  std::atomic<bool> go{false};
  const auto worker = start(
      [&](const Task& task, const std::stop_token&) {
        if (task.message.key[0] == 'l') eventually([&] { return go.load(); });
        return Answer::completed(nullptr);
      },
      kLong + 1);
  for (int i = 0; i < kShort; ++i) {
    engine_.publish(engine_.task("demo.work", "s" + std::to_string(i)));
    if (i % (kShort / kLong) == 40) engine_.publish(engine_.task("demo.work", "l" + std::to_string(i)));
  }
  EXPECT_TRUE(eventually([&] { return engine_.results().size() >= kShort; })) << engine_.results().size();
  go = true;
  EXPECT_TRUE(eventually([&] { return engine_.results().size() == kShort + kLong; }));
}

TEST(Worker, RefusesWhatIsNoTaskType) {
  const auto worker = Worker::start({}, {{"Bad Type", {}}});
  ASSERT_FALSE(worker);
  EXPECT_EQ(worker.error().code, "bad-task-type");
}

}  // namespace
}  // namespace skald::workers
