// Several tasks in one message.

#include <atomic>
#include <mutex>
#include <thread>

#include "engine/wire/presence.h"
#include "tests/workers/worker_fixture.h"

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

TEST_F(Together, AMessageOfWhichSomeIsAnsweredIsNotHandedBack) {
  std::atomic<int> calls{0};
  const auto worker = start([&](const Task& task, const std::stop_token&) {
    ++calls;
    return task.message.key == "b" ? Answer::later(Millis(50)) : Answer::completed(nullptr);
  });
  engine_.publish({engine_.task("demo.work", "a"), engine_.task("demo.work", "b"), engine_.task("demo.work", "c")});
  EXPECT_TRUE(eventually([&] { return engine_.results().size() == 2 && engine_.left() == 0; }))
      << "the engine finds that it is gone, and publishes what is left";
  EXPECT_EQ(calls, 3);
}

TEST_F(Together, AMessageOfWhichNothingIsAnsweredIsHandedBack) {
  std::atomic<int> calls{0};
  const auto worker = start([&](const Task&, const std::stop_token&) {
    return ++calls <= 2 ? Answer::later(Millis(50)) : Answer::completed(nullptr);
  });
  engine_.publish({engine_.task("demo.work", "a"), engine_.task("demo.work", "b")});
  ASSERT_TRUE(engine_.result("a"));
  ASSERT_TRUE(engine_.result("b"));
  EXPECT_EQ(engine_.result("a")->deliveries, 2U);
  EXPECT_TRUE(eventually([&] { return engine_.left() == 0; }));
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
  options_.together = 16;
  const auto worker = start([&](const Task&, const std::stop_token&) {
    return open ? Answer::later(Millis(20)) : Answer::completed(nullptr);
  });
  ASSERT_TRUE(takes(1)) << "nothing is known of them yet";
  for (int i = 0; i < 40; ++i) engine_.publish(engine_.task("demo.work", "k" + std::to_string(i)));
  EXPECT_TRUE(takes(4)) << "as many as it does at a time";
  open = true;
  engine_.publish(engine_.task("demo.work", "back"));
  EXPECT_TRUE(takes(1)) << "what is handed back might hold up others";
  open = false;
  EXPECT_TRUE(engine_.result("back"));
}

}  // namespace
}  // namespace skald::workers
