// Compensation: what is undone, in which order, and how it ends.

#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

constexpr const char* kThree = R"(
  - a: { call: svc.a, compensate: { call: undo.a, with: { key: '${ $forward.key }', why: '${ $error.title }' } } }
  - b: { call: svc.b, compensate: { call: undo.b } }
  - c: { call: svc.c, compensate: { call: undo.c } }
)";
constexpr const char* kA = "/do/0/a";
constexpr const char* kB = "/do/1/b";
constexpr const char* kC = "/do/2/c";
const std::string kUndoA = "/do/0/a/compensate";
const std::string kUndoB = "/do/1/b/compensate";

TEST(Undo, RunsInReverseOfClosingOneAfterAnother) {
  Saga saga(kThree);
  saga.start().completes(kA, 1).completes(kB, 2).rejected(kC);
  EXPECT_EQ(saga.happened(),
            (Lines{"step.rejected /do/2/c", "compensation.started", "compensation.scheduled /do/1/b"}));
  EXPECT_EQ(saga.in_flight(), Lines{kUndoB});
  saga.completes(kUndoB);
  EXPECT_EQ(saga.in_flight(), Lines{kUndoA});
  saga.completes(kUndoA);
  EXPECT_EQ(saga.status(), "compensated");
  EXPECT_TRUE(left_behind(saga.state()).empty());
}

TEST(Undo, SeesTheForwardStepAndTheCause) {
  Saga saga(kThree);
  saga.start().completes(kA, 1).rejected(kB);
  const Step* undo = saga.find(kUndoA);
  EXPECT_EQ(undo->key, saga.find(kA)->key + ":undo:1");
  EXPECT_EQ(undo->input.value(), (Value{{"key", saga.find(kA)->key}, {"why", "no"}}));
}

TEST(Undo, HardCase14_OfAStepThatMayNeverHaveRun) {
  Saga saga("  - a: { call: svc.a, compensate: { call: undo.a }, retry: { limit: { attempt: { count: 1 } } } }\n");
  saga.start().unknown(kA);
  EXPECT_EQ(saga.in_flight(), Lines{kUndoA});
  EXPECT_EQ(saga.find(kUndoA)->input.value()["output"], nullptr);
}

TEST(Undo, OnCompletedNarrowsItToCompletedSteps) {
  Saga saga(R"(
  - a: { call: svc.a, compensate: { call: undo.a, on: completed }, retry: { limit: { attempt: { count: 1 } } } }
)");
  saga.start().unknown(kA);
  EXPECT_EQ(saga.status(), "failed");
  EXPECT_EQ(left_behind(saga.state()), Lines{kA});
  saga.late(kA, Outcome::kCompleted, 1, 5);
  EXPECT_EQ(saga.in_flight(), Lines{kUndoA}) << "now it is known to have completed";
  saga.completes(kUndoA);
  EXPECT_TRUE(left_behind(saga.state()).empty());
}

