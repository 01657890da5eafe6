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

}  // namespace
}  // namespace skald::runtime
