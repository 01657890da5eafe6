// Sagas that somebody suspended, cancelled or had compensated, and those that go back by themselves.

#include "tests/inspect/explain_fixture.h"

namespace skald::inspect {
namespace {

constexpr const char* kThree = R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
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

TEST(ExplainOrders, SuspendedWithAnAttemptInFlight) {
  Saga saga(kThree);
  saga.start().completes(kA).suspends();
  saga.now = saga.now + Millis(60'000);
  const Told told = tell(saga);
  EXPECT_EQ(told.status, "suspended");
  EXPECT_EQ(told.cause, "suspended");
  EXPECT_EQ(
      told.summary,
      "It was suspended 1m 0s ago, at 2023-11-14T22:13:20Z by me: test; nothing new is begun until it is resumed.");
  EXPECT_EQ(told.said("suspended"), "It was suspended 1m 0s ago, at 2023-11-14T22:13:20Z by me: test.");
  EXPECT_EQ(told.sentence("suspended")->seq, saga.history[saga.history.size() - 2].seq) << "the operator's order";
  EXPECT_NE(told.said("in-flight"), "");
  EXPECT_EQ(told.then("on-resume"), "Nothing new is begun until it is resumed; answers are taken. Then:");
  EXPECT_EQ(told.command(0), "skald resume saga-1 --reason ...");
}

TEST(ExplainOrders, SuspendedAtRest) {
  Saga saga(kThree);
  saga.start().suspends().completes(kA);
  Told told = tell(saga);
  EXPECT_EQ(told.said("at-rest"), "Nothing of it is in flight; it stands at /do/1/b.");
  EXPECT_EQ(told.then("goes-on"), "The saga goes on from where it stands.");
  EXPECT_EQ(told.verbs(), (std::vector<std::string>{"resume", "cancel"}));
  saga.resumes().completes(kB).suspends().rejected(kC);
  told = tell(saga);
  EXPECT_EQ(told.said("at-rest"), "Nothing of it is in flight; it stands before the undo of /do/1/b.");
  EXPECT_EQ(told.verbs(), std::vector<std::string>{"resume"}) << "what undoes already cannot be cancelled";
}

TEST(ExplainOrders, SuspendedBeforeItsEnd) {
  Saga saga("  - a: { call: svc.a }\n");
  saga.start().suspends().completes(kA);
  EXPECT_EQ(tell(saga).said("at-rest"), "Nothing of it is in flight; it stands at its end.");
}

TEST(ExplainOrders, ATimeThatPassedWhileItWasSuspended) {
  Saga saga(kThree);
  saga.start().fails(kA).suspends();
  saga.now = saga.now + Millis(3'600'000);
  const Told told = tell(saga);
  EXPECT_NE(told.said("waits-retry").find("was due 59m"), std::string::npos) << told.said("waits-retry");
  EXPECT_NE(told.said("waits-retry").find("; it acts when the saga is resumed."), std::string::npos);
  EXPECT_EQ(told.then("retry-at"), "At once /do/0/a is tried again, as attempt 2.");
  EXPECT_EQ(told.verbs(), (std::vector<std::string>{"resume", "cancel"})) << "a retry would be refused";
}

TEST(ExplainOrders, ResumedItIsNoLongerSuspended) {
  Saga saga(kThree);
  saga.start().suspends().resumes();
  EXPECT_EQ(tell(saga).said("suspended"), "");
  EXPECT_EQ(tell(saga).cause, "in-flight");
}

TEST(ExplainOrders, ARejectedStepThatIsUndone) {
  Saga saga(kThree);
  saga.start().completes(kA).completes(kB).rejected(kC);
  const Told told = tell(saga);
  EXPECT_EQ(told.status, "compensating");
  EXPECT_EQ(told.cause, "undoing");
  EXPECT_EQ(told.summary, "It undoes what it did, because /do/2/c was rejected: no; now the undo of /do/1/b.");
  EXPECT_EQ(told.said("at-undo"), "It is at the undo of /do/1/b, which calls undo.b.");
  EXPECT_EQ(told.said("goes-back"), "It undoes what it did, because /do/2/c was rejected: no.");
  EXPECT_EQ(told.said("step-rejected"),
            "Attempt 1 of /do/2/c was rejected: no (0ms ago, at 2023-11-14T22:13:20Z, as w said).");
  EXPECT_NE(told.said("in-flight").find("the outcome of attempt 1,"), std::string::npos)
      << "an undo is tried without end";
  EXPECT_EQ(told.then("if-completed"), "If the undo of /do/1/b completes, the next undo follows, where there is one.");
  EXPECT_EQ(told.then("if-fails"), "If it fails, or its outcome is unknown, it is tried again behind a wait.");
  EXPECT_EQ(told.then("if-rejected"),
            "If it is rejected, the undo stands still until an operator comes, and the undos behind it wait.");
  EXPECT_EQ(told.then("ends-as"),
            "Then is undone, in this order: /do/0/a. When all is undone, the saga ends as compensated.");
  EXPECT_EQ(told.verbs(), std::vector<std::string>{"history"});
  EXPECT_EQ(told.command(0), "skald history saga-1 --follow");
}

TEST(ExplainOrders, AnUndoThatIsTriedAgain) {
  Saga saga(kThree);
  saga.start().completes(kA).rejected(kB).fails("/do/0/a/compensate");
  const Told told = tell(saga);
  EXPECT_EQ(told.cause, "undo-failing");
  EXPECT_EQ(told.summary.find("The undo of /do/0/a failed: not now, and attempt 2 is due in "), 0U) << told.summary;
  EXPECT_NE(told.said("undo-failed").find("Attempt 1 of the undo of /do/0/a failed: not now"), std::string::npos);
  EXPECT_NE(told.said("step-rejected"), "") << "what it goes back for is told as well";
  EXPECT_EQ(told.said("tries-left"), "It is tried again and again, without end.");
  EXPECT_EQ(told.command(0), "skald retry saga-1 --step /do/0/a --reason ...");
}

TEST(ExplainOrders, AnErrorOfAnExpressionIsToldWithItsPlace) {
  Saga saga(
      "  - a: { call: svc.a, compensate: { call: undo.a } }\n  - b: { raise: { error: { type: 'urn:x', status: 400, "
      "title: Enough } } }\n");
  saga.start().completes(kA);
  const Told told = tell(saga);
  EXPECT_EQ(told.said("goes-back"), "It undoes what it did, because /do/1/b failed: Enough.");
  EXPECT_EQ(told.said("fault"), "/do/1/b failed: Enough (0ms ago, at 2023-11-14T22:13:20Z).");
}

TEST(ExplainOrders, CancelledAndCompensatedSayWhoAndWhy) {
  Saga saga(kThree);
  saga.start().completes(kA).cancels();
  Told told = tell(saga);
  EXPECT_EQ(told.said("goes-back"), "It undoes what it did, because it was cancelled by me: test.");
  EXPECT_EQ(told.cause, "cancelled-in-flight");
  EXPECT_EQ(
      told.then("ends-as"),
      "Then is undone, in this order: /do/1/b (if it took effect) and /do/0/a. When all is undone, the saga ends as "
      "cancelled.");
  EXPECT_EQ(told.verbs(), std::vector<std::string>{"history"});
  Saga other(kThree);
  other.start().completes(kA).compensates();
  EXPECT_EQ(tell(other).said("goes-back"), "It undoes what it did, because it was ordered to compensate by me: test.");
}

TEST(ExplainOrders, ACancelWaitsForThePivot) {
  Saga saga(kPivot);
  saga.start().completes(kA).cancels();
  const Told told = tell(saga);
  EXPECT_EQ(told.cause, "waits-pivot");
  EXPECT_EQ(told.summary,
            "It is to be undone, and waits for the outcome of its pivot /do/1/pay to know whether it can be.");
  EXPECT_EQ(told.said("waits-pivot"),
            "It was cancelled by me: test. That waits for the outcome of the pivot /do/1/pay.");
  EXPECT_EQ(told.then("if-completed"),
            "If /do/1/pay completes, there is no way back any more, and what was ordered comes to nothing.");
  EXPECT_EQ(told.then("if-fails"), "If it does not, the saga undoes, in this order: /do/0/a.");
  EXPECT_EQ(told.verbs(), std::vector<std::string>{"history"}) << "it is cancelled already";
}

TEST(ExplainOrders, ADeadlineWaitsForThePivot) {
  Saga saga(kPivot, "timeout: { after: { seconds: 5 } }\n");
  saga.start().completes(kA).timer("deadline");
  EXPECT_EQ(tell(saga).said("waits-pivot"),
            "Its time limit has passed. That waits for the outcome of the pivot /do/1/pay.");
}

TEST(ExplainOrders, APivotWithoutAnUndoIsTriedUntilItIsKnown) {
  Saga saga(kPivot);
  saga.start().completes(kA).unknown(kPay);
  Told told = tell(saga);
  EXPECT_EQ(told.said("tries-left"),
            "It is the pivot, and it may have taken effect: it is tried until its outcome is known.");
  saga.cancels();
  told = tell(saga);
  EXPECT_EQ(told.then("if-pivot-fails"),
            "If the pivot /do/1/pay does not complete, the saga undoes, in this order: /do/0/a.");
  EXPECT_EQ(told.command(0), "skald retry saga-1 --step /do/1/pay --reason ...");
}

TEST(ExplainOrders, ThePivotOnItsWay) {
  Saga saga(kPivot);
  saga.start().completes(kA);
  const Told told = tell(saga);
  EXPECT_EQ(told.then("if-completed"), "If /do/1/pay completes, there is no way back any more, and the saga goes on.");
  EXPECT_EQ(told.command(1), "skald cancel saga-1 --reason ...");
  EXPECT_EQ(told.commands[1].why, "unless the pivot /do/1/pay completes, ends it early and undoes /do/0/a");
}

TEST(ExplainOrders, PastThePivotThereIsNoCancel) {
  Saga saga(kPivot);
  saga.start().completes(kA).completes(kPay).fails(kC);
  const Told told = tell(saga);
  EXPECT_EQ(told.cause, "step-failing-past-pivot");
  EXPECT_NE(told.summary.find("; its pivot is behind it, so there is only forward."), std::string::npos);
  EXPECT_EQ(told.said("past-pivot"), "There is no way back: its pivot is behind it.");
  const auto& paid = *std::find_if(saga.history.begin(), saga.history.end(), [](const auto& e) {
    return e.type == core::EventType::kStepCompleted && e.step == kPay;
  });
  EXPECT_EQ(told.sentence("past-pivot")->seq, paid.seq);
  EXPECT_EQ(told.said("tries-left"), "It is tried again and again, without end.");
  EXPECT_EQ(told.verbs(), (std::vector<std::string>{"retry", "resolve", "skip"}));
  EXPECT_EQ(told.command(0), "skald retry saga-1 --step /do/2/c --reason ...");
  EXPECT_EQ(told.command(1), "skald resolve saga-1 --step /do/2/c --output JSON --reason ...");
  EXPECT_TRUE(told.plan.undos.empty());
  saga.timer("retry:");
  EXPECT_EQ(tell(saga).then("if-rejected"),
            "If it is rejected, it stands still until an operator comes: there is no way back.");
}

}  // namespace
}  // namespace skald::inspect
