// Attempts of a step: outcomes, retries, timeouts, late results.

#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

constexpr const char* kOne = "  - a: { call: svc.a, compensate: { call: svc.undo } }\n";
constexpr const char* kA = "/do/0/a";
constexpr const char* kUndo = "/do/0/a/compensate";

TEST(Attempts, FailedIsRetriedWithALoggedDelay) {
  Saga saga(kOne);
  saga.start().fails(kA);
  EXPECT_EQ(saga.happened(), (Lines{"step.failed /do/0/a", "step.retry_scheduled /do/0/a"}));
  const Event& retry = saga.last[1];
  EXPECT_EQ(retry.attempt, 2U);
  EXPECT_GE(*retry.delay_ms, 0);
  EXPECT_LE(*retry.delay_ms, 200) << "the first wait is drawn from 200 ms";
  EXPECT_EQ(retry.due->ms, saga.now.ms + *retry.delay_ms);
  EXPECT_TRUE(saga.in_flight().empty());
  saga.timer("retry:");
  EXPECT_EQ(saga.in_flight(), Lines{kA});
}

TEST(Attempts, ATimerThatComesEarlyDoesNothing) {
  Saga saga(kOne);
  saga.start().fails(kA);
  while (*saga.last[1].delay_ms == 0) saga.timer("retry:").fails(kA);
  const auto timer = outward(saga.state()).timers.at(0);
  saga.now = timer.due - Millis(1);
  saga.fire(timer.name);
  EXPECT_TRUE(saga.in_flight().empty());
}

TEST(Attempts, RetryAfterIsHonoured) {
  Saga saga(kOne);
  saga.start();
  TakeResult result;
  result.key = saga.find(kA)->key;
  result.attempt = 1;
  result.outcome = Outcome::kFailed;
  result.retry_after = Millis(7000);
  saga.must(result);
  EXPECT_EQ(*saga.last[1].delay_ms, 7000);
}

TEST(Attempts, FiveTriesThenTheErrorStands) {
  Saga saga(kOne);
  saga.start();
  for (int i = 0; i < 4; ++i) saga.fails(kA).timer("retry:");
  saga.fails(kA);
  EXPECT_EQ(saga.status(), "failed") << "nothing may have taken effect, so there is no undo to run";
  EXPECT_EQ(saga.all_of(EventType::kStepFailed).size(), 5U);
  EXPECT_TRUE(saga.all_of(EventType::kCompensationScheduled).empty());
}

TEST(Attempts, RejectedIsNeverRetried) {
  Saga saga(kOne);
  saga.start().rejected(kA);
  EXPECT_EQ(saga.status(), "failed");
  EXPECT_EQ(saga.state().error.value()["status"], 409);
}

TEST(Attempts, UnknownIsRetriedAndInTheEndUndone) {
  Saga saga(kOne);
  saga.start();
  for (int i = 0; i < 4; ++i) saga.unknown(kA).timer("retry:");
  saga.unknown(kA);
  EXPECT_EQ(saga.status(), "compensating");
  EXPECT_EQ(saga.in_flight(), Lines{kUndo});
}

TEST(Attempts, WhatMayHaveTakenEffectStaysSoWhateverComesLater) {
  Saga saga(kOne);
  saga.start().unknown(kA).timer("retry:").rejected(kA);
  EXPECT_EQ(saga.status(), "compensating") << "the first attempt may have taken effect";
  saga.completes(kUndo);
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Attempts, DeliveredTwiceMayHaveTakenEffect) {
  Saga saga(kOne);
  saga.start();
  TakeResult result;
  result.key = saga.find(kA)->key;
  result.attempt = 1;
  result.outcome = Outcome::kRejected;
  result.deliveries = 2;
  saga.must(result);
  EXPECT_EQ(saga.status(), "compensating");
}

TEST(Attempts, DeliveredBeforeABrokerThatForgotMayHaveTakenEffect) {
  Saga saga(kOne);
  saga.start();
  TakeResult result;
  result.key = saga.find(kA)->key;
  result.attempt = 1;
  result.outcome = Outcome::kRejected;
  result.redelivered = true;
  saga.must(result);
  EXPECT_EQ(saga.status(), "compensating");
}

