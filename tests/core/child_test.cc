// `run: workflow`: a saga as a step of another, seen from both.

#include "engine/core/children.h"
#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

constexpr const char* kParent = R"(
  - pack: { run: { workflow: { namespace: test, name: child, version: '1.0.0', input: { n: '${ .n }' } } } }
  - ship: { call: svc.ship }
)";
const std::string kPack = "/do/0/pack";
const std::string kShip = "/do/1/ship";

std::vector<ChildAct> children(const Saga& saga) { return outward(saga.state()).children; }

TEST(Child, ItIsOwedUntilItHasEnded) {
  Saga saga(kParent);
  saga.start({{"n", 2}});
  ASSERT_EQ(children(saga).size(), 1U);
  const ChildAct act = children(saga)[0];
  EXPECT_EQ(act.workflow, "test/child");
  EXPECT_EQ(act.version, "1.0.0");
  EXPECT_EQ(act.input.value(), (Value{{"n", 2}}));
  EXPECT_TRUE(saga.in_flight().empty()) << "no worker has anything to do with it";
  saga.completes(kPack, {{"packed", true}});
  EXPECT_TRUE(children(saga).empty());
  EXPECT_EQ(saga.find(kShip)->input.value(), (Value{{"packed", true}}));
}

TEST(Child, ThatCompletedIsTakenBackWhenTheParentIsUndone) {
  Saga saga(kParent);
  saga.start().completes(kPack).rejected(kShip);
  ASSERT_EQ(children(saga).size(), 1U);
  const ChildAct act = children(saga)[0];
  EXPECT_TRUE(act.take_back());
  EXPECT_EQ(act.forward, saga.find(kPack)->key);
  saga.completes(kPack + "/compensate");
  EXPECT_EQ(saga.status(), "compensated");
  EXPECT_TRUE(left_behind(saga.state()).empty());
}

TEST(Child, ThatEndedOtherwiseIsAnErrorAndNotRetried) {
  Saga saga(kParent);
  saga.start().rejected(kPack);
  EXPECT_EQ(saga.status(), "failed");
  EXPECT_TRUE(left_behind(saga.state()).empty());
}

TEST(Child, ThatLeftSomethingBehindIsLeftBehindByTheParent) {
  Saga saga(kParent);
  saga.start().unknown(kPack);
  EXPECT_EQ(saga.status(), "failed");
  EXPECT_EQ(left_behind(saga.state()), Lines{kPack});
}

TEST(Child, InFlightItIsCancelledAndAwaitedWithoutABound) {
  Saga saga(kParent);
  saga.start().cancels();
  ASSERT_EQ(children(saga).size(), 1U);
  EXPECT_TRUE(children(saga)[0].cancelling);
  EXPECT_TRUE(outward(saga.state()).timers.empty());
  saga.rejected(kPack);
  EXPECT_EQ(saga.status(), "cancelled");
}

TEST(Child, ThatIsNotAwaitedPassesTheInputOn) {
  Saga saga("  - pack: { run: { workflow: { namespace: test, name: child }, await: false } }\n");
  saga.start({{"n", 2}});
  ASSERT_EQ(children(saga).size(), 1U);
  EXPECT_EQ(children(saga)[0].passed_on.value(), (Value{{"n", 2}}));
}

TEST(Child, ThatCouldNotUndoAllIsLeftBehindAlthoughItWasTakenBack) {
  Saga saga(kParent);
  saga.start().completes(kPack).rejected(kShip);
  TakeResult undone;
  undone.key = children(saga)[0].key;
  undone.attempt = 1;
  undone.output = Payload(Value(nullptr));
  undone.left_behind = {"/do/0/a"};
  saga.must(undone);
  EXPECT_EQ(saga.status(), "compensated");
  EXPECT_EQ(left_behind(saga.state()), Lines{kPack});
}

TEST(Child, ThatAnOperatorHasRunAgainIsAnotherSaga) {
  Saga saga(R"(
  - pay: { call: svc.pay, pivot: true }
  - pack: { run: { workflow: { namespace: test, name: child } } }
)");
  saga.start().completes("/do/0/pay").rejected("/do/1/pack");
  EXPECT_EQ(saga.status(), "stuck");
  saga.must(Retry{"/do/1/pack", {}, {"mended", "ops"}});
  ASSERT_EQ(children(saga).size(), 1U);
  const ChildAct again = children(saga)[0];
  EXPECT_NE(child_id(again.forward, again.forward_attempt), child_id(again.forward)) << "that one has ended";
  TakeResult done;
  done.key = again.key;
  done.attempt = again.attempt;
  done.output = Payload(Value(nullptr));
  saga.must(done);
  EXPECT_EQ(saga.status(), "completed");
}

TEST(Child, ItsIdSaysWhereItComesFrom) {
  EXPECT_EQ(child_id("0190-a:/do/0/pack:1").str(), "0190-a:.do.0.pack:1");
  EXPECT_NE(child_id("0190-a:/do/0/pack it:1"), child_id("0190-a:/do/0/pack.it:1"));
  EXPECT_LE(child_id(std::string(1000, 'x')).str().size(), 256U);
}

constexpr const char* kTwo = R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - b: { call: svc.b, compensate: { call: undo.b } }
)";
const Parent kFrom{"0190", "0190:/do/0/pack:1", 1, true};

Saga begun(const std::string& tasks, bool awaited = true) {
  Saga saga(tasks);
  Start start;
  start.run = make_run_id(saga.now, 3, 42);
  start.id = SagaId("child");
  start.input = Payload(Value::object());
  start.parent = kFrom;
  start.parent->awaits = awaited;
  saga.must(start);
  return saga;
}

std::optional<TakeResult> report(const Saga& saga) { return report_to_parent(saga.state(), saga.history.back()); }

