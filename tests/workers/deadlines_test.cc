#include "workers/sidecar/deadlines.h"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/bus/nats_fixture.h"

namespace skald::workers {
namespace {

using skald::testing::eventually;
using std::chrono::steady_clock;

TEST(Deadlines, CallWhenTheTimeHasComeInItsOrder) {
  Deadlines deadlines;
  std::string order;
  std::mutex mutex;
  const auto say = [&](char what) {
    return [&order, &mutex, what] {
      const std::lock_guard lock(mutex);
      order += what;
    };
  };
  const auto now = steady_clock::now();
  Deadlines::Watch later(deadlines, now + std::chrono::milliseconds(60), say('b'));
  Deadlines::Watch sooner(deadlines, now + std::chrono::milliseconds(30), say('a'));
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return order == "ab";
  }));
  EXPECT_TRUE(sooner.end());
  EXPECT_TRUE(later.end());
}

TEST(Deadlines, WhatHasEndedInTimeIsNotCalled) {
  Deadlines deadlines;
  std::atomic<int> calls{0};
  Deadlines::Watch watch(deadlines, steady_clock::now() + std::chrono::milliseconds(20), [&] { ++calls; });
  EXPECT_FALSE(watch.end());
  std::atomic<bool> past{false};
  Deadlines::Watch behind(deadlines, steady_clock::now() + std::chrono::milliseconds(60), [&] { past = true; });
  EXPECT_TRUE(eventually([&] { return past.load(); }));
  EXPECT_EQ(calls, 0);
}

// Where the thread looks at what has ended, AddressSanitizer sees it.
TEST(Deadlines, OneMayEndWhileItIsWaitedFor) {
  Deadlines deadlines;
  const auto far = steady_clock::now() + std::chrono::hours(1);
  for (int i = 0; i < 1'000; ++i) {
    Deadlines::Watch watch(deadlines, far, [] {});
    std::this_thread::yield();
    EXPECT_FALSE(watch.end());
  }
}

TEST(Deadlines, AnEndWaitsForTheCallThatRuns) {
  Deadlines deadlines;
  std::atomic<bool> running{false};
  std::atomic<bool> go_on{false};
  std::atomic<bool> done{false};
  auto watch = std::make_unique<Deadlines::Watch>(deadlines, steady_clock::now(), [&] {
    running = true;
    eventually([&] { return go_on.load(); });
    done = true;
  });
  ASSERT_TRUE(eventually([&] { return running.load(); }));
  std::thread helper([&] { go_on = true; });
  watch.reset();
  EXPECT_TRUE(done);
  helper.join();
}

}  // namespace
}  // namespace skald::workers