TEST(Attempts, PublishedAgainMayHaveTakenEffect) {
  Saga saga(kOne);
  saga.start().must(AttemptRedispatched{saga.find(kA)->key, 1, false});
  EXPECT_EQ(outward(saga.state()).tasks.at(0).dispatch, 2U);
  saga.rejected(kA);
  EXPECT_EQ(saga.status(), "compensating");
}

TEST(Attempts, HardCase08_TheSameResultTwiceIsTakenOnce) {
  Saga saga(kOne);
  saga.start().completes(kA);
  EXPECT_EQ(saga.status(), "completed");
  saga.late(kA, Outcome::kCompleted);
  EXPECT_TRUE(saga.last.empty());
}

TEST(Attempts, HardCase09_OfTwoWorkersOnOneTaskTheFirstCompletionCounts) {
  Saga saga("  - a: { call: svc.a }\n  - b: { call: svc.b }\n");
  saga.start().completes(kA, {{"n", 1}}).late(kA, Outcome::kCompleted, 1, {{"n", 2}});
  EXPECT_TRUE(saga.last.empty());
  EXPECT_EQ(saga.find(kA)->output.value(), (Value{{"n", 1}}));
}

TEST(Attempts, HardCase10_ALateCompletionCompletesAStepThatIsTriedAgain) {
  Saga saga(kOne);
  saga.start().unknown(kA).timer("retry:").late(kA, Outcome::kCompleted, 1, {{"n", 1}});
  EXPECT_EQ(saga.happened(), (Lines{"step.late_result /do/0/a", "step.cancelled /do/0/a", "saga.completed"}));
  EXPECT_EQ(saga.state().output.value(), (Value{{"n", 1}}));
  saga.late(kA, Outcome::kCompleted, 2, {{"n", 2}});
  EXPECT_EQ(saga.happened(), Lines{"step.late_result /do/0/a"}) << "logged and nothing else";
  EXPECT_EQ(saga.status(), "completed");
}

TEST(Attempts, ALateCompletionEndsTheWaitForARetry) {
  Saga saga(kOne);
  saga.start().must(AttemptOverdue{saga.find(kA)->key, 1});
  EXPECT_EQ(saga.happened(), (Lines{"step.timed_out /do/0/a", "step.retry_scheduled /do/0/a"}));
  saga.late(kA, Outcome::kCompleted);
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_TRUE(outward(saga.state()).timers.empty());
}

TEST(Attempts, HardCase11_ALateSuccessBeforeItsUndoBeginsIsSeenByTheUndo) {
  Saga saga(R"(
  - a: { call: svc.a, compensate: { call: svc.undo-a, with: { out: '${ $forward.output }' } }, retry: { limit: { attempt: { count: 1 } } } }
  - b: { call: svc.b, compensate: { call: svc.undo-b, with: { out: '${ $forward.output }', how: '${ $forward.outcome }' } }, retry: { limit: { attempt: { count: 1 } } } }
)");
  saga.start().completes(kA, 1).must(AttemptOverdue{saga.find("/do/1/b")->key, 1});
  EXPECT_EQ(saga.in_flight(), Lines{"/do/1/b/compensate"});
  EXPECT_EQ(saga.find("/do/1/b/compensate")->input.value(), (Value{{"out", nullptr}, {"how", "unknown"}}));
  // Undo pending: its generation 1 runs without the output; the late success asks for a second one.
  saga.late("/do/1/b", Outcome::kCompleted, 1, {{"n", 2}}).completes("/do/1/b/compensate");
  EXPECT_EQ(saga.in_flight(), Lines{"/do/1/b/compensate"});
  const Step* again = saga.find("/do/1/b/compensate");
  EXPECT_EQ(again->key, saga.find("/do/1/b")->key + ":undo:2");
  EXPECT_EQ(again->input.value(), (Value{{"out", {{"n", 2}}}, {"how", "completed"}}));
  saga.completes("/do/1/b/compensate").completes("/do/0/a/compensate");
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Attempts, HardCase12_ALateSuccessAfterItsUndoIsUndoneAgain) {
  Saga saga(kOne);
  saga.start();
  for (int i = 0; i < 4; ++i) saga.unknown(kA).timer("retry:");
  saga.unknown(kA).completes(kUndo);
  ASSERT_EQ(saga.status(), "compensated");
  saga.late(kA, Outcome::kCompleted, 2, {{"n", 1}});
  EXPECT_EQ(saga.status(), "compensated") << "a final status never flips";
  EXPECT_EQ(saga.in_flight(), Lines{kUndo});
  saga.completes(kUndo);
  EXPECT_TRUE(saga.in_flight().empty());
  saga.late(kA, Outcome::kCompleted, 3, {{"n", 1}});
  EXPECT_TRUE(saga.in_flight().empty()) << "generation 2 saw the output";
}

