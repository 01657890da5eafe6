#include "engine/runtime/presence.h"

#include <gtest/gtest.h>

namespace skald::runtime {
namespace {

TaskTypeStatus::Worker worker(const std::string& name, std::uint32_t concurrency, Time seen) {
  TaskTypeStatus::Worker found;
  found.name = name;
  found.concurrency = concurrency;
  found.seen = seen;
  return found;
}

TEST(Presence, AWorkerThatHasNotBeenSeenForAWhileServesNoMore) {
  const Time start = SystemClock().now();
  Presence presence;
  presence.announce("shop.pay", worker("a", 8, start));
  EXPECT_EQ(presence.serving("shop.pay", start + Presence::kGoneAfter).size(), 1U);
  EXPECT_TRUE(presence.serving("shop.pay", start + Presence::kGoneAfter + Millis(1)).empty());
  EXPECT_EQ(presence.last_heard("shop.pay"), start);
  EXPECT_EQ(presence.last_heard("shop.other"), std::nullopt);
}

TEST(Presence, AWorkerThatTakesLeaveServesNoMoreAtOnce) {
  const Time start = SystemClock().now();
  Presence presence;
  presence.announce("shop.pay", worker("a", 8, start));
  presence.announce("shop.pay", worker("b", 8, start));
  presence.announce("shop.pay", worker("a", 0, start + Millis(10)));
  const auto serving = presence.serving("shop.pay", start + Millis(20));
  ASSERT_EQ(serving.size(), 1U);
  EXPECT_EQ(serving[0].name, "b");
}

TEST(Presence, TasksGoTogetherAsAllWorkersTakeThem) {
  Time now = SystemClock().now();
  Presence presence;
  const auto announce = [&](const std::string& name, std::uint32_t together, std::uint32_t concurrency = 8) {
    TaskTypeStatus::Worker one = worker(name, concurrency, now);
    one.together = together;
    presence.announce("shop.pay", one);
    now = now + Presence::kTogetherFor;
  };
  EXPECT_EQ(presence.together("shop.pay", 100, now), 1U) << "nobody serves it";
  announce("a", 16);
  EXPECT_EQ(presence.together("shop.pay", 100, now), 16U);
  EXPECT_EQ(presence.together("shop.pay", 3, now), 3U);
  EXPECT_EQ(presence.together("shop.pay", 0, now), 1U);
  announce("b", 8);
  EXPECT_EQ(presence.together("shop.pay", 100, now), 8U) << "what the least of them takes";
  EXPECT_EQ(presence.together("shop.pay", 5, now), 3U) << "each gets some";
  TaskTypeStatus::Worker one = worker("c", 8, now);
  presence.announce("shop.pay", one);
  EXPECT_EQ(presence.together("shop.pay", 100, now), 1U) << "at once";
  announce("c", 1, 0);
  EXPECT_EQ(presence.together("shop.pay", 100, now), 8U) << "it has left";
  announce("d", 0);
  EXPECT_EQ(presence.together("shop.pay", 100, now), 1U);
  EXPECT_EQ(presence.together("shop.pay", 100, now + Presence::kGoneAfter), 1U);
}

}  // namespace
}  // namespace skald::runtime
