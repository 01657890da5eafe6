#include "engine/runtime/commit_pace.h"

#include <gtest/gtest.h>

namespace skald::runtime {
namespace {

using std::chrono::microseconds;
using Clock = CommitPace::Clock;

constexpr Clock::time_point kStart{std::chrono::seconds(1'000)};

// `events` each `every`, for as long as three windows; each is committed at once.
Clock::time_point trickle(CommitPace& pace, std::size_t events, microseconds every) {
  Clock::time_point now = kStart;
  for (; now < kStart + 3 * CommitPace::kWindow; now += every) {
    pace.begun(now);
    pace.appended(events, now);
  }
  return now;
}

TEST(CommitPace, ASagaAloneNeverWaits) {
  CommitPace pace;
  pace.appended(2, kStart);
  EXPECT_LE(pace.wait_until(), kStart);
  const auto now = trickle(pace, 2, microseconds(500));
  pace.begun(now);
  pace.appended(2, now);
  EXPECT_LE(pace.wait_until(), now);
}

TEST(CommitPace, WhereManyAreAtWorkItWaitsUntilEnoughAreThereOrTheTimeIsUp) {
  CommitPace pace;
  const auto now = trickle(pace, 10, microseconds(500));
  pace.begun(now);
  pace.appended(12, now);
  EXPECT_EQ(pace.wait_until(), now + pace.patience());
  pace.appended(12, now + microseconds(500));
  EXPECT_EQ(pace.wait_until(), now + pace.patience());
  pace.appended(12, now + microseconds(900));
  EXPECT_LE(pace.wait_until(), now) << "enough";
  pace.begun(now + microseconds(1'000));
  pace.appended(1, now + microseconds(5'000));
  EXPECT_LT(pace.wait_until(), now + microseconds(5'000)) << "the last commit is long ago";
}

TEST(CommitPace, WhatIsStillToBeDecidedCounts) {
  CommitPace pace;
  const auto now = trickle(pace, 10, microseconds(500));
  pace.begun(now);
  pace.expected(CommitPace::kMostEnough / CommitPace::kEventsOfADecision - 1);
  EXPECT_EQ(pace.wait_until(), now + pace.patience());
  pace.expected(1);
  EXPECT_LE(pace.wait_until(), now) << "enough";
  pace.begun(now + microseconds(500));
  EXPECT_EQ(pace.wait_until(), now + microseconds(500) + pace.patience()) << "it has gone with that commit";
}

TEST(CommitPace, DecisionsMayWaitUnlessTheyAreMoreThanAFewCommitsTake) {
  CommitPace pace;
  EXPECT_FALSE(pace.decisions_may_wait()) << "few come";
  const auto now = trickle(pace, 10, microseconds(500));
  pace.begun(now);
  pace.expected(CommitPace::kMostEnough / CommitPace::kEventsOfADecision);
  EXPECT_LE(pace.wait_until(), now) << "the commit does not wait for more";
  EXPECT_TRUE(pace.decisions_may_wait()) << "but they may wait for it";
  pace.expected((CommitPace::kCommitsAhead - 1) * CommitPace::kMostEnough / CommitPace::kEventsOfADecision - 1);
  EXPECT_TRUE(pace.decisions_may_wait());
  pace.expected(1);
  EXPECT_FALSE(pace.decisions_may_wait());
  pace.begun(now + microseconds(500));
  EXPECT_TRUE(pace.decisions_may_wait());
}

TEST(CommitPace, WhereManyHaveComeAFewLessAreManyStill) {
  const auto waits = [](CommitPace& pace, std::size_t events, int windows, Clock::time_point& now) {
    for (const auto end = now + windows * CommitPace::kWindow; now < end; now += microseconds(500)) {
      pace.begun(now);
      pace.appended(events, now);
    }
    pace.begun(now);
    return pace.wait_until() > now;
  };
  CommitPace pace;
  Clock::time_point now = kStart;
  EXPECT_FALSE(waits(pace, 5, 3, now)) << "10 a millisecond";
  EXPECT_TRUE(waits(pace, 7, 3, now)) << "14";
  EXPECT_TRUE(waits(pace, 5, 3, now)) << "10 again";
  EXPECT_FALSE(waits(pace, 4, 3, now)) << "8";
  EXPECT_FALSE(waits(pace, 5, 3, now)) << "10 once more";
}

// So many commits, each of which took so long.
void commit(CommitPace& pace, int times, microseconds took) {
  for (int i = 0; i < times; ++i) pace.ended(took);
}

TEST(CommitPace, WaitsAsLongAsCommitsAreWorth) {
  CommitPace pace;
  EXPECT_EQ(pace.patience(), CommitPace::kMostPatience);
  commit(pace, 200, microseconds(500));
  EXPECT_NEAR(pace.patience() / microseconds(1), 500 * CommitPace::kTimes, 20);
  EXPECT_NEAR(pace.enough(), CommitPace::kMostEnough * 500 * CommitPace::kTimes / 2'500, 1);
  commit(pace, 1, microseconds(100'000));
  EXPECT_LT(pace.patience(), microseconds(1'600)) << "one alone does not count for much";
  commit(pace, 200, microseconds(100'000));
  EXPECT_LE(pace.patience(), CommitPace::kMostPatience);
  EXPECT_GT(pace.patience(), CommitPace::kMostPatience - microseconds(20));
  commit(pace, 200, microseconds(1));
  EXPECT_NEAR(pace.patience() / microseconds(1), CommitPace::kLeastPatience.count(), 20);
}

TEST(CommitPace, LeavesTimeWhereTheDiskTakesMostOfACommit) {
  CommitPace pace;
  EXPECT_FALSE(pace.leaves_time(1)) << "nothing is known yet";
  commit(pace, 200, microseconds(400));
  EXPECT_TRUE(pace.leaves_time(8));
  EXPECT_FALSE(pace.leaves_time(32));
  commit(pace, 1, microseconds(1'000'000));
  EXPECT_FALSE(pace.leaves_time(32)) << "one alone does not count for much";
  commit(pace, 200, microseconds(3'000));
  EXPECT_TRUE(pace.leaves_time(120));
  EXPECT_FALSE(pace.leaves_time(130));
}

TEST(CommitPace, WhereCommitsAreQuickFewerAreEnough) {
  CommitPace pace;
  commit(pace, 200, microseconds(1));
  const auto now = trickle(pace, 10, microseconds(500));
  pace.begun(now);
  pace.appended(pace.enough() - 1, now);
  EXPECT_EQ(pace.wait_until(), now + pace.patience());
  pace.appended(1, now);
  EXPECT_LE(pace.wait_until(), now);
}

TEST(CommitPace, WhatComesInCrowdsDoesNotWait) {
  CommitPace pace;
  const auto now = trickle(pace, 2 * CommitPace::kMostEnough, microseconds(500));
  pace.begun(now);
  pace.appended(2 * CommitPace::kMostEnough, now);
  EXPECT_LE(pace.wait_until(), now);
}

TEST(CommitPace, ForgetsACrowdThatIsGone) {
  CommitPace pace;
  const auto later = trickle(pace, 10, microseconds(500)) + 3 * CommitPace::kWindow;
  pace.begun(later);
  pace.appended(2, later);
  EXPECT_LE(pace.wait_until(), later);
}

}  // namespace
}  // namespace skald::runtime
