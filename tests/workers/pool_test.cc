#include "workers/pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <latch>
#include <map>
#include <thread>
#include <vector>

namespace skald::workers {
namespace {

constexpr std::size_t kMost = 64;

TEST(Pool, RunsAllThatIsQueuedBeforeItStops) {
  std::atomic<int> ran = 0;
  Pool pool(4);
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(pool.run([&ran] { ++ran; }));
  pool.stop();
  EXPECT_EQ(ran, 10'000);
  EXPECT_FALSE(pool.run([] {}));
}

TEST(Pool, GivesEachLongJobAThreadOfItsOwn) {
  Pool pool(kMost);
  std::latch all(kMost);  // reached only where all run at the same time
  for (std::size_t i = 0; i < kMost; ++i) pool.run([&all] { all.arrive_and_wait(); });
  all.wait();
  EXPECT_EQ(pool.threads(), kMost);
}

// What was taken for short jobs must not wait for each other when they turn out not to be.
TEST(Pool, CallsThreadsForLongJobsBehindManyShortOnes) {
  Pool pool(kMost);
  for (int i = 0; i < 10'000; ++i) pool.run([] {});
  std::latch all(kMost);
  for (std::size_t i = 0; i < kMost; ++i) pool.run([&all] { all.arrive_and_wait(); });
  all.wait();
}

TEST(Pool, RunsBehindWhatWaitsWhereAnythingDoes) {
  Pool pool(1);
  EXPECT_FALSE(pool.run_behind([] { ADD_FAILURE() << "it was refused"; }));
  std::latch begun(1);
  std::latch go(1);
  std::string order;  // of one thread alone
  pool.run([&] {
    begun.count_down();
    go.wait();
  });
  begun.wait();
  pool.run([&order] { order += "first "; });
  EXPECT_TRUE(pool.run_behind([&order] { order += "behind "; }));
  pool.run([&order] { order += "last"; });
  go.count_down();
  pool.stop();
  EXPECT_EQ(order, "first behind last");
  EXPECT_FALSE(pool.run_behind([] {}));
}

TEST(Pool, MakesNoMoreThreadsThanItMay) {
  Pool pool(3);
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  for (int i = 0; i < 1'000; ++i) {
    pool.run([&] {
      most = std::max<int>(most, ++at_once);
      --at_once;
    });
  }
  pool.stop();
  EXPECT_LE(most, 3);
}

// A job that comes while nobody works gets a thread, however often.
TEST(Pool, LosesNoWakeUp) {
  Pool pool(8);
  for (int i = 0; i < 2'000; ++i) {
    std::latch done(1);
    pool.run([&done] { done.count_down(); });
    done.wait();
  }
}

TEST(Pool, RunsSeveralThatComeAtOnceAtTheSameTimeWhereTheyAreLong) {
  Pool pool(kMost);
  std::latch all(kMost);
  EXPECT_TRUE(pool.run_all(std::vector<Pool::Job>(kMost, [&all] { all.arrive_and_wait(); })));
  all.wait();
  pool.stop();
  EXPECT_FALSE(pool.run_all({[] {}}));
}

// In turn, each of the eight would have an eighth; where the machine is busy, another is called now and then.
TEST(Pool, CallsTheThreadThatWorkedLast) {
  constexpr int kThreads = 8;
  constexpr int kJobs = 4'000;
  Pool pool(kThreads);
  std::latch all(kThreads);
  for (int i = 0; i < kThreads; ++i) pool.run([&all] { all.arrive_and_wait(); });
  all.wait();
  std::map<std::thread::id, int> ran;  // one job at a time
  for (int i = 0; i < kJobs; ++i) {
    std::latch done(1);
    pool.run([&] {
      ++ran[std::this_thread::get_id()];
      done.count_down();
    });
    done.wait();
  }
  std::vector<int> most;
  for (const auto& [thread, jobs] : ran) most.push_back(jobs);
  std::sort(most.rbegin(), most.rend());
  most.resize(2);
  EXPECT_GT(most[0] + most[1], kJobs / 2);
}

}  // namespace
}  // namespace skald::workers