TEST(Child, ItsEndAnswersTheParentsStep) {
  Saga saga = begun("  - a: { call: svc.a }\n");
  EXPECT_FALSE(report(saga));
  saga.completes("/do/0/a", {{"done", 1}});
  const auto told = report(saga);
  ASSERT_TRUE(told);
  EXPECT_EQ(told->key, kFrom.key);
  EXPECT_EQ(told->outcome, Outcome::kCompleted);
  EXPECT_EQ(told->output.value(), (Value{{"done", 1}}));
}

TEST(Child, AnEndThatLeftNothingBehindIsARejectionAndOneThatDidIsUnknown) {
  Saga clean = begun(kTwo);
  clean.completes("/do/0/a").rejected("/do/1/b").completes("/do/0/a/compensate");
  EXPECT_EQ(report(clean)->outcome, Outcome::kRejected);
  EXPECT_EQ(report(clean)->error.value()["title"], "no");
  Saga dirty = begun("  - a: { call: svc.a }\n  - b: { call: svc.b }\n");
  dirty.completes("/do/0/a").rejected("/do/1/b");
  EXPECT_EQ(report(dirty)->outcome, Outcome::kUnknown);
}

TEST(Child, CompletedItIsUndoneWhenItsParentOrdersThatAndStaysCompleted) {
  Saga saga = begun(kTwo);
  saga.completes("/do/0/a").completes("/do/1/b").must(TakeBack{"undo-key"});
  EXPECT_EQ(saga.in_flight(), Lines{"/do/1/b/compensate"});
  EXPECT_EQ(saga.status(), "completed");
  saga.must(TakeBack{"undo-key"});
  EXPECT_TRUE(saga.last.empty()) << "it is told twice after a crash";
  saga.completes("/do/1/b/compensate").completes("/do/0/a/compensate");
  EXPECT_EQ(saga.history.back().type, EventType::kCompensationEnded);
  EXPECT_EQ(report(saga)->key, "undo-key");
  EXPECT_EQ(report(saga)->outcome, Outcome::kCompleted);
  EXPECT_FALSE(has_open_work(saga.state()));
}

TEST(Child, BehindItsPivotItIsNotTakenBack) {
  Saga saga = begun("  - a: { call: svc.a, pivot: true }\n");
  saga.completes("/do/0/a");
  EXPECT_EQ(saga.refused(TakeBack{"undo-key"}), "past-pivot");
}

TEST(Child, OfASecondAttemptItAnswersThatOne) {
  Saga saga("  - a: { call: svc.a }\n");
  Start start;
  start.run = make_run_id(saga.now, 3, 42);
  start.id = SagaId("child");
  start.input = Payload(Value::object());
  start.parent = kFrom;
  start.parent->attempt = 2;
  saga.must(start);
  saga.completes("/do/0/a");
  EXPECT_EQ(report(saga)->attempt, 2U);
}

TEST(Child, ThatLeavesSomethingBehindWhenItIsUndoneSaysSo) {
  Saga saga = begun("  - a: { call: svc.a }\n");
  saga.completes("/do/0/a").must(TakeBack{"undo-key", 2});
  EXPECT_EQ(report(saga)->key, "undo-key");
  EXPECT_EQ(report(saga)->attempt, 2U);
  EXPECT_EQ(report(saga)->outcome, Outcome::kCompleted);
  EXPECT_EQ(report(saga)->left_behind, Lines{"/do/0/a"});
}

TEST(Child, RunningWithoutBeingAwaitedItIsCancelledAndItsEndAnswersTheUndo) {
  Saga saga = begun(kTwo, false);
  saga.completes("/do/0/a").must(TakeBack{"undo-key"}).completes("/do/1/b");
  saga.completes("/do/1/b/compensate").completes("/do/0/a/compensate");
  EXPECT_EQ(saga.status(), "cancelled");
  EXPECT_EQ(report(saga)->key, "undo-key");
  EXPECT_EQ(report(saga)->outcome, Outcome::kCompleted);
}

TEST(Child, ThatWasUndoneAlreadyAnswersAtOnce) {
  Saga saga = begun(kTwo, false);
  saga.completes("/do/0/a").rejected("/do/1/b").completes("/do/0/a/compensate").must(TakeBack{"undo-key"});
  EXPECT_EQ(report(saga)->key, "undo-key");
}

TEST(Schemas, WhatDoesNotFitIsAnErrorThatNamesItsPlace) {
  Saga saga(R"(
  - a: { call: svc.a, output: { as: .n, schema: { document: { type: integer } } } }
)");
  saga.start().completes("/do/0/a", {{"n", "two"}});
  EXPECT_EQ(saga.status(), "failed");
  EXPECT_EQ(saga.state().error.value()["type"], "https://serverlessworkflow.io/spec/1.0.0/errors/validation");
  EXPECT_EQ(left_behind(saga.state()), Lines{"/do/0/a"}) << "the answer was taken before the schema saw it";
}

TEST(Schemas, OfInputsAndExportsAreHeldToo) {
  Saga input("  - a: { do: [ { b: { set: { x: 1 } } } ], input: { schema: { document: { required: [n] } } } }\n");
  input.start();
  EXPECT_EQ(input.status(), "failed");
  Saga good("  - a: { do: [ { b: { set: { x: 1 } } } ], input: { schema: { document: { required: [n] } } } }\n");
  good.start({{"n", 1}});
  EXPECT_EQ(good.status(), "completed");
  Saga exported(
      "  - a: { set: { x: 1 }, export: { as: { y: '${ .x }' }, schema: { document: { required: [z] } } } }\n");
  exported.start();
  EXPECT_EQ(exported.status(), "failed");
}

}  // namespace
}  // namespace skald::core
