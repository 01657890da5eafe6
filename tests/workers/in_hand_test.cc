#include "workers/in_hand.h"

#include <gtest/gtest.h>

namespace skald::workers {
namespace {

using std::chrono::steady_clock;

Task task(const std::string& key, std::uint32_t deliveries = 1) {
  Task task;
  task.message.key = key;
  task.message.attempt = 1;
  task.message.task = "demo.work";
  task.message.timeout = Millis(1'000);
  task.deliveries = deliveries;
  return task;
}

TEST(InHand, AResultSaysHowOftenItsMessageHasComeByNow) {
  InHand in_hand(8);
  const auto now = steady_clock::now();
  (void)in_hand.take({task("a")}, "first", now);
  const auto again = in_hand.take({task("a", 3)}, "third", now);
  EXPECT_EQ(again.front().kind, InHand::Taken::Kind::kAlreadyHere);
  EXPECT_EQ(in_hand.replies(), std::vector<std::string>{"third"});
  wire::ResultMessage result;
  in_hand.remember("a#1", result);
  EXPECT_EQ(result.deliveries, 3U) << "another may have begun it meanwhile";
}

TEST(InHand, WhatIsAnsweredIsNotOverdue) {
  InHand in_hand(8);
  const auto now = steady_clock::now();
  (void)in_hand.take({task("a"), task("b")}, "message", now);
  wire::ResultMessage result;
  in_hand.remember("a#1", result);
  const auto overdue = in_hand.overdue(now + std::chrono::seconds(2));
  ASSERT_EQ(overdue.size(), 1U);
  EXPECT_EQ(overdue.front().task.message.key, "b");
  EXPECT_FALSE(overdue.front().begun);
  EXPECT_TRUE(in_hand.overdue(now + std::chrono::seconds(4)).empty()) << "once";
}

TEST(InHand, WhatWasTakenBeforeIsNotTakenForWhatIsHereNow) {
  InHand in_hand(8);
  const auto now = steady_clock::now();
  const auto before = in_hand.take({task("a")}, "first", now).front().stop.get_token();
  ASSERT_TRUE(in_hand.begin("a#1", before, now));
  ASSERT_EQ(in_hand.hand_back("a#1", before), "first");
  const auto here = in_hand.take({task("a", 2)}, "second", now).front().stop.get_token();
  EXPECT_FALSE(in_hand.begin("a#1", before, now));
  ASSERT_TRUE(in_hand.begin("a#1", here, now));
  EXPECT_FALSE(in_hand.hand_back("a#1", before));
  EXPECT_FALSE(in_hand.leave_out("a#1", before));
  EXPECT_TRUE(in_hand.hand_back_unbegun().empty());
  EXPECT_EQ(in_hand.answered("a#1"), "second");
}

}  // namespace
}  // namespace skald::workers
