// An operator's order to undo, and what races with it.

#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

constexpr const char* kThree = R"(
  - a: { call: svc.a, compensate: { call: undo.a, with: { why: '${ $error.title }' } } }
  - b: { call: svc.b, compensate: { call: undo.b } }
  - c: { call: svc.c }
)";
constexpr const char* kPivot = R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - pay: { call: svc.pay, pivot: true }
  - c: { call: svc.c }
)";
constexpr const char* kA = "/do/0/a";
constexpr const char* kB = "/do/1/b";
constexpr const char* kPay = "/do/1/pay";
constexpr const char* kC = "/do/2/c";
const std::string kUndoA = "/do/0/a/compensate";
const std::string kUndoB = "/do/1/b/compensate";
const By kMe{"because", "me"};

TEST(Compensate, UndoesWhatWasDoneAndEndsAsCancelled) {
  Saga saga(kThree);
  saga.start().completes(kA).completes(kB).compensates();
  EXPECT_EQ(saga.happened(), (Lines{"operator.compensate", "compensation.started"}));
  EXPECT_EQ(saga.last[0].reason, "test");
  EXPECT_EQ(saga.last[0].who, "me");
  EXPECT_EQ(saga.last[1].cause, "compensate");
  EXPECT_TRUE(outward(saga.state()).tasks.at(0).cancelling);
  saga.rejected(kC).completes(kUndoB);
  EXPECT_EQ(saga.find(kUndoA)->input.value(), (Value{{"why", "Compensated on request"}}));
  saga.completes(kUndoA);
  EXPECT_EQ(saga.status(), "cancelled");
}

TEST(Compensate, EndsAsFailedWhereAnUndoWasSkipped) {
  Saga saga(kThree);
  saga.start().completes(kA).compensates().rejected(kB).rejected(kUndoA).must(Skip{"", std::nullopt, kMe});
  EXPECT_EQ(saga.status(), "failed");
  EXPECT_EQ(saga.history.back().left_behind, Lines{kA});
}

TEST(Compensate, PastThePivotIsRefused) {
  Saga saga(kPivot);
  saga.start().completes(kA).completes(kPay);
  EXPECT_EQ(saga.refused(Compensate{kMe}), "past-pivot");
  saga.rejected(kC);
  ASSERT_EQ(saga.status(), "stuck");
  EXPECT_EQ(saga.refused(Compensate{kMe}), "past-pivot");
}

TEST(Compensate, DuringThePivotWaitsForItsOutcome) {
  Saga done(kPivot);
  done.start().completes(kA).compensates();
  EXPECT_EQ(done.happened(), Lines{"operator.compensate"});
  EXPECT_FALSE(outward(done.state()).tasks.at(0).cancelling);
  done.completes(kPay);
  EXPECT_EQ(done.in_flight(), Lines{kC}) << "there is no way back";

  Saga not_done(kPivot);
  not_done.start().completes(kA).compensates().fails(kPay).completes(kUndoA);
  EXPECT_EQ(not_done.status(), "cancelled");
  EXPECT_EQ(not_done.state().cause, Cause::kCompensate);
}

TEST(Compensate, BehindACancelThatWaitsForThePivotChangesNothing) {
  Saga saga(kPivot);
  saga.start().completes(kA).cancels().compensates().fails(kPay).completes(kUndoA);
  EXPECT_EQ(saga.status(), "cancelled");
  EXPECT_EQ(saga.state().cause, Cause::kCancel) << "the first decides";
}

TEST(Compensate, OfASagaThatHasEndedIsRefused) {
  Saga completed("  - a: { call: svc.a, compensate: { call: undo.a } }\n");
  completed.start().completes(kA);
  EXPECT_EQ(completed.refused(Compensate{kMe}), "ended");
  Saga cancelled(kThree);
  cancelled.start().fails(kA).cancels();
  ASSERT_EQ(cancelled.status(), "cancelled");
  EXPECT_EQ(cancelled.refused(Compensate{kMe}), "ended");
}

