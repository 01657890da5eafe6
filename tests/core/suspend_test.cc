// Suspend and resume, and what races with them.

#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

constexpr const char* kThree = R"(
  - a: { call: svc.a, compensate: { call: undo.a, with: { out: '${ $forward.output }' } } }
  - b: { call: svc.b, compensate: { call: undo.b } }
  - c: { call: svc.c }
)";
constexpr const char* kPivot = R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - pay: { call: svc.pay, pivot: true }
  - c: { call: svc.c }
)";
constexpr const char* kOneTry =
    "  - a: { call: svc.a, compensate: { call: undo.a, with: { out: '${ $forward.output }' } }, "
    "retry: { limit: { attempt: { count: 1 } } } }\n";
constexpr const char* kDeadline = "timeout: { after: { seconds: 5 } }\n";
constexpr const char* kA = "/do/0/a";
constexpr const char* kB = "/do/1/b";
constexpr const char* kPay = "/do/1/pay";
constexpr const char* kC = "/do/2/c";
const std::string kUndoA = "/do/0/a/compensate";
const std::string kUndoB = "/do/1/b/compensate";
const By kMe{"because", "me"};
constexpr Millis kHour{3'600'000};

std::vector<Timer> timers(const Saga& saga) { return outward(saga.state()).timers; }

TEST(Suspend, TakesTheAnswerInFlightAndSchedulesNothingMore) {
  Saga saga(kThree);
  saga.start().suspends();
  EXPECT_EQ(saga.happened(), (Lines{"operator.suspend", "saga.suspended"}));
  EXPECT_EQ(saga.last[0].reason, "test");
  EXPECT_EQ(saga.last[0].who, "me");
  EXPECT_EQ(saga.status(), "suspended");
  EXPECT_EQ(saga.in_flight(), Lines{kA}) << "what was scheduled before is in flight";
  saga.completes(kA, 1);
  EXPECT_EQ(saga.happened(), Lines{"step.completed /do/0/a"});
  EXPECT_TRUE(saga.in_flight().empty());
  saga.resumes();
  EXPECT_EQ(saga.happened(), (Lines{"operator.resume", "saga.resumed", "step.scheduled /do/1/b"}));
  EXPECT_EQ(saga.status(), "running");
}

TEST(Suspend, RacingAResultEitherMayComeFirst) {
  Saga suspended_first(kThree);
  suspended_first.start().suspends().completes(kA).resumes();
  Saga answered_first(kThree);
  answered_first.start().completes(kA).suspends();
  EXPECT_EQ(answered_first.in_flight(), Lines{kB}) << "it was scheduled before";
  answered_first.completes(kB).resumes();
  suspended_first.completes(kB);
  for (Saga* saga : {&suspended_first, &answered_first}) {
    EXPECT_EQ(saga->in_flight(), Lines{kC});
    EXPECT_EQ(saga->completes(kC).status(), "completed");
  }
}

TEST(Suspend, TheLastStepsAnswerEndsTheSagaOnlyWhenItIsResumed) {
  Saga saga("  - a: { call: svc.a }\n");
  saga.start().suspends().completes(kA, 5);
  EXPECT_EQ(saga.status(), "suspended");
  saga.resumes();
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_EQ(saga.state().output.value(), 5);
}

TEST(Suspend, StopsUndoingBetweenTwoUndos) {
  Saga saga(kThree);
  saga.start().completes(kA).completes(kB).rejected(kC).suspends();
  EXPECT_EQ(saga.status(), "suspended");
  saga.completes(kUndoB);
  EXPECT_EQ(saga.happened(), Lines{"compensation.completed /do/1/b"});
  EXPECT_EQ(saga.status(), "suspended");
  saga.resumes();
  EXPECT_EQ(saga.in_flight(), Lines{kUndoA});
  EXPECT_EQ(saga.status(), "compensating");
  saga.completes(kUndoA);
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Suspend, AnErrorMeanwhileIsDecidedUponAndUndoneLater) {
  Saga saga(kThree);
  saga.start().completes(kA).suspends().rejected(kB);
  EXPECT_EQ(saga.happened(), (Lines{"step.rejected /do/1/b", "compensation.started"}));
  EXPECT_TRUE(saga.in_flight().empty());
  EXPECT_EQ(saga.find(kA)->undo.generation, 0U) << "no undo has begun";
  saga.resumes();
  EXPECT_EQ(saga.in_flight(), Lines{kUndoA});
}

