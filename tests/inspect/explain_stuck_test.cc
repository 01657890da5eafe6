// Sagas that stand still until an operator comes.

#include "tests/inspect/explain_fixture.h"

namespace skald::inspect {
namespace {

constexpr const char* kThree = R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - b: { call: svc.b, compensate: { call: undo.b } }
  - c: { call: svc.c }
)";
constexpr const char* kPivot = "  - pay: { call: svc.pay, pivot: true }\n  - b: { call: svc.b }\n";
constexpr const char* kUndoB = "/do/1/b/compensate";

TEST(ExplainStuck, AnUndoThatWasRejected) {
  Saga saga(kThree);
  saga.start().completes("/do/0/a").completes("/do/1/b").rejected("/do/2/c").rejected(kUndoB);
  saga.now = saga.now + Millis(90'000);
  const Told told = tell(saga);
  EXPECT_EQ(told.status, "stuck");
  EXPECT_EQ(told.cause, "undo-stuck");
  EXPECT_EQ(told.summary, "The undo of /do/1/b is stuck, and needs an operator: no.");
  EXPECT_EQ(told.said("at-undo"), "It is stuck at the undo of /do/1/b, which calls undo.b.");
  EXPECT_EQ(told.said("waits-operator"),
            "The undo of /do/1/b has stood still since 2023-11-14T22:13:20Z (1m 30s), and waits for an operator.");
  EXPECT_EQ(told.sentence("waits-operator")->seq, saga.history.back().seq);
  EXPECT_EQ(told.said("undo-rejected"),
            "Attempt 1 of the undo of /do/1/b was rejected: no (1m 30s ago, at 2023-11-14T22:13:20Z, as w said).");
  EXPECT_EQ(told.then("stays"), "The undo of /do/1/b stays as it is until an operator retries, skips or resolves it.");
  EXPECT_EQ(told.then("ends-as"),
            "Then is undone, in this order: /do/0/a. When all is undone, the saga ends as compensated.");
  EXPECT_EQ(told.command(0), "skald retry saga-1 --step /do/1/b --reason ...");
  EXPECT_EQ(told.command(1), "skald resolve saga-1 --step /do/1/b --reason ...");
  EXPECT_EQ(told.command(2), "skald skip saga-1 --step /do/1/b --reason ...");
  EXPECT_EQ(told.verbs(), (std::vector<std::string>{"retry", "resolve", "skip"}));
  EXPECT_EQ(told.commands[2].why, "gives the undo up: the saga ends as failed, and names what is left behind");
}

TEST(ExplainStuck, AStepPastThePivotThatWasRejected) {
  Saga saga(kPivot);
  saga.start().completes("/do/0/pay").rejected("/do/1/b");
  const Told told = tell(saga);
  EXPECT_EQ(told.cause, "step-stuck");
  EXPECT_EQ(told.summary, "/do/1/b is stuck, and needs an operator: no.");
  EXPECT_EQ(told.said("waits-operator"),
            "It has stood still since 2023-11-14T22:13:20Z (0ms), and waits for an operator.");
  EXPECT_NE(told.said("past-pivot"), "");
  EXPECT_EQ(told.verbs(), (std::vector<std::string>{"retry", "resolve", "skip"}));
  EXPECT_EQ(told.command(0), "skald retry saga-1 --step /do/1/b --reason ...");
  EXPECT_EQ(told.command(1), "skald resolve saga-1 --step /do/1/b --output JSON --reason ...");
}

TEST(ExplainStuck, AnExpressionThatFailsIsNotTriedFirst) {
  Saga saga(
      "  - pay: { call: svc.pay, pivot: true }\n  - b: { set: { x: '${ $context.a.b + 1 }' }, input: { from: '${ "
      ".a.b.c }' } }\n");
  saga.start().completes("/do/0/pay", 5);
  ASSERT_EQ(saga.status(), "stuck");
  const Told told = tell(saga);
  EXPECT_EQ(told.cause, "step-stuck");
  EXPECT_NE(told.said("fault").find("/do/1/b failed: Expression failed: "), std::string::npos) << told.said("fault");
  EXPECT_EQ(told.verbs(), (std::vector<std::string>{"resolve", "skip", "retry"}));
}

TEST(ExplainStuck, TheSagasOutput) {
  Saga saga("  - pay: { call: svc.pay, pivot: true }\n", "output: { as: '${ .a.b.c }' }\n");
  saga.start().completes("/do/0/pay", 5);
  ASSERT_EQ(saga.status(), "stuck");
  const Told told = tell(saga);
  EXPECT_EQ(told.summary.find("The saga's output is stuck, and needs an operator: "), 0U) << told.summary;
  EXPECT_EQ(told.command(0), "skald resolve saga-1 --output JSON --reason ...");
}

TEST(ExplainStuck, WhileSuspendedItIsNotRetried) {
  Saga saga(kThree);
  saga.start().completes("/do/0/a").completes("/do/1/b").rejected("/do/2/c").rejected(kUndoB).suspends();
  const Told told = tell(saga);
  EXPECT_EQ(told.cause, "suspended");
  EXPECT_EQ(told.verbs(), (std::vector<std::string>{"resume", "resolve", "skip"}));
}

TEST(ExplainStuck, AfterASkipItEndsAsFailed) {
  Saga saga(kThree);
  saga.start().completes("/do/0/a").completes("/do/1/b").rejected("/do/2/c").rejected(kUndoB);
  saga.must(core::Skip{"", {}, {"no", "me"}});
  EXPECT_EQ(tell(saga).then("ends-as"), "When all is undone, the saga ends as failed, since an undo was given up.");
}

TEST(ExplainStuck, WithNothingToUndoItEndsAsFailed) {
  Saga saga("  - a: { call: svc.a }\n  - b: { call: svc.b }\n", "timeout: { after: { seconds: 5 } }\n");
  saga.start().completes("/do/0/a").timer("deadline");
  EXPECT_EQ(tell(saga).then("ends-as"), "When all is undone, the saga ends as failed: there is nothing to undo.");
  Saga unsure("  - b: { call: svc.b, compensate: { call: undo.b } }\n", "timeout: { after: { seconds: 5 } }\n");
  unsure.start().timer("deadline");
  EXPECT_EQ(
      tell(unsure).then("ends-as"),
      "Then is undone, in this order: /do/0/b (if it took effect). When all is undone, the saga ends as compensated, "
      "or as failed where nothing is to be undone.");
}

TEST(ExplainStuck, ARunOfAChildIsRunAgain) {
  Saga saga(
      "  - pay: { call: svc.pay, pivot: true }\n"
      "  - ship: { run: { workflow: { namespace: t, name: ship, version: '1.0.0' } } }\n");
  saga.start().completes("/do/0/pay").rejected("/do/1/ship");
  ASSERT_EQ(saga.status(), "stuck");
  const Told told = tell(saga);
  EXPECT_EQ(told.command(0), "skald retry saga-1 --step /do/1/ship --reason ...");
  EXPECT_EQ(told.commands[0].why, "runs it again, as another saga: once what went wrong is mended");
}

}  // namespace
}  // namespace skald::inspect
