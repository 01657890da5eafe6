#include "engine/runtime/claim.h"

#include <gtest/gtest.h>

namespace skald::runtime {
namespace {

Claim claim(std::uint64_t incarnation, const std::string& engine, std::uint64_t turn) {
  return {"store", incarnation, engine, turn, false};
}

// What is written over; "ours": nothing has to be; otherwise the error's code.
std::string over(const std::optional<Claim>& held, const Claim& mine) {
  const auto next = claim_over(held, mine, "the streams");
  if (!next) return next.error().code;
  if (!*next) return "ours";
  return (*next)->engine + " turn " + std::to_string((*next)->turn) + ((*next)->taking_over ? " taking over" : "");
}

TEST(Claim, IsReadAsItWasWritten) {
  Claim all = claim(7, "e", 3);
  all.taking_over = true;
  EXPECT_EQ(decode_claim(encode(all)), all);
}

TEST(Claim, OfAnEarlierVersionIsRead) {
  EXPECT_EQ(decode_claim(R"({"store":"store","incarnation":1})"), claim(1, "", 0));
  EXPECT_EQ(over(claim(1, "", 0), claim(1, "a", 0)), "a turn 1");
}

TEST(Claim, WhatCannotBeReadIsNobodysAndIsNotWrittenOver) {
  EXPECT_EQ(over(decode_claim("not JSON"), claim(1, "a", 0)), "broker-taken");
  EXPECT_EQ(over(decode_claim(R"({"store":7,"turn":-1})"), claim(1, "a", 0)), "broker-taken");
}

TEST(Claim, AnEngineThatStartsTakesOverFromOneOfItsStore) {
  EXPECT_EQ(over(std::nullopt, claim(1, "a", 0)), "a turn 1");
  EXPECT_EQ(over(claim(1, "a", 1), claim(1, "a", 1)), "ours");
  EXPECT_EQ(over(claim(1, "a", 1), claim(1, "b", 0)), "b turn 2");
}

TEST(Claim, HardCase34_OneThatWasTakenOverStops) {
  EXPECT_EQ(over(claim(1, "b", 2), claim(1, "a", 1)), "broker-taken");
  Claim other = claim(1, "b", 2);
  other.store = "another";
  EXPECT_EQ(over(other, claim(1, "a", 0)), "broker-taken");
}

TEST(Claim, ABrokerThatWasRolledBackToAnEarlierEngineIsClaimedAnew) {
  EXPECT_EQ(over(claim(1, "a", 1), claim(1, "b", 2)), "b turn 2");
  EXPECT_EQ(over(std::nullopt, claim(1, "b", 2)), "b turn 2") << "or one that was wiped";
}

TEST(Claim, OfTwoThatClaimAWipedBrokerAtOnceOneStops) {
  EXPECT_EQ(over(claim(1, "a", 2), claim(1, "b", 2)), "b turn 3");
  EXPECT_EQ(over(claim(1, "b", 3), claim(1, "a", 2)), "broker-taken");
}

TEST(Claim, ANewIncarnationTakesOverAndAnOldOneNeverDoes) {
  EXPECT_EQ(over(claim(1, "a", 5), claim(9, "b", 0)), "b turn 6 taking over");
  EXPECT_EQ(over(claim(9, "b", 6), claim(1, "a", 5)), "broker-taken");
  EXPECT_EQ(over(claim(9, "b", 6), claim(1, "a", 0)), "broker-taken");
}

TEST(Claim, ATakeoverThatACrashCutShortIsFinished) {
  Claim begun = claim(9, "b", 6);
  begun.taking_over = true;
  EXPECT_EQ(over(begun, claim(9, "b", 6)), "b turn 6 taking over");
  EXPECT_EQ(over(begun, claim(9, "c", 0)), "c turn 7 taking over");
}

}  // namespace
}  // namespace skald::runtime