TEST(Suspend, AnUndoSeesWhatWasAnsweredBeforeItBegan) {
  Saga saga(kOneTry);
  saga.start().suspends().unknown(kA).late(kA, Outcome::kCompleted, 1, 7).resumes();
  EXPECT_EQ(saga.find(kUndoA)->input.value(), (Value{{"out", 7}}));
  saga.completes(kUndoA);
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Suspend, DoesNotHoldUpAnUndoAfterTheEnd) {
  Saga saga(kThree);
  saga.start().rejected(kA);
  ASSERT_EQ(saga.status(), "failed");
  saga.late(kA, Outcome::kUnknown);
  EXPECT_EQ(saga.in_flight(), Lines{kUndoA});
  EXPECT_EQ(saga.refused(Suspend{kMe}), "ended");
}

TEST(Suspend, ARetryThatIsDueFiresWhenItIsResumed) {
  Saga saga(kThree);
  saga.start().fails(kA);
  const std::string timer = timers(saga).at(0).name;
  saga.suspends();
  EXPECT_TRUE(timers(saga).empty());
  saga.now = saga.now + kHour;
  saga.fire(timer);
  EXPECT_TRUE(saga.last.empty()) << "a timer that was on its way does nothing";
  saga.resumes();
  EXPECT_EQ(saga.happened(), (Lines{"operator.resume", "saga.resumed", "step.scheduled /do/0/a"}));
  EXPECT_EQ(saga.find(kA)->attempt, 2U);
  saga.fire(timer);
  EXPECT_TRUE(saga.last.empty()) << "and it fires once";
}

