// Cancel, terminate, deadlines, the pivot, and operators.

#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

constexpr const char* kTwo = R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - b: { call: svc.b, compensate: { call: undo.b } }
)";
constexpr const char* kPivot = R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - pay: { call: svc.pay, pivot: true }
  - c: { call: svc.c, export: { as: '${ .x.y }' } }
)";
constexpr const char* kA = "/do/0/a";
constexpr const char* kB = "/do/1/b";
constexpr const char* kPay = "/do/1/pay";
constexpr const char* kC = "/do/2/c";
const std::string kUndoA = "/do/0/a/compensate";
const std::string kUndoB = "/do/1/b/compensate";
const By kMe{"because", "me"};

TEST(Cancel, WaitsForWhatIsInFlightThenUndoes) {
  Saga saga(kTwo);
  saga.start().completes(kA, 1).cancels();
  EXPECT_EQ(saga.happened(), (Lines{"operator.cancel", "compensation.started"}));
  EXPECT_TRUE(outward(saga.state()).tasks.at(0).cancelling);
  saga.completes(kB, 2);
  EXPECT_EQ(saga.in_flight(), Lines{kUndoB}) << "it completed, so it is undone";
  saga.completes(kUndoB).completes(kUndoA);
  EXPECT_EQ(saga.status(), "cancelled");
}

TEST(Cancel, OfATaskThatNobodyGotEndsItAsFailed) {
  Saga saga(kTwo);
  saga.start().cancels().must(AttemptWithdrawn{saga.find(kA)->key, 1});
  EXPECT_EQ(saga.happened(), (Lines{"step.failed /do/0/a", "saga.cancelled"}));
}

TEST(Cancel, UnansweredWithinItsBoundMayHaveTakenEffect) {
  Saga saga(kTwo);
  saga.start().cancels().timer("drain:");
  EXPECT_EQ(saga.happened(), (Lines{"step.cancelled /do/0/a", "compensation.scheduled /do/0/a"}));
}

TEST(Cancel, EndsAWaitForARetry) {
  Saga saga(kTwo);
  saga.start().fails(kA).cancels();
  EXPECT_EQ(saga.status(), "cancelled");
  EXPECT_TRUE(outward(saga.state()).timers.empty());
}

TEST(Cancel, HardCase18_RacingCompletionTheFirstDecides) {
  Saga first("  - a: { call: svc.a, compensate: { call: undo.a } }\n");
  first.start().completes(kA);
  EXPECT_EQ(first.refused(Cancel{kMe}), "ended");
  Saga second("  - a: { call: svc.a, compensate: { call: undo.a } }\n");
  second.start().cancels().completes(kA).completes(kUndoA);
  EXPECT_EQ(second.status(), "cancelled");
}

TEST(Cancel, HardCase19_PastThePivotIsRefused) {
  Saga saga(kPivot);
  saga.start().completes(kA).completes(kPay);
  EXPECT_EQ(saga.refused(Cancel{kMe}), "past-pivot");
  EXPECT_EQ(saga.in_flight(), Lines{kC});
}

TEST(Cancel, HardCase20_DuringCompensationChangesNothing) {
  Saga saga(kTwo);
  saga.start().completes(kA).rejected(kB).cancels();
  EXPECT_EQ(saga.happened(), Lines{"operator.cancel"});
  EXPECT_EQ(saga.in_flight(), Lines{kUndoA});
  saga.completes(kUndoA);
  EXPECT_EQ(saga.status(), "compensated") << "the first cause decides";
}

TEST(Cancel, DuringThePivotWaitsForItsOutcome) {
  Saga done(kPivot);
  done.start().completes(kA).cancels();
  EXPECT_EQ(done.in_flight(), Lines{kPay});
  EXPECT_FALSE(outward(done.state()).tasks.at(0).cancelling);
  done.completes(kPay);
  EXPECT_EQ(done.in_flight(), Lines{kC}) << "it completed: there is no way back";

  Saga not_done(kPivot);
  not_done.start().completes(kA).cancels().fails(kPay);
  EXPECT_EQ(not_done.in_flight(), Lines{kUndoA}) << "it failed, so the cancel goes through without another try";
  not_done.completes(kUndoA);
  EXPECT_EQ(not_done.status(), "cancelled");
}

TEST(Pivot, OfUnknownOutcomeWithoutAnUndoIsRetriedUntilItIsKnown) {
  Saga saga(kPivot);
  saga.start().completes(kA).unknown(kPay).cancels();
  for (int i = 0; i < 10; ++i) saga.timer("retry:").fails(kPay);
  EXPECT_EQ(saga.status(), "running");
  saga.timer("retry:").rejected(kPay).completes(kUndoA);
  EXPECT_EQ(saga.status(), "cancelled");
}

TEST(Pivot, StepsBehindItAreRetriedWithoutEnd) {
  Saga saga(kPivot);
  saga.start().completes(kA).completes(kPay);
  for (int i = 0; i < 20; ++i) saga.fails(kC).timer("retry:");
  EXPECT_EQ(saga.status(), "running");
}

TEST(Pivot, AnErrorBehindItThatIsNotRetriedIsStuck) {
  Saga saga(kPivot);
  saga.start().completes(kA).completes(kPay).rejected(kC);
  EXPECT_EQ(saga.status(), "stuck");
  EXPECT_EQ(saga.refused(Cancel{kMe}), "past-pivot");
  saga.must(Retry{kC, saga.state().seq, kMe});
  EXPECT_EQ(saga.status(), "running");
  saga.completes(kC, {{"x", {{"y", {{"k", 1}}}}}});
  EXPECT_EQ(saga.status(), "completed");
}