TEST(Undo, IsRetriedWithoutEnd) {
  Saga saga(kThree);
  saga.start().completes(kA, 1).rejected(kB);
  for (int i = 0; i < 30; ++i) {
    saga.fails(kUndoA);
    EXPECT_LE(*saga.last.back().delay_ms, 60'000);
    saga.timer("retry:");
  }
  EXPECT_EQ(saga.status(), "compensating");
  saga.completes(kUndoA);
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Undo, HardCase16_OneThatFailsForGoodIsStuckAndHoldsBackTheEarlierOnes) {
  Saga saga(kThree);
  saga.start().completes(kA, 1).completes(kB, 2).rejected(kC).rejected(kUndoB);
  EXPECT_EQ(saga.happened(), (Lines{"compensation.rejected /do/1/b", "saga.stuck /do/1/b"}));
  EXPECT_EQ(saga.status(), "stuck");
  EXPECT_TRUE(saga.in_flight().empty());

  saga.must(Retry{"", std::nullopt, {"fixed", "me"}});
  EXPECT_EQ(saga.status(), "compensating");
  EXPECT_EQ(saga.find(kUndoB)->attempt, 2U);
  saga.completes(kUndoB).completes(kUndoA);
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Undo, SkippedByHandEndsAsFailedAndIsLeftBehind) {
  Saga saga(kThree);
  saga.start().completes(kA, 1).completes(kB, 2).rejected(kC).rejected(kUndoB);
  saga.must(Skip{kB, saga.state().seq, {"written off", "me"}});
  EXPECT_EQ(saga.in_flight(), Lines{kUndoA});
  saga.completes(kUndoA);
  EXPECT_EQ(saga.status(), "failed");
  EXPECT_EQ(left_behind(saga.state()), Lines{kB});
  EXPECT_EQ(saga.history.back().left_behind, Lines{kB});
}

TEST(Undo, ResolvedByHandCountsAsDone) {
  Saga saga(kThree);
  saga.start().completes(kA, 1).rejected(kB).rejected(kUndoA);
  saga.must(Resolve{"", std::nullopt, {}, {"refunded by phone", "me"}});
  EXPECT_EQ(saga.status(), "compensated");
  EXPECT_TRUE(left_behind(saga.state()).empty());
}

// What an undo was stuck on is past once it goes on: the saga tells what it is undone for again, to those who look and
// to the undos that are still to run.
TEST(Undo, ThatWasStuckDoesNotHideWhatTheSagaIsUndoneFor) {
  const auto title = [](const Saga& saga) { return saga.state().error.value().value("title", ""); };
  const auto stick = [](Saga& saga) {
    saga.start().completes(kA, 1).completes(kB, 2).rejected(kC);
    saga.answer(kUndoB, Outcome::kRejected, {{"title", "cannot cancel"}, {"type", "urn:test:late"}, {"status", 409}});
  };
  const By me{"called them", "me"};
  for (const Command& order : {Command(Retry{"", std::nullopt, me}), Command(Resolve{"", std::nullopt, {}, me}),
                               Command(Skip{"", std::nullopt, me})}) {
    Saga saga(kThree);
    stick(saga);
    EXPECT_EQ(title(saga), "cannot cancel") << "while it is";
    saga.must(order);
    EXPECT_EQ(title(saga), "no");
    if (saga.in_flight() == Lines{kUndoB}) saga.completes(kUndoB);
    EXPECT_EQ(saga.find(kUndoA)->input.value()["why"], "no");
    saga.completes(kUndoA);
    EXPECT_EQ(saga.history.back().error.value()["title"], "no");
  }
}

TEST(Undo, WithAListRunsItInOrderUnderKeysOfItsOwn) {
  Saga saga(R"(
  - a:
      call: svc.a
      compensate:
        - one: { call: undo.one, with: { of: '${ $forward.output }' } }
        - two: { call: undo.two }
  - b: { call: svc.b }
)");
  saga.start().completes(kA, 7).rejected(kB);
  const std::string one = "/do/0/a/compensate/do/0/one";
  EXPECT_EQ(saga.in_flight(), Lines{one});
  EXPECT_EQ(saga.find(one)->key, saga.find(kA)->key + ":undo:1:" + one + ":1");
  EXPECT_EQ(saga.last.back().undo, one);
  EXPECT_EQ(saga.last.back().step, kA);
  saga.completes(one);
  EXPECT_EQ(saga.in_flight(), Lines{"/do/0/a/compensate/do/1/two"});
  saga.completes("/do/0/a/compensate/do/1/two");
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Undo, ACompositesOwnUndoStandsForItsChildren) {
  Saga saga(R"(
  - pack:
      compensate: { call: undo.pack, with: { was: '${ $forward.output }' } }
      do:
        - a: { call: svc.a, compensate: { call: undo.a } }
        - b: { call: svc.b, compensate: { call: undo.b } }
  - c: { call: svc.c }
)");
  saga.start().completes("/do/0/pack/do/0/a", 1).completes("/do/0/pack/do/1/b", 2).rejected("/do/1/c");
  EXPECT_EQ(saga.in_flight(), Lines{"/do/0/pack/compensate"});
  EXPECT_EQ(saga.find("/do/0/pack/compensate")->input.value(), (Value{{"was", 2}}));
  saga.completes("/do/0/pack/compensate");
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Undo, ACompositeDoesNotStandForWhatTheFlowWentPast) {
  Saga saga(R"(
  - pack:
      compensate: { call: undo.pack }
      do:
        - a: { call: svc.a, compensate: { call: undo.a } }
        - soft:
            try:
              - b: { call: svc.b, compensate: { call: undo.b }, retry: { limit: { attempt: { count: 1 } } } }
              - c: { call: svc.c, compensate: { call: undo.c } }
            catch: {}
)");
  const std::string b = "/do/0/pack/do/1/soft/try/0/b";
  saga.start().completes("/do/0/pack/do/0/a").fails(b);
  ASSERT_EQ(saga.status(), "completed");
  EXPECT_EQ(saga.find("/do/0/pack/do/0/a")->undo.phase, UndoPhase::kCovered);
  saga.late(b, Outcome::kCompleted);
  EXPECT_EQ(left_behind(saga.state()), Lines{b}) << "it stands in a saga that went on without it";
  ASSERT_EQ(saga.in_flight(), Lines{b + "/compensate"});
  saga.completes(b + "/compensate");
  EXPECT_TRUE(left_behind(saga.state()).empty());
}

TEST(Undo, OfACompositeThatIsNotDoneIsThatOfItsChildren) {
  Saga saga(R"(
  - pack:
      compensate: { call: undo.pack }
      do:
        - a: { call: svc.a, compensate: { call: undo.a } }
        - b: { call: svc.b, compensate: { call: undo.b } }
)");
  saga.start().completes("/do/0/pack/do/0/a", 1).rejected("/do/0/pack/do/1/b");
  EXPECT_EQ(saga.in_flight(), Lines{"/do/0/pack/do/0/a/compensate"});
}

TEST(Undo, StepsWithoutAnUndoAreNamedUnlessTheyHaveNoEffect) {
  Saga saga("  - a: { call: svc.a }\n  - b: { call: svc.b, effect: none }\n  - c: { call: svc.c }\n");
  saga.start().completes(kA, 1).completes(kB, 1).rejected(kC);
  EXPECT_EQ(saga.status(), "failed");
  EXPECT_EQ(left_behind(saga.state()), Lines{kA});
}

TEST(Undo, AFaultAfterTheAnswerLeavesTheStepCompletedForUndo) {
  Saga saga("  - a: { call: svc.a, compensate: { call: undo.a }, output: { as: '${ .x.y }' } }\n");
  saga.start().completes(kA, {{"x", 5}});
  EXPECT_EQ(saga.happened(),
            (Lines{"step.completed /do/0/a", "compensation.started", "compensation.scheduled /do/0/a"}));
  EXPECT_EQ(saga.find(kUndoA)->input.value()["output"], (Value{{"x", 5}}));
}

TEST(Undo, HardCase25_UndosThatDoNotCommuteStayInOrderThroughRetries) {
  Saga saga(kThree);
  saga.start().completes(kA, 1).completes(kB, 2).rejected(kC).fails(kUndoB);
  EXPECT_TRUE(saga.in_flight().empty()) << "a waits while b waits for its retry";
  saga.timer("retry:").completes(kUndoB);
  EXPECT_EQ(saga.in_flight(), Lines{kUndoA});
}

TEST(Undo, OfAStepWhoseDataNestAsDeepAsTheyMayBeginsAndEnds) {
  Saga saga(R"(
  - a: { call: svc.a, compensate: { call: undo.a, with: { key: '${ $forward.key }' } } }
  - b: { call: svc.b }
)");
  Value deep = "end";
  for (int i = 0; i < kMaxValueDepth - 1; ++i) deep = Value::array({std::move(deep)});
  saga.start(deep).completes("/do/0/a").rejected("/do/1/b");
  EXPECT_EQ(saga.in_flight(), Lines{"/do/0/a/compensate"});
  saga.completes("/do/0/a/compensate");
  EXPECT_EQ(saga.status(), "compensated");
}

}  // namespace
}  // namespace skald::core