TEST(Suspend, ARetryThatIsNotDueKeepsItsTime) {
  Saga saga(kThree);
  TakeResult later;
  later.key = saga.start().find(kA)->key;
  later.attempt = 1;
  later.outcome = Outcome::kFailed;
  later.retry_after = Millis(60'000);
  saga.must(later);
  const auto before = timers(saga);
  saga.suspends().resumes();
  EXPECT_EQ(timers(saga), before);
  EXPECT_TRUE(saga.in_flight().empty());
}

TEST(Suspend, AFailureMeanwhileIsRetriedWhenItIsResumed) {
  Saga saga(kThree);
  saga.start().suspends().fails(kA);
  EXPECT_EQ(saga.happened(), (Lines{"step.failed /do/0/a", "step.retry_scheduled /do/0/a"}));
  EXPECT_TRUE(timers(saga).empty());
  saga.now = saga.now + kHour;
  saga.resumes();
  EXPECT_EQ(saga.in_flight(), Lines{kA});
}

TEST(Suspend, AnAttemptThatNobodyAnswersTimesOutAndOneThatIsLostIsSentAgain) {
  Saga saga(kThree);
  saga.start().suspends().must(AttemptRedispatched{saga.find(kA)->key, 1, false});
  EXPECT_EQ(saga.happened(), Lines{"step.redispatched /do/0/a"});
  saga.must(AttemptOverdue{saga.find(kA)->key, 1});
  EXPECT_EQ(saga.happened(), (Lines{"step.timed_out /do/0/a", "step.retry_scheduled /do/0/a"}));
}

TEST(Suspend, ADeadlineThatPassedActsBeforeAnythingIsScheduled) {
  Saga saga(kThree, kDeadline);
  saga.start().suspends().completes(kA, 1);
  saga.now = saga.now + kHour;
  saga.fire("deadline");
  EXPECT_TRUE(saga.last.empty());
  saga.resumes();
  EXPECT_EQ(saga.happened(), (Lines{"operator.resume", "saga.resumed", "timer.fired", "compensation.started",
                                    "compensation.scheduled /do/0/a"}));
  saga.completes(kUndoA);
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Suspend, ADeadlineThatPassedGoesBeforeARetryThatIsDue) {
  Saga saga(kThree, kDeadline);
  saga.start().completes(kA).fails(kB).suspends();
  saga.now = saga.now + kHour;
  saga.resumes();
  EXPECT_EQ(saga.in_flight(), Lines{kUndoA});
}

TEST(Suspend, ADeadlineThatHasNotPassedKeepsItsTime) {
  Saga saga(kThree, kDeadline);
  saga.start().completes(kA);
  const auto before = timers(saga);
  saga.suspends();
  EXPECT_TRUE(timers(saga).empty());
  EXPECT_EQ(timers(saga.resumes()), before);
}

TEST(Suspend, BehindThePivotADeadlineThatPassedOnlyAlarms) {
  Saga saga(kPivot, kDeadline);
  saga.start().completes(kA).completes(kPay).suspends();
  saga.now = saga.now + kHour;
  saga.resumes();
  EXPECT_EQ(saga.happened(), (Lines{"operator.resume", "saga.resumed", "timer.fired"}));
  EXPECT_EQ(saga.status(), "running");
}

TEST(Suspend, TheBoundOnACancelledAttemptActsWhenItIsResumed) {
  Saga saga(kThree);
  saga.start().cancels().suspends();
  saga.now = saga.now + kHour;
  EXPECT_TRUE(timers(saga).empty());
  EXPECT_TRUE(outward(saga.state()).tasks.at(0).cancelling);
  saga.resumes();
  EXPECT_EQ(saga.happened(),
            (Lines{"operator.resume", "saga.resumed", "step.cancelled /do/0/a", "compensation.scheduled /do/0/a"}));
}

TEST(Suspend, AStepsTimeLimitActsWhenItIsResumed) {
  Saga saga("  - a: { call: svc.a, retry: { limit: { duration: { seconds: 10 } } } }\n");
  saga.start().suspends();
  saga.now = saga.now + kHour;
  EXPECT_EQ(saga.status(), "suspended");
  saga.resumes();
  EXPECT_EQ(saga.status(), "failed");
}

TEST(Suspend, IsLiftedByACancel) {
  Saga saga(kThree);
  saga.start().completes(kA).fails(kB).suspends().cancels();
  EXPECT_EQ(saga.happened(),
            (Lines{"operator.cancel", "saga.resumed", "compensation.started", "compensation.scheduled /do/0/a"}));
  saga.completes(kUndoA);
  EXPECT_EQ(saga.status(), "cancelled");
}

TEST(Suspend, IsLiftedByACancelRatherThanByADeadlineThatPassed) {
  Saga saga(kThree, kDeadline);
  saga.start().completes(kA).fails(kB).suspends();
  saga.now = saga.now + kHour;
  saga.cancels().completes(kUndoA);
  EXPECT_EQ(saga.status(), "cancelled");
  EXPECT_TRUE(saga.all_of(EventType::kTimerFired).empty());
}

TEST(Suspend, WhileUndoingIsLiftedByACancelAsWell) {
  Saga saga(kThree);
  saga.start().completes(kA).rejected(kB).fails(kUndoA).suspends();
  saga.now = saga.now + kHour;
  saga.cancels();
  EXPECT_EQ(saga.happened(), (Lines{"operator.cancel", "saga.resumed", "compensation.scheduled /do/0/a"}));
  saga.completes(kUndoA);
  EXPECT_EQ(saga.status(), "compensated") << "the first cause decides";
}

TEST(Suspend, PastThePivotACancelIsRefusedAndLiftsNothing) {
  Saga saga(kPivot);
  saga.start().completes(kA).completes(kPay).suspends();
  EXPECT_EQ(saga.refused(Cancel{kMe}), "past-pivot");
  EXPECT_EQ(saga.refused(Compensate{kMe}), "past-pivot");
  EXPECT_EQ(saga.status(), "suspended");
}

TEST(Suspend, ACancelThatWaitsForThePivotGoesThroughWhenItIsResumed) {
  Saga failed(kPivot);
  failed.start().completes(kA).cancels().suspends().fails(kPay);
  EXPECT_EQ(failed.happened(), (Lines{"step.failed /do/1/pay", "compensation.started"}));
  EXPECT_TRUE(failed.in_flight().empty());
  failed.resumes().completes(kUndoA);
  EXPECT_EQ(failed.status(), "cancelled");

  Saga completed(kPivot);
  completed.start().completes(kA).cancels().suspends().completes(kPay).resumes();
  EXPECT_EQ(completed.in_flight(), Lines{kC}) << "there is no way back";
}

TEST(Suspend, DoesNotKeepASagaFromBeingTerminated) {
  Saga saga(kThree);
  saga.start().completes(kA).suspends().must(Terminate{kMe});
  EXPECT_EQ(saga.status(), "terminated");
  EXPECT_FALSE(has_open_work(saga.state()));
  EXPECT_EQ(saga.refused(Resume{kMe}), "ended");
}

TEST(Suspend, OfASagaThatHasEndedIsRefused) {
  Saga saga("  - a: { call: svc.a }\n");
  saga.start().completes(kA);
  EXPECT_EQ(saga.refused(Suspend{kMe}), "ended");
  EXPECT_EQ(saga.refused(Resume{kMe}), "ended");
}

TEST(Suspend, RepeatedChangesNothing) {
  Saga saga(kThree);
  saga.start().resumes();
  EXPECT_TRUE(saga.last.empty()) << "it is not suspended";
  saga.suspends().suspends();
  EXPECT_TRUE(saga.last.empty());
  saga.resumes().resumes();
  EXPECT_TRUE(saga.last.empty());
  EXPECT_EQ(saga.all_of(EventType::kOperatorSuspend).size(), 1U);
}

TEST(Suspend, HidesThatASagaIsStuckUntilItIsResumed) {
  Saga saga(kThree);
  saga.start().completes(kA).rejected(kB).rejected(kUndoA);
  ASSERT_EQ(saga.status(), "stuck");
  EXPECT_EQ(saga.suspends().status(), "suspended");
  EXPECT_EQ(saga.resumes().status(), "stuck");
}

TEST(Suspend, RefusesARetryButTakesAnOperatorsWordForAStep) {
  Saga saga(kThree);
  saga.start().completes(kA).completes(kB).rejected(kC).rejected(kUndoB).suspends();
  EXPECT_EQ(saga.refused(Retry{"", std::nullopt, kMe}), "suspended");
  saga.must(Resolve{"", saga.state().seq, {}, kMe});
  EXPECT_EQ(saga.happened(), (Lines{"operator.resolve /do/1/b", "compensation.resolved /do/1/b"}));
  EXPECT_TRUE(saga.in_flight().empty());
  saga.resumes();
  EXPECT_EQ(saga.in_flight(), Lines{kUndoA});
}

TEST(Suspend, SkippingAStepMeanwhileGoesOnWhenItIsResumed) {
  Saga saga(kPivot);
  saga.start().completes(kA).completes(kPay).rejected(kC).suspends().must(Skip{kC, std::nullopt, kMe});
  EXPECT_EQ(saga.status(), "suspended");
  EXPECT_EQ(saga.resumes().status(), "completed");
}

// Answers what is in flight, or lets a timer fire; false where nothing moves. c is rejected, all else fails once and
// then completes.
bool move(Saga& saga) {
  const auto owed = outward(saga.state());
  if (!owed.tasks.empty()) {
    const TaskAct& task = owed.tasks.front();
    if (task.step == kC) {
      saga.rejected(kC);
    } else if (task.attempt == 1) {
      saga.fails(task.step);
    } else {
      saga.completes(task.step);
    }
    return true;
  }
  if (owed.timers.empty()) return false;
  saga.timer(owed.timers.front().name);
  return true;
}

TEST(Suspend, AtWhateverPointTheSagaEndsAsItWouldHave) {
  Saga plain(kThree);
  plain.start();
  int moves = 0;
  while (move(plain)) ++moves;
  ASSERT_EQ(plain.status(), "compensated");
  for (int point = 0; point < moves; ++point) {
    Saga saga(kThree);
    saga.start();
    for (int i = 0; i < point; ++i) move(saga);
    saga.suspends();
    while (move(saga)) {
    }
    EXPECT_EQ(saga.status(), "suspended") << "after move " << point;
    saga.now = saga.now + kHour;
    saga.resumes();
    while (move(saga)) {
    }
    EXPECT_EQ(saga.status(), "compensated") << "after move " << point;
    for (const EventType type : {EventType::kStepCompleted, EventType::kStepRejected, EventType::kCompensationCompleted,
                                 EventType::kStepRetryScheduled, EventType::kCompensationRetryScheduled}) {
      EXPECT_EQ(saga.all_of(type), plain.all_of(type)) << "after move " << point;
    }
  }
}

TEST(Suspend, WhatFollowsFromOneTimerComesBeforeTheNext) {
  Saga saga(R"(
  - both:
      timeout: { after: PT5S }
      fork:
        branches:
          - race:
              fork:
                compete: true
                branches:
                  - slow: { call: svc.slow, compensate: { call: undo.slow } }
                  - fast: { set: { won: true } }
          - other: { call: svc.other }
)");
  saga.start().suspends();
  saga.now = saga.now + Millis(20'000);
  saga.resumes();
  Lines types;
  for (const Event& event : saga.last) types.emplace_back(name_of(event.type));
  EXPECT_EQ(types, (Lines{"operator.resume", "saga.resumed", "step.cancelled", "compensation.scheduled", "timer.fired",
                          "compensation.started"}))
      << "the loser's undo had begun when the saga turned back";
}

}  // namespace
}  // namespace skald::core