TEST(Pivot, ALateCompletionGetsAStuckStepGoing) {
  Saga saga(kPivot);
  saga.start().completes(kA).completes(kPay).unknown(kC).timer("retry:").rejected(kC);
  ASSERT_EQ(saga.status(), "stuck");
  saga.late(kC, Outcome::kCompleted, 1, {{"x", {{"y", {{"k", 1}}}}}});
  EXPECT_EQ(saga.status(), "completed");
}

TEST(Pivot, AFaultBehindItIsStuckAndCanBeResolvedOrSkipped) {
  Saga resolved(kPivot);
  resolved.start().completes(kA).completes(kPay).completes(kC, {{"x", 5}});
  EXPECT_EQ(resolved.status(), "stuck");
  resolved.must(Resolve{kC, std::nullopt, Payload(Value{{"x", {{"y", Value::object()}}}}), kMe});
  EXPECT_EQ(resolved.status(), "completed");

  Saga skipped(kPivot);
  skipped.start().completes(kA).completes(kPay).completes(kC, {{"x", 5}}).must(Skip{kC, std::nullopt, kMe});
  EXPECT_EQ(skipped.status(), "completed");
}

TEST(Deadline, UndoesWhatWasDone) {
  Saga saga(kTwo, "timeout: { after: { seconds: 5 } }\n");
  saga.start().completes(kA).timer("deadline");
  EXPECT_EQ(saga.happened(), (Lines{"timer.fired", "compensation.started"}));
  saga.must(AttemptWithdrawn{saga.find(kB)->key, 1}).completes(kUndoA);
  EXPECT_EQ(saga.status(), "compensated");
  EXPECT_EQ(saga.state().error.value()["status"], 408);
}

TEST(Deadline, BehindThePivotOnlyAlarms) {
  Saga saga(kPivot, "timeout: { after: { seconds: 5 } }\n");
  saga.start().completes(kA).completes(kPay).timer("deadline");
  EXPECT_EQ(saga.happened(), Lines{"timer.fired"});
  EXPECT_EQ(saga.status(), "running");
}

TEST(Terminate, StopsAtOnceAndUndoesNothing) {
  Saga saga(kTwo);
  saga.start().completes(kA).must(Terminate{kMe});
  EXPECT_EQ(saga.status(), "terminated");
  EXPECT_EQ(saga.history.back().left_behind, (Lines{kA, kB}));
  EXPECT_FALSE(has_open_work(saga.state()));
  saga.late(kB, Outcome::kCompleted);
  EXPECT_EQ(saga.happened(), Lines{"step.late_result /do/1/b"});
  EXPECT_TRUE(saga.in_flight().empty());
  EXPECT_EQ(saga.refused(Cancel{kMe}), "ended");
}

TEST(Terminate, WhileUndoingStopsTheUndo) {
  Saga saga(kTwo);
  saga.start().completes(kA).rejected(kB).must(Terminate{kMe});
  EXPECT_EQ(saga.status(), "terminated");
  EXPECT_EQ(left_behind(saga.state()), Lines{kA});
}

// A worker had said that it was not done, and another, who got the message again, has done it after all.
TEST(Terminate, NamesWhatALateResultSaysToStand) {
  Saga saga(kTwo);
  saga.start().completes(kA).rejected(kB).must(Terminate{kMe});
  ASSERT_EQ(left_behind(saga.state()), Lines{kA});
  saga.late(kB, Outcome::kCompleted);
  EXPECT_EQ(left_behind(saga.state()), (Lines{kA, kB}));
  EXPECT_TRUE(saga.in_flight().empty());
}

TEST(Operators, HardCase17_AVerbThatNamesAStaleSequenceIsRefused) {
  Saga saga(kTwo);
  saga.start().completes(kA).rejected(kB).rejected(kUndoA);
  const auto seen = saga.state().seq;
  EXPECT_EQ(saga.refused(Retry{"", seen - 1, kMe}), "moved");
  saga.must(Retry{"", seen, kMe});
  EXPECT_EQ(saga.refused(Retry{"", seen, kMe}), "moved");
  EXPECT_EQ(saga.refused(Skip{"", std::nullopt, kMe}), "in-flight");
}

TEST(Operators, RefuseWhatDoesNotStandStill) {
  Saga saga(kTwo);
  saga.start();
  EXPECT_EQ(saga.refused(Retry{"/do/9/x", std::nullopt, kMe}), "no-step");
  EXPECT_EQ(saga.refused(Retry{"", std::nullopt, kMe}), "in-flight");
  saga.completes(kA).completes(kB);
  EXPECT_EQ(saga.refused(Resolve{"", std::nullopt, {}, kMe}), "not-stuck");
}

TEST(Operators, RetryCutsAWaitShort) {
  Saga saga(kTwo);
  saga.start().fails(kA).must(Retry{"", std::nullopt, kMe});
  EXPECT_EQ(saga.happened(), (Lines{"operator.retry /do/0/a", "step.scheduled /do/0/a"}));
}

TEST(Time, NeverRunsBackwardsInAHistory) {
  Saga saga(kTwo);
  saga.start();
  saga.now = saga.now - Millis(3'600'000);
  saga.completes(kA);
  for (std::size_t i = 1; i < saga.history.size(); ++i) EXPECT_GE(saga.history[i].at, saga.history[i - 1].at);
}

}  // namespace
}  // namespace skald::core
