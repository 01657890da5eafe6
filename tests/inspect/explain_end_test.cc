// Sagas that have ended: how, what was undone, what is left.

#include "tests/inspect/explain_fixture.h"

namespace skald::inspect {
namespace {

using core::Outcome;

constexpr const char* kTwo = R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - b: { call: svc.b }
)";
constexpr const char* kA = "/do/0/a";
constexpr const char* kB = "/do/1/b";
constexpr const char* kUndoA = "/do/0/a/compensate";

TEST(ExplainEnd, Completed) {
  Saga saga(kTwo);
  saga.start().completes(kA);
  saga.now = saga.now + Millis(2'500);
  saga.completes(kB);
  const Told told = tell(saga);
  EXPECT_EQ(told.cause, "ended-completed");
  EXPECT_EQ(told.summary, "It completed at 2023-11-14T22:13:22Z, 2.5s after its start.");
  EXPECT_EQ(told.sentence("ended-completed")->seq, saga.history.back().seq);
  EXPECT_EQ(told.said("nothing-left"), "");
  EXPECT_TRUE(told.next.empty());
  EXPECT_TRUE(told.plan.undos.empty());
  EXPECT_EQ(told.command(0), "skald history saga-1");
  EXPECT_EQ(told.commands.size(), 1U);
}

TEST(ExplainEnd, Compensated) {
  Saga saga(kTwo);
  saga.start().completes(kA).rejected(kB).completes(kUndoA);
  const Told told = tell(saga);
  EXPECT_EQ(told.cause, "ended-compensated");
  EXPECT_EQ(
      told.summary,
      "It ended at 2023-11-14T22:13:20Z, 0ms after its start, because /do/1/b was rejected: no, and what it had done "
      "was undone.");
  EXPECT_EQ(told.said("was-undone"), "Undone: /do/0/a.");
  EXPECT_EQ(told.said("nothing-left"), "Nothing of it is left behind.");
  EXPECT_NE(told.said("step-rejected"), "");
  EXPECT_TRUE(told.next.empty());
}

TEST(ExplainEnd, FailedWithSomethingLeftBehind) {
  Saga saga("  - a: { call: svc.a }\n  - b: { call: svc.b }\n");
  saga.start().completes(kA).rejected(kB);
  const Told told = tell(saga);
  EXPECT_EQ(told.cause, "ended-failed");
  EXPECT_EQ(told.summary, "It failed at 2023-11-14T22:13:20Z, 0ms after its start, because /do/1/b was rejected: no.");
  EXPECT_EQ(told.said("left-behind"), "What these did may stand, and nothing undoes it by itself: /do/0/a.");
  EXPECT_EQ(told.said("nothing-left"), "");
}

TEST(ExplainEnd, WithAnUndoSkippedOrDoneByHand) {
  Saga saga(kTwo);
  saga.start().completes(kA).rejected(kB).rejected(kUndoA);
  Saga by_hand = saga;
  saga.must(core::Skip{"", {}, {"no", "me"}});
  EXPECT_EQ(tell(saga).cause, "ended-failed");
  EXPECT_EQ(tell(saga).said("undo-skipped"), "An operator gave up the undo of /do/0/a.");
  EXPECT_EQ(tell(saga).said("left-behind"), "What these did may stand, and nothing undoes it by itself: /do/0/a.");
  by_hand.must(core::Resolve{"", {}, {}, {"no", "me"}});
  EXPECT_EQ(tell(by_hand).cause, "ended-compensated");
  EXPECT_EQ(tell(by_hand).said("undone-by-hand"), "Undone by hand, as an operator said: /do/0/a.");
  EXPECT_EQ(tell(by_hand).said("nothing-left"), "Nothing of it is left behind.");
}

TEST(ExplainEnd, CancelledAndTerminatedSayWhoAndWhy) {
  Saga saga(kTwo);
  saga.start().cancels().completes(kA).completes(kUndoA);
  EXPECT_EQ(tell(saga).cause, "ended-cancelled");
  EXPECT_EQ(tell(saga).summary,
            "It ended at 2023-11-14T22:13:20Z, 0ms after its start, because it was cancelled by me: test.");
  Saga stopped(kTwo);
  stopped.start().completes(kA).must(core::Terminate{{"enough", "me"}});
  const Told told = tell(stopped);
  EXPECT_EQ(told.cause, "ended-terminated");
  EXPECT_EQ(told.summary, "It was terminated at 2023-11-14T22:13:20Z, 0ms after its start by me: enough.");
  EXPECT_EQ(told.said("left-behind"),
            "What these did may stand, and nothing undoes it by itself: /do/0/a and /do/1/b.");
}

TEST(ExplainEnd, AnUndoThatComesBehindTheEnd) {
  Saga saga(kTwo);
  saga.start().rejected(kA).late(kA, Outcome::kUnknown);
  ASSERT_EQ(saga.status(), "failed");
  Told told = tell(saga);
  EXPECT_EQ(told.cause, "undoing");
  EXPECT_EQ(told.summary.find("It has ended as failed, and something of it is still undone. "), 0U) << told.summary;
  EXPECT_NE(told.said("ended-failed"), "");
  EXPECT_NE(told.said("at-undo"), "");
  EXPECT_EQ(told.said("nothing-left"), "");
  EXPECT_EQ(told.then("ends-as"), "") << "its end stands";
  EXPECT_EQ(told.verbs(), std::vector<std::string>{"history"});
  saga.rejected(kUndoA);
  told = tell(saga);
  EXPECT_EQ(told.cause, "undo-stuck");
  EXPECT_EQ(told.command(0), "skald retry saga-1 --step /do/0/a --reason ...");
}

TEST(ExplainEnd, TakenBackByItsParent) {
  Saga saga(kTwo);
  saga.start().completes(kA).completes(kB).must(core::TakeBack{"key", 1});
  EXPECT_EQ(tell(saga).said("taken-back"), "Behind its end, the saga that ran it has it undone.");
  saga.completes(kUndoA);
  EXPECT_EQ(tell(saga).said("taken-back"), "Behind its end, the saga that ran it had it undone.");
  EXPECT_EQ(tell(saga).cause, "ended-completed");
}

}  // namespace
}  // namespace skald::inspect
