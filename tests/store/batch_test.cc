#include <gtest/gtest.h>

#include "tests/store/support.h"

namespace skald::store {
namespace {

using testing::run_at;

TEST(Batch, DropsAnAdditionThatALaterBatchRemoves) {
  const TimerRow timer{Time{5}, run_at(1), "retry:a"};
  const PendingRow act{run_at(1), "task:a", "x"};
  Batch first;
  first.timers = {timer};
  first.pending = {act};
  Batch second;
  second.timers_removed = {timer};
  second.pending_removed = {act};
  first.append(second);
  EXPECT_TRUE(first.timers.empty());
  EXPECT_TRUE(first.pending.empty());
  EXPECT_EQ(first.timers_removed.size(), 1U) << "the row may have been stored before either batch";
}

TEST(Batch, KeepsAnAdditionThatFollowsARemoval) {
  const PendingRow act{run_at(1), "task:a", "x"};
  Batch first;
  first.pending_removed = {act};
  Batch second;
  second.pending = {act};
  first.append(second);
  EXPECT_EQ(first.pending.size(), 1U);
}

TEST(Batch, RemovesOnlyTheSameRow) {
  Batch first;
  first.timers = {{Time{5}, run_at(1), "a"}, {Time{6}, run_at(1), "a"}, {Time{5}, run_at(2), "a"}};
  Batch second;
  second.timers_removed = {{Time{5}, run_at(1), "a"}};
  first.append(second);
  EXPECT_EQ(first.timers.size(), 2U);
}

TEST(Batch, IsEmptyUntilSomethingIsAdded) {
  Batch batch;
  EXPECT_TRUE(batch.empty());
  batch.meta = {{"a", "b"}};
  EXPECT_FALSE(batch.empty());
}

}  // namespace
}  // namespace skald::store