TEST(Compensate, RacingTheLastAnswerTheFirstDecides) {
  Saga saga("  - a: { call: svc.a, compensate: { call: undo.a } }\n");
  saga.start().compensates().completes(kA);
  EXPECT_EQ(saga.in_flight(), Lines{kUndoA});
  EXPECT_EQ(saga.completes(kUndoA).status(), "cancelled");
}

TEST(Compensate, RacingARetryEndsTheWaitOrTheAttempt) {
  Saga waiting(kThree);
  waiting.start().completes(kA).fails(kB);
  const std::string timer = outward(waiting.state()).timers.at(0).name;
  waiting.compensates();
  EXPECT_EQ(waiting.in_flight(), Lines{kUndoA});
  waiting.now = waiting.now + Millis(60'000);
  waiting.fire(timer);
  EXPECT_TRUE(waiting.last.empty()) << "the retry's timer comes to nothing";

  Saga trying(kThree);
  trying.start().completes(kA).fails(kB).timer("retry:").compensates();
  EXPECT_TRUE(outward(trying.state()).tasks.at(0).cancelling);
  trying.completes(kB);
  EXPECT_EQ(trying.in_flight(), Lines{kUndoB}) << "it completed, so it is undone";
}

TEST(Compensate, WhileUndoingIsLoggedAndChangesNothing) {
  Saga saga(kThree);
  saga.start().completes(kA).rejected(kB).compensates();
  EXPECT_EQ(saga.happened(), Lines{"operator.compensate"});
  EXPECT_EQ(saga.in_flight(), Lines{kUndoA});
  EXPECT_EQ(saga.completes(kUndoA).status(), "compensated") << "the first cause decides";
}

TEST(Compensate, DoesNotRetryAnUndoThatIsStuck) {
  Saga saga(kThree);
  saga.start().completes(kA).rejected(kB).rejected(kUndoA).compensates();
  EXPECT_EQ(saga.status(), "stuck") << "that is what retry is for";
  saga.must(Retry{"", saga.state().seq, kMe}).completes(kUndoA);
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Compensate, UndoesASagaThatIsStuckBeforeItsPivot) {
  Saga saga(kPivot);
  saga.start().completes(kA);
  Event rejected;
  rejected.type = EventType::kStepRejected;
  rejected.key = saga.find(kPay)->key;
  rejected.attempt = 1;
  Event stuck;
  stuck.type = EventType::kSagaStuck;
  stuck.key = rejected.key;
  stuck.error = Payload(Value{{"title", "no"}});
  saga.folds(rejected).folds(stuck);
  ASSERT_EQ(saga.status(), "stuck");
  saga.compensates();
  EXPECT_EQ(saga.in_flight(), Lines{kUndoA});
  EXPECT_EQ(saga.completes(kUndoA).status(), "cancelled");
}

TEST(Compensate, LiftsASuspension) {
  Saga saga(kThree);
  saga.start().completes(kA).fails(kB).suspends().compensates();
  EXPECT_EQ(saga.happened(),
            (Lines{"operator.compensate", "saga.resumed", "compensation.started", "compensation.scheduled /do/0/a"}));
}

TEST(Operators, AVerbThatSawTheSagaBeforeItsAutomaticRetryIsRefused) {
  Saga saga(kThree);
  saga.start().fails(kA);
  const auto seen = saga.state().seq;
  saga.timer("retry:").fails(kA);
  ASSERT_FALSE(outward(saga.state()).timers.empty()) << "it waits again, for another attempt";
  EXPECT_EQ(saga.refused(Retry{"", seen, kMe}), "moved");
  EXPECT_EQ(saga.refused(Skip{"", seen, kMe}), "moved");
  saga.must(Retry{"", saga.state().seq, kMe});
  EXPECT_EQ(saga.find(kA)->attempt, 3U);
}

}  // namespace
}  // namespace skald::core
