// `fork`: branches side by side.

#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

constexpr const char* kThree = R"(
  - both:
      fork:
        branches:
          - left:
              do:
                - one: { call: svc.one, compensate: { call: undo.one } }
                - two: { call: svc.two, compensate: { call: undo.two } }
          - right: { call: svc.right, compensate: { call: undo.right } }
          - third: { call: svc.third, compensate: { call: undo.third } }
)";
const std::string kBranches = "/do/0/both/fork/branches";
const std::string kOne = kBranches + "/0/left/do/0/one";
const std::string kTwo = kBranches + "/0/left/do/1/two";
const std::string kRight = kBranches + "/1/right";
const std::string kThird = kBranches + "/2/third";
const std::string kUndo = "/compensate";

std::string refusal(const std::string& tasks) {
  try {
    Saga saga(tasks);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Fork, ItsBranchesRunSideBySideAndItsOutputIsTheirs) {
  Saga saga(kThree);
  saga.start();
  EXPECT_EQ(saga.in_flight(), (Lines{kOne, kRight, kThird}));
  saga.completes(kThird, 3).completes(kOne, 1).completes(kRight, 2);
  EXPECT_EQ(saga.in_flight(), Lines{kTwo});
  EXPECT_EQ(saga.status(), "running");
  saga.completes(kTwo, 12);
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_EQ(saga.state().output.value(), (Value{12, 2, 3})) << "in the order of the document";
}

TEST(Fork, ItIsUndoneInReverseOfClosingWhateverTheBranch) {
  Saga saga(std::string(kThree) + "  - last: { call: svc.last }\n");
  saga.start().completes(kOne).completes(kRight).completes(kTwo).completes(kThird).rejected("/do/1/last");
  for (const std::string& step : {kThird, kTwo, kRight, kOne}) {
    ASSERT_EQ(saga.in_flight(), Lines{step + kUndo});
    saga.completes(step + kUndo);
  }
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Fork, HardCase24_ABranchThatFailsWithSiblingsInFlightWaitsForThemBeforeItUndoes) {
  Saga saga(kThree);
  saga.start().completes(kOne).rejected(kThird);
  EXPECT_EQ(saga.status(), "compensating");
  EXPECT_EQ(saga.in_flight(), (Lines{kTwo, kRight})) << "cancelled, and waited for";
  saga.completes(kRight);
  EXPECT_EQ(saga.in_flight(), Lines{kTwo}) << "no undo while forward work is in flight";
  saga.timer("drain:");
  EXPECT_EQ(saga.happened()[0], "step.cancelled " + kTwo);
  EXPECT_EQ(saga.in_flight(), Lines{kTwo + kUndo}) << "it may have taken effect, and it closed last";
  saga.completes(kTwo + kUndo).completes(kRight + kUndo).completes(kOne + kUndo);
  EXPECT_EQ(saga.status(), "compensated");
  EXPECT_TRUE(left_behind(saga.state()).empty());
}

TEST(Fork, ASiblingThatWaitsForItsRetryIsNotTriedAgain) {
  Saga saga(kThree);
  saga.start().unknown(kRight).rejected(kThird);
  EXPECT_EQ(saga.in_flight(), Lines{kOne});
  saga.fails(kOne);
  EXPECT_EQ(saga.in_flight(), Lines{kRight + kUndo});
  saga.completes(kRight + kUndo);
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Fork, BehindThePivotABranchThatIsStuckDoesNotHoldTheOthers) {
  Saga saga(std::string("  - point: { call: svc.point, pivot: true }\n") + std::string(kThree).substr(1));
  const std::string moved = "/do/1/both/fork/branches";
  saga.start().completes("/do/0/point").rejected(moved + "/2/third");
  EXPECT_EQ(saga.status(), "stuck");
  saga.completes(moved + "/1/right").completes(moved + "/0/left/do/0/one").completes(moved + "/0/left/do/1/two");
  EXPECT_EQ(saga.status(), "stuck");
  saga.must(Resolve{"", std::nullopt, Payload(Value(3)), {"done by phone", "me"}});
  EXPECT_EQ(saga.status(), "completed");
}

TEST(Fork, BothTheContextsOfItsBranchesCount) {
  Saga saga(R"(
  - both:
      fork:
        branches:
          - a: { call: svc.a, export: { as: { a: '${ . }', b: '${ $context.b }' } } }
          - b: { call: svc.b, export: { as: { a: '${ $context.a }', b: '${ . }' } } }
  - seen: { set: '${ $context }' }
)");
  saga.start().completes(kBranches + "/1/b", 2).completes(kBranches + "/0/a", 1);
  EXPECT_EQ(saga.state().output.value(), (Value{{"a", 1}, {"b", 2}}));
}

TEST(Fork, WhatItCannotDoIsRefused) {
  EXPECT_NE(refusal("  - a: { fork: { branches: [ { b: { set: {} } } ], compete: perhaps } }\n").find("compete"),
            std::string::npos);
  EXPECT_NE(refusal("  - a: { fork: { branches: [ { b: { switch: [ { c: { then: end } } ] } } ] } }\n").find("'then'"),
            std::string::npos);
  EXPECT_NE(refusal("  - a: { fork: {} }\n").find("branches"), std::string::npos);
  EXPECT_NE(refusal("  - a: { fork: { branches: [ { b: { set: {}, then: exit } } ] } }\n").find("has a 'then'"),
            std::string::npos);
  EXPECT_NE(refusal("  - a: { fork: { branches: [ { b: { do: [ { c: { set: {}, then: end } } ] } } ] } }\n")
                .find("other branches running"),
            std::string::npos);
  EXPECT_NE(refusal("  - a: { fork: { branches: [ { b: { call: x.y, pivot: true } } ] } }\n").find("pivot"),
            std::string::npos);
}

}  // namespace
}  // namespace skald::core
