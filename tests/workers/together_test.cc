// Several tasks in one message.

#include <atomic>
#include <map>
#include <mutex>
#include <thread>

#include "engine/wire/cancel.h"
#include "engine/wire/presence.h"
#include "tests/workers/worker_fixture.h"
#include "workers/short_tasks.h"

namespace skald::workers {
namespace {

using Together = WorkerTest;

TEST_F(Together, TasksOfOneMessageAreAnsweredOneByOneAndKeptUntilTheLastIsDone) {
  std::atomic<int> calls{0};
  std::atomic<bool> go{false};
  const auto worker = start(
      [&](const Task& task, const std::stop_token&) {
        ++calls;
        if (task.message.key == "b") {
          EXPECT_TRUE(eventually([&] { return go.load(); }));
          std::this_thread::sleep_for(std::chrono::milliseconds(1'500));  // three ack waits
        }
        return Answer::completed({{"trace", task.traceparent}});
      },
      4, Millis(500));
  auto traced = engine_.task("demo.work", "a");
  traced.traceparent = "00-of-a";
  engine_.publish({traced, engine_.task("demo.work", "b"), engine_.task("demo.work", "c")});
  ASSERT_TRUE(engine_.result("a"));
  ASSERT_TRUE(engine_.result("c"));
  EXPECT_EQ(engine_.result("a")->output.value()["trace"], "00-of-a");
  EXPECT_EQ(engine_.left(), 1U) << "one of its tasks is not done";
  go = true;
  ASSERT_TRUE(engine_.result("b"));
  EXPECT_TRUE(eventually([&] { return engine_.left() == 0; }));
  EXPECT_EQ(calls, 3);
  EXPECT_EQ(worker->in_flight(), 0U);
}

TEST_F(Together, AMessageThatComesAgainIsNotDoneAgain) {
  std::atomic<int> calls{0};
  std::atomic<bool> go{false};
  const auto worker = start([&](const Task& task, const std::stop_token&) {
    ++calls;
    if (task.message.key == "b") eventually([&] { return go.load(); });
    return Answer::completed(nullptr);
  });
  const std::vector tasks{engine_.task("demo.work", "a"), engine_.task("demo.work", "b")};
  engine_.publish(tasks);
  ASSERT_TRUE(engine_.result("a"));
  engine_.publish(tasks);  // one is answered from memory, the other is at work, and belongs to this message now
  ASSERT_TRUE(eventually([&] { return engine_.results().size() == 2; }));
  EXPECT_EQ(calls, 2);
  go = true;
  ASSERT_TRUE(engine_.result("b"));
  EXPECT_TRUE(eventually([&] { return worker->in_flight() == 0; }));
  EXPECT_EQ(calls, 2);
}

TEST_F(Together, ATaskThatIsTwiceInAMessageIsDoneOnce) {
  std::atomic<int> calls{0};
  const auto worker = start([&](const Task&, const std::stop_token&) {
    ++calls;
    return Answer::completed(nullptr);
  });
  engine_.publish({engine_.task("demo.work", "a"), engine_.task("demo.work", "a"), engine_.task("demo.work", "b")});
  ASSERT_TRUE(engine_.result("a"));
  ASSERT_TRUE(engine_.result("b"));
  EXPECT_TRUE(eventually([&] { return engine_.left() == 0 && worker->in_flight() == 0; }));
  EXPECT_EQ(calls, 2);
}

TEST_F(Together, OfAMessageOfWhichSomeIsAnsweredTheRestWaitsHere) {
  std::atomic<int> calls{0};
  const auto worker = start([&](const Task& task, const std::stop_token&) {
    if (task.message.key != "b") return ++calls, Answer::completed(nullptr);
    EXPECT_TRUE(eventually([&] { return calls > 0; }));  // while nothing was begun, all goes back
    return ++calls < 10 ? Answer::later(Millis(20)) : Answer::completed(nullptr);
  });
  engine_.publish({engine_.task("demo.work", "a"), engine_.task("demo.work", "b"), engine_.task("demo.work", "c")});
  ASSERT_TRUE(engine_.result("b"));
  EXPECT_EQ(engine_.result("b")->deliveries, 1U);
  EXPECT_TRUE(eventually([&] { return engine_.left() == 0; }));
  EXPECT_GE(calls, 10);
  EXPECT_EQ(engine_.results().size(), 3U);
}

TEST_F(Together, WhatWaitsForLongerThanItsTimeoutIsNotBegun) {
  std::atomic<int> calls{0};
  const auto worker = start([&](const Task& task, const std::stop_token&) {
    if (task.message.key == "a") return ++calls, Answer::completed(nullptr);
    EXPECT_TRUE(eventually([&] { return calls > 0; }));
    return ++calls, Answer::later(Millis(60'000));
  });
  auto waits = engine_.task("demo.work", "b");
  waits.timeout = Millis(400);
  engine_.publish({engine_.task("demo.work", "a"), waits});
  const auto result = engine_.result("b");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->outcome, wire::Outcome::kFailed) << "not unknown: nothing was done";
  EXPECT_EQ(result->error.value()["type"], "urn:skald:error:timeout");
  EXPECT_TRUE(eventually([&] { return engine_.left() == 0; }));
  EXPECT_EQ(calls, 2);
}

TEST_F(Together, NeverMoreAtATimeThanTheConcurrency) {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  const auto worker = start([&](const Task&, const std::stop_token&) {
    const int now = ++running;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    --running;
    return Answer::completed(nullptr);
  });
  for (int message = 0; message < 8; ++message) {
    std::vector<wire::TaskMessage> tasks;
    tasks.reserve(10);
    for (int i = 0; i < 10; ++i) tasks.push_back(engine_.task("demo.work", std::to_string(message * 10 + i)));
    engine_.publish(tasks);
  }
  EXPECT_TRUE(eventually([&] { return engine_.results().size() == 80 && engine_.left() == 0; }));
  EXPECT_EQ(most, 4);
}

TEST_F(Together, DrainingHandsBackAtOnceAMessageThatWaitsForItsTurn) {
  std::atomic<int> begun{0};
  std::atomic<bool> go{false};
  auto worker = start([&](const Task&, const std::stop_token&) {
    ++begun;
    eventually([&] { return go.load(); });
    return Answer::completed(nullptr);
  });
  engine_.publish({engine_.task("demo.work", "a"), engine_.task("demo.work", "b"), engine_.task("demo.work", "c"),
                   engine_.task("demo.work", "d")});  // all of its concurrency
  engine_.publish({engine_.task("demo.work", "e"), engine_.task("demo.work", "f")});
  ASSERT_TRUE(eventually([&] { return worker->in_flight() == 6 && begun == 4; }));
  std::thread stopping([&] { worker->stop(); });
  EXPECT_TRUE(eventually([&] { return worker->in_flight() == 4; }));
  const auto next = start([](const Task&, const std::stop_token&) { return Answer::completed(nullptr); });
  EXPECT_TRUE(engine_.result("e") && engine_.result("f"));
  go = true;
  stopping.join();
  EXPECT_EQ(engine_.left(), 0U);
}

TEST_F(Together, AMessageOfWhichNothingIsAnsweredIsHandedBack) {
  std::atomic<int> calls{0};
  const auto worker = start([&](const Task&, const std::stop_token&) {
    return ++calls <= 2 ? Answer::later(Millis(50)) : Answer::completed(nullptr);
  });
  engine_.publish({engine_.task("demo.work", "a"), engine_.task("demo.work", "b")});
  ASSERT_TRUE(engine_.result("a"));
  ASSERT_TRUE(engine_.result("b"));
  EXPECT_GE(engine_.result("a")->deliveries, 2U);
  EXPECT_TRUE(eventually([&] { return engine_.left() == 0; }));
}

TEST_F(Together, AMessageThatWasHandedBackIsDoneOnceWhenItComesAgain) {
  std::atomic<int> calls{0};
  std::atomic<bool> go{false};
  const auto worker = start(
      [&](const Task& task, const std::stop_token&) {
        if (task.message.key == "long") eventually([&] { return go.load(); });
        return ++calls == 1 ? Answer::later(Millis(0)) : Answer::completed(nullptr);
      },
      2);
  engine_.publish(engine_.task("demo.work", "long"));  // so that the first goes back while the others wait for a turn
  ASSERT_TRUE(eventually([&] { return worker->in_flight() == 1; }));
  engine_.publish({engine_.task("demo.work", "a"), engine_.task("demo.work", "b"), engine_.task("demo.work", "c")});
  ASSERT_TRUE(engine_.result("a") && engine_.result("b") && engine_.result("c"));
  go = true;
  EXPECT_TRUE(eventually([&] { return engine_.left() == 0 && worker->in_flight() == 0; }));
  EXPECT_EQ(calls, 5) << "the first twice";
  EXPECT_EQ(engine_.results().size(), 4U);
}

TEST_F(Together, DrainingFinishesAMessageThatWasBegun) {
  std::atomic<bool> begun{false};
  std::atomic<bool> go{false};
  auto worker = start(
      [&](const Task&, const std::stop_token&) {
        begun = true;
        eventually([&] { return go.load(); });
        return Answer::completed(nullptr);
      },
      1);
  engine_.publish({engine_.task("demo.work", "a"), engine_.task("demo.work", "b"), engine_.task("demo.work", "c")});
  ASSERT_TRUE(eventually([&] { return begun.load(); }));
  std::thread stopping([&] { worker->stop(); });
  go = true;
  stopping.join();
  EXPECT_TRUE(eventually([&] { return engine_.results().size() == 3; }));
  EXPECT_EQ(engine_.left(), 0U);
}

TEST_F(Together, WhatIsNotBegunWhenTheDrainIsOverComesAgain) {
  std::atomic<int> calls{0};
  std::atomic<bool> go{false};
  std::atomic<bool> left{false};
  auto subscription = engine_.connection().subscribe("skald.v1.worker.>", [&](const bus::Message& message) {
    if (wire::decode_presence(message.data, false)->concurrency == 0) left = true;
  });
  options_.drain = Millis(50);
  auto worker = start(
      [&](const Task&, const std::stop_token&) {
        ++calls;
        eventually([&] { return go.load(); });
        return Answer::completed(nullptr);
      },
      1);
  engine_.publish({engine_.task("demo.work", "a"), engine_.task("demo.work", "b")});
  ASSERT_TRUE(eventually([&] { return calls == 1; }));
  std::thread stopping([&] { worker->stop(); });
  EXPECT_TRUE(eventually([&] { return left.load(); }));
  go = true;
  stopping.join();
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(engine_.left(), 1U);
  worker.reset();
  const auto next = start([](const Task&, const std::stop_token&) { return Answer::completed(nullptr); });
  EXPECT_TRUE(engine_.result("b"));
}

TEST_F(Together, TakesSeveralTasksInAMessageWhileTheyAreShort) {
  std::mutex mutex;
  wire::PresenceMessage seen;
  auto subscription = engine_.connection().subscribe("skald.v1.worker.>", [&](const bus::Message& message) {
    const std::lock_guard lock(mutex);
    seen = *wire::decode_presence(message.data, false);
  });
  const auto takes = [&](std::uint32_t together) {
    return eventually([&] {
      const std::lock_guard lock(mutex);
      return seen.worker == "w" && seen.together == together;
    });
  };
  std::atomic<bool> open{false};
  const auto worker = start([&](const Task&, const std::stop_token&) {
    return open ? Answer::later(Millis(20)) : Answer::completed(nullptr);
  });
  ASSERT_TRUE(takes(1)) << "nothing is known of them yet";
  for (int i = 0; i < 40; ++i) engine_.publish(engine_.task("demo.work", "k" + std::to_string(i)));
  EXPECT_TRUE(takes(2)) << "half of what it does at a time";
  open = true;
  engine_.publish(engine_.task("demo.work", "back"));
  EXPECT_TRUE(takes(1)) << "what is handed back might hold up others";
  open = false;
  EXPECT_TRUE(engine_.result("back"));
}

TEST_F(Together, ATaskWhoseTimeIsUpBeforeItsTurnIsAnsweredThen) {
  std::atomic<bool> go{false};
  std::atomic<int> calls{0};
  const auto worker = start(
      [&](const Task&, const std::stop_token&) {
        ++calls;
        eventually([&] { return go.load(); });
        return Answer::completed(nullptr);
      },
      1);
  auto waits = engine_.task("demo.work", "b");
  waits.timeout = Millis(300);
  engine_.publish({engine_.task("demo.work", "a"), waits});
  const auto result = engine_.result("b");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->outcome, wire::Outcome::kFailed);
  EXPECT_EQ(calls, 1);
  go = true;
  EXPECT_TRUE(eventually([&] { return engine_.left() == 0 && worker->in_flight() == 0; }));
  EXPECT_EQ(calls, 1);
}

TEST_F(Together, AHandlerGetsWhatIsLeftOfTheTimeout) {
  std::atomic<std::int64_t> timeout{0};
  const auto worker = start(
      [&](const Task& task, const std::stop_token&) {
        if (task.message.timeout) timeout = task.message.timeout->count();
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return Answer::completed(nullptr);
      },
      1);
  auto second = engine_.task("demo.work", "b");
  second.timeout = Millis(5'000);
  engine_.publish({engine_.task("demo.work", "a"), second});
  ASSERT_TRUE(engine_.result("b"));
  EXPECT_LE(timeout, 4'950);
  EXPECT_GT(timeout, 0);
}

TEST_F(Together, WhatIsCancelledBeforeItsTurnIsNotBegun) {
  std::atomic<int> calls{0};
  const auto worker = start(
      [&](const Task&, const std::stop_token& stop) {
        ++calls;
        EXPECT_TRUE(eventually([&] { return stop.stop_requested(); }));
        return Answer::completed(nullptr);
      },
      1);
  engine_.publish({engine_.task("demo.work", "a"), engine_.task("demo.work", "b")});
  ASSERT_TRUE(eventually([&] { return calls == 1 && worker->in_flight() == 2; }));
  for (const char* key : {"b", "a"}) {
    const auto cancel = wire::CancelMessage{RunId("01936c5d-8f3b-7003-8000-0000000000ff"), key, 1};
    engine_.send("skald.v1.cancel.demo.work", wire::encode(cancel));
  }
  const auto result = engine_.result("b");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->outcome, wire::Outcome::kFailed);
  EXPECT_EQ(result->error.value()["type"], "urn:skald:error:cancelled");
  EXPECT_EQ(calls, 1);
}

TEST_F(Together, ALeavingWorkerDoesNotWaitForWhatCannotBeBegun) {
  std::atomic<bool> waits{false};
  options_.drain = Millis(60'000);
  auto worker = start([&](const Task& task, const std::stop_token&) {
    if (task.message.key == "a") return Answer::completed(nullptr);
    EXPECT_TRUE(engine_.result("a"));
    waits = true;
    return Answer::later(Millis(60'000));
  });
  engine_.publish({engine_.task("demo.work", "a"), engine_.task("demo.work", "b")});
  ASSERT_TRUE(eventually([&] { return waits.load(); }));
  const auto before = std::chrono::steady_clock::now();
  worker->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(30));
  EXPECT_EQ(engine_.left(), 0U) << "the engine finds that it is gone, and publishes what is left of it";
  EXPECT_EQ(engine_.results().size(), 1U);
}

TEST(ShortTasks, AsksForWhatFillsTheConcurrencyAsMessagesComeOfLate) {
  ShortTasks tasks;
  tasks.add("demo.work", 64, 16);
  EXPECT_EQ(tasks.room("demo.work", 0), 64U);
  EXPECT_EQ(tasks.room("demo.work", 63), 1U);
  EXPECT_EQ(tasks.room("demo.work", 64), 0U);
  EXPECT_EQ(tasks.room("demo.work", 80), 0U);
  for (int i = 0; i < 200; ++i) tasks.came("demo.work", 16);
  EXPECT_NEAR(static_cast<double>(tasks.room("demo.work", 0)), 4, 1);
  EXPECT_EQ(tasks.room("demo.work", 63), 1U);
  for (int i = 0; i < 200; ++i) tasks.came("demo.work", 1);
  EXPECT_EQ(tasks.room("demo.work", 0), 64U);
}

TEST(ShortTasks, NoMoreGoTogetherThanHalfOfWhatIsDoneAtATime) {
  for (const auto& [concurrency, most] :
       std::map<std::size_t, std::uint32_t>{{1, 1}, {2, 1}, {5, 2}, {16, 8}, {256, 16}}) {
    ShortTasks tasks;
    tasks.add("demo.work", concurrency, 16);
    EXPECT_EQ(tasks.together().at("demo.work"), 1U) << "nothing is known of them yet";
    for (int i = 0; i < 100; ++i) tasks.took("demo.work", std::chrono::milliseconds(1));
    EXPECT_EQ(tasks.together().at("demo.work"), most);
  }
}

}  // namespace
}  // namespace skald::workers