TEST(Attempts, ALateSuccessOfAnUndoEndsTheAttemptUnderWay) {
  Saga saga(R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - b: { call: svc.b }
)");
  saga.start().completes(kA).cancels().rejected("/do/1/b");
  saga.unknown(kUndo).timer("retry:").late(kUndo, Outcome::kCompleted);
  EXPECT_EQ(saga.happened(),
            (Lines{"compensation.late_result /do/0/a", "compensation.unknown /do/0/a", "saga.cancelled"}));
  EXPECT_EQ(saga.last[1].attempt, 2U) << "every attempt has one outcome";
  EXPECT_EQ(saga.status(), "cancelled");
}

TEST(Attempts, ALateSuccessWhileItIsCancelledIsUndoneInItsTurn) {
  Saga saga(R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - b: { call: svc.b, compensate: { call: undo.b, on: completed } }
)");
  saga.start().completes(kA).fails("/do/1/b").timer("retry:").cancels();
  saga.late("/do/1/b", Outcome::kCompleted);
  EXPECT_EQ(saga.in_flight(), Lines{"/do/1/b/compensate"}) << "b closed behind a, and has completed";
}

TEST(Attempts, ALateUnknownRunsAnUndoThatNothingHadAskedFor) {
  Saga saga(kOne);
  saga.start().rejected(kA);
  ASSERT_EQ(saga.status(), "failed");
  saga.late(kA, Outcome::kUnknown);
  EXPECT_EQ(saga.in_flight(), Lines{kUndo});
  EXPECT_EQ(saga.status(), "failed");
}

TEST(Attempts, TheStepsTimeLimitEndsIt) {
  Saga saga("  - a: { call: svc.a, retry: { limit: { duration: { seconds: 10 } } } }\n");
  saga.start();
  EXPECT_EQ(outward(saga.state()).tasks.at(0).deadline->ms, saga.now.ms + 10'000);
  saga.timer("limit:");
  EXPECT_EQ(saga.happened()[0], "step.timed_out /do/0/a");
  EXPECT_EQ(saga.status(), "failed");
  EXPECT_EQ(left_behind(saga.state()), Lines{"/do/0/a"}) << "it may have taken effect, and nothing undoes it";
}

TEST(Attempts, HardCase33_AResultThatIsTooLargeIsAnUnknownOutcome) {
  Saga saga(kOne);
  saga.limits.payload_bytes = 100;
  saga.start().completes(kA, std::string(200, 'x'));
  EXPECT_EQ(saga.happened()[0], "step.unknown /do/0/a");
  EXPECT_EQ(saga.last[0].error.value()["type"], "urn:skald:error:payload-too-large");
}

TEST(Attempts, HardCase35_AResultForAnUnknownStepOrAttemptChangesNothing) {
  Saga saga(kOne);
  saga.start();
  TakeResult result;
  result.key = "nobody";
  result.attempt = 1;
  saga.must(result);
  EXPECT_TRUE(saga.last.empty());
  saga.answer(kA, Outcome::kCompleted, 1, 7);
  EXPECT_TRUE(saga.last.empty()) << "an attempt that was never made";
}

}  // namespace
}  // namespace skald::core
