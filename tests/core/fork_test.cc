// `fork`: branches side by side, those that compete, and their undos.

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

TEST(Compete, TheFirstBranchThatIsDoneGivesTheOutputAndTheOthersAreUndone) {
  Saga saga(R"(
  - race:
      fork:
        compete: true
        branches:
          - left: { do: [ { one: { call: svc.one, compensate: { call: undo.one } } }, { two: { call: svc.two } } ] }
          - right: { call: svc.right, compensate: { call: undo.right } }
  - after: { call: svc.after }
)");
  const std::string branches = "/do/0/race/fork/branches";
  const std::string one = branches + "/0/left/do/0/one";
  const std::string two = branches + "/0/left/do/1/two";
  saga.start().completes(one).completes(branches + "/1/right", {{"won", "right"}});
  EXPECT_EQ(saga.in_flight(), Lines{two}) << "cancelled, and awaited";
  saga.completes(two);
  ASSERT_EQ(saga.in_flight(), Lines{one + kUndo});
  saga.completes(one + kUndo);
  EXPECT_EQ(saga.find("/do/1/after")->input.value(), (Value{{"won", "right"}}));
  saga.rejected("/do/1/after");
  EXPECT_EQ(saga.in_flight(), Lines{branches + "/1/right" + kUndo}) << "the winner stood until now";
  saga.completes(branches + "/1/right" + kUndo);
  EXPECT_EQ(saga.status(), "compensated");
  EXPECT_EQ(saga.history.back().left_behind, Lines{two}) << "nothing undoes it";
}

TEST(Parallel, AForksBranchesAreUndoneSideBySide) {
  Saga saga(R"(
  - before: { call: svc.before, compensate: { call: undo.before } }
  - both:
      fork:
        branches:
          - left: { do: [ { a: { call: svc.a, compensate: { call: undo.a } } }, { b: { call: svc.b, compensate: { call: undo.b } } } ] }
          - right: { call: svc.c, compensate: { call: undo.c } }
      compensate: parallel
  - after: { call: svc.after }
)");
  const std::string branches = "/do/1/both/fork/branches";
  const std::string a = branches + "/0/left/do/0/a";
  const std::string b = branches + "/0/left/do/1/b";
  const std::string c = branches + "/1/right";
  saga.start().completes("/do/0/before").completes(a).completes(c).completes(b).rejected("/do/2/after");
  EXPECT_EQ(saga.in_flight(), (Lines{b + kUndo, c + kUndo}));
  saga.completes(b + kUndo);
  EXPECT_EQ(saga.in_flight(), (Lines{a + kUndo, c + kUndo}));
  saga.completes(a + kUndo);
  EXPECT_EQ(saga.in_flight(), Lines{c + kUndo}) << "what stands before the fork waits for both";
  saga.completes(c + kUndo);
  EXPECT_EQ(saga.in_flight(), Lines{"/do/0/before/compensate"});
}

TEST(Compete, ALoserIsUndoneAlthoughATimeLimitPassesBeforeItHasClosed) {
  Saga saga(R"(
  - attempt:
      try:
        - race:
            timeout: { after: PT5S }
            fork:
              compete: true
              branches:
                - left: { call: svc.left, compensate: { call: undo.left } }
                - right: { call: svc.right, compensate: { call: undo.right } }
      catch: {}
  - after: { call: svc.after }
)");
  const std::string branches = "/do/0/attempt/try/0/race/fork/branches";
  const std::string right = branches + "/1/right";
  saga.start().completes(branches + "/0/left").timer("timeout:");
  ASSERT_EQ(saga.in_flight(), Lines{right}) << "cancelled by the race, and awaited by the try";
  saga.completes(right);
  ASSERT_EQ(saga.in_flight(), Lines{right + kUndo}) << "it had lost, whatever came then";
  saga.completes(right + kUndo).completes("/do/1/after");
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_TRUE(left_behind(saga.state()).empty());
}

TEST(Fork, WhatItsBranchesGaveCanBeReadBackHoweverDeep) {
  Saga saga(R"(
  - one: { fork: { branches: [ { two: { fork: { branches: [ { three: { call: svc.a } } ] } } } ] } }
)");
  Value deep = "end";
  for (int i = 0; i < kMaxValueDepth - 2; ++i) deep = Value::array({std::move(deep)});
  saga.start().completes(saga.in_flight().at(0), deep);
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_EQ(saga.state().output.value()[0][0], deep);
}

}  // namespace
}  // namespace skald::core
