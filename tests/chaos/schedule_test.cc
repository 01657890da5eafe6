#include "tests/chaos/schedule.h"

#include <gtest/gtest.h>

#include <map>

namespace skald::chaos {
namespace {

constexpr Millis kTwentyMinutes = std::chrono::minutes(20);

std::map<std::string, int> kills(const std::vector<Act>& acts) {
  std::map<std::string, int> by_target;
  for (const Act& act : acts) by_target[act.target.text()] += act.kind == Act::Kind::kKill ? 1 : 0;
  return by_target;
}

TEST(Schedule, IsTheSameForTheSameSeed) {
  EXPECT_EQ(make_schedule(7, kTwentyMinutes), make_schedule(7, kTwentyMinutes));
  EXPECT_NE(make_schedule(7, kTwentyMinutes), make_schedule(8, kTwentyMinutes));
}

TEST(Schedule, KillsEachProcessTwentyTimesInTwentyMinutes) {
  const auto by_target = kills(make_schedule(1, kTwentyMinutes));
  EXPECT_GE(by_target.at("engine"), 20);
  EXPECT_GE(by_target.at("nats"), 20);
  for (const char* service : kServices) {
    EXPECT_GE(by_target.at(std::string("workers/") + service), 20);
    EXPECT_GE(by_target.at(std::string("services/") + service), 20);
  }
}

TEST(Schedule, AShortRunHasSomeOfEverything) {
  const auto acts = make_schedule(1, Millis(15'000));
  std::map<std::string, int> by_kind;
  std::map<Act::Kind, int> by_act;
  for (const Act& act : acts) {
    if (act.kind == Act::Kind::kKill) ++by_kind[act.target.kind];
    ++by_act[act.kind];
  }
  EXPECT_EQ(by_kind.size(), 4U);
  EXPECT_EQ(by_act.size(), 5U);
}

TEST(Schedule, IsInOrderAndWithinItsTime) {
  Millis before{0};
  bool longer_than_ack_wait = false;
  for (const Act& act : make_schedule(3, kTwentyMinutes)) {
    EXPECT_GE(act.at, before);
    EXPECT_LE(act.at, kTwentyMinutes);
    before = act.at;
    longer_than_ack_wait = longer_than_ack_wait || act.lasts > kAckWait;
  }
  EXPECT_TRUE(longer_than_ack_wait);
}

TEST(Orders, AreTheSameForTheSameSeedAndMixed) {
  std::map<std::string, int> cards;
  std::map<std::string, int> verbs;
  for (int i = 0; i < 1'000; ++i) {
    const Order order = make_order(5, i);
    EXPECT_EQ(order.card, make_order(5, i).card);
    EXPECT_FALSE(order.items.empty());
    ++cards[order.card];
    ++verbs[order.verb];
  }
  EXPECT_EQ(cards.size(), 5U);
  EXPECT_GT(cards["tok_ok"], 500);
  EXPECT_LT(cards["tok_slow"], 100);
  EXPECT_GT(verbs["cancel"], 20);
  EXPECT_GT(verbs["suspend"], 10);
  EXPECT_GT(verbs[""], 700);
}

}  // namespace
}  // namespace skald::chaos
