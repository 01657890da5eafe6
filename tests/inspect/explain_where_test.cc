// Where a saga is: loops, branches, handlers, and what stands around it.

#include "tests/inspect/explain_fixture.h"

namespace skald::inspect {
namespace {

TEST(ExplainWhere, ARoundOfALoop) {
  Saga saga("  - each: { for: { in: '${ $input.items }' }, do: [ { a: { call: svc.a } } ] }\n");
  saga.start({{"items", {1, 2, 3}}}).completes("/do/0/each/do/0/a");
  EXPECT_EQ(tell(saga).said("at-step"),
            "It is at /do/0/each/do/0/a, which calls svc.a; round 2 of 3 of the loop /do/0/each.");
}

TEST(ExplainWhere, BranchesSideBySide) {
  Saga saga(
      "  - both: { fork: { branches: [ { a: { call: svc.a } }, { b: { call: svc.b } }, { c: { call: svc.c } } ] } }\n");
  saga.start().completes("/do/0/both/fork/branches/0/a").fails("/do/0/both/fork/branches/2/c");
  const Told told = tell(saga);
  EXPECT_EQ(told.said("side-by-side"), "2 tasks of it are open side by side.");
  EXPECT_EQ(
      told.said("at-step"),
      "It is at /do/0/both/fork/branches/1/b, which calls svc.b; in one of 2 open branches of the fork /do/0/both.\n"
      "It is at /do/0/both/fork/branches/2/c, which calls svc.c; in one of 2 open branches of the fork /do/0/both.");
  EXPECT_EQ(told.cause, "step-failing") << "what goes wrong is told first";
  EXPECT_EQ(told.command(0), "skald retry saga-1 --step /do/0/both/fork/branches/2/c --reason ...");
}

TEST(ExplainWhere, OfManyBranchesTheFirst) {
  std::string branches;
  for (int i = 0; i < 25; ++i)
    branches += (i == 0 ? "" : ", ") + std::string("{ b") + std::to_string(i) + ": { call: svc.a } }";
  Saga saga("  - all: { fork: { branches: [ " + branches + " ] } }\n");
  saga.start();
  const Told told = tell(saga);
  EXPECT_EQ(told.said("side-by-side"), "25 tasks of it are open side by side.");
  EXPECT_EQ(told.said("and-more"), "10 of these are told here.");
  EXPECT_LT(told.sentences.size(), 40U);
}

TEST(ExplainWhere, WhatACatchDoes) {
  Saga saga("  - t: { try: [ { a: { call: svc.a } } ], catch: { do: [ { mend: { call: svc.mend } } ] } }\n");
  saga.start().rejected("/do/0/t/try/0/a");
  const Told told = tell(saga);
  EXPECT_EQ(
      told.said("at-step"),
      "It is at /do/0/t/catch/do/0/mend, which calls svc.mend; in what the catch of /do/0/t does about an error.");
  EXPECT_NE(told.said("overcome").find("attempt 1 of /do/0/t/try/0/a was rejected: no"), std::string::npos);
  EXPECT_EQ(told.then("if-rejected").find("unless the catch"), std::string::npos)
      << "a handler's errors go further out";
}

TEST(ExplainWhere, ATryThatUnwinds) {
  Saga saga(R"(
  - t:
      try:
        - a: { call: svc.a, compensate: { call: undo.a } }
        - b: { call: svc.b }
      catch: { compensate: true, do: [ { mend: { call: svc.mend } } ] }
)");
  saga.start().completes("/do/0/t/try/0/a").rejected("/do/0/t/try/1/b");
  const Told told = tell(saga);
  EXPECT_EQ(told.status, "running");
  EXPECT_EQ(told.said("unwinding"),
            "Before /do/0/t goes on, what was done inside it and is not to stand is undone: it caught no.");
  EXPECT_EQ(told.said("at-undo"), "It is at the undo of /do/0/t/try/0/a, which calls undo.a.");
  EXPECT_EQ(told.cause, "undoing");
  EXPECT_EQ(told.summary, "It undoes what it did; now the undo of /do/0/t/try/0/a.");
  EXPECT_EQ(told.said("goes-back"), "") << "the saga as a whole goes forward";
}

TEST(ExplainWhere, TheLosersOfACompetition) {
  Saga saga("  - race: { fork: { compete: true, branches: [ { a: { call: svc.a } }, { b: { call: svc.b } } ] } }\n");
  saga.start().completes("/do/0/race/fork/branches/0/a");
  saga.now = saga.now + Millis(4'000);
  const Told told = tell(saga);
  EXPECT_EQ(
      told.said("unwinding"),
      "Before /do/0/race goes on, what was done inside it and is not to stand is undone: one of its branches has won.");
  EXPECT_EQ(told.cause, "cancelled-in-flight");
  EXPECT_EQ(told.summary, "/do/0/race/fork/branches/1/b is no longer wanted; its outcome is awaited.");
  EXPECT_EQ(told.said("was-at"), "The flow has left /do/0/race/fork/branches/1/b, which calls svc.b.");
  EXPECT_EQ(
      told.said("cancelled-in-flight"),
      "Attempt 1 is no longer wanted; its outcome is awaited until 2023-11-14T22:13:30Z, 6.0s more. Without one it "
      "counts as an attempt that may have taken effect.");
  EXPECT_EQ(told.then("after-cancelled"),
            "When the outcome of /do/0/race/fork/branches/1/b is known, what waits for it goes on.");
}

TEST(ExplainWhere, AnUndoThatIsAList) {
  Saga saga(R"(
  - a: { call: svc.a, compensate: [ { one: { call: undo.one } }, { two: { call: undo.two } } ] }
  - b: { call: svc.b }
)");
  saga.start().completes("/do/0/a").rejected("/do/1/b");
  saga.completes("/do/0/a/compensate/do/0/one");
  EXPECT_EQ(tell(saga).said("at-undo"), "It is at the undo of /do/0/a, at its task two, which calls undo.two.");
  saga.fails("/do/0/a/compensate/do/1/two");
  EXPECT_EQ(tell(saga).command(0), "skald retry saga-1 --step /do/0/a --reason ...");
}

TEST(ExplainWhere, AChildKnowsItsParent) {
  Saga saga("  - a: { call: svc.a }\n");
  core::Start start;
  start.run = make_run_id(saga.now, 3, 42);
  start.id = SagaId("saga-1");
  start.input = Payload(Value::object());
  start.parent =
      core::Parent{"01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a8057:/do/0/x:1", 1};
  saga.must(start);
  const Told told = tell(saga);
  EXPECT_EQ(told.said("child-of"), "The saga with the run id 01890a5d-ac96-774b-bcce-b302099a8057 runs it.");
  EXPECT_EQ(told.commands.back().command, "skald explain 01890a5d-ac96-774b-bcce-b302099a8057");
}

TEST(ExplainWhere, AReferenceThatAShellWouldReadIsQuoted) {
  Saga saga("  - it's so: { call: svc.a }\n");
  saga.start().fails("/do/0/it's so");
  EXPECT_EQ(explain(saga.state(), past_of(saga), all_served(saga)).commands.at(0).command,
            "skald retry saga-1 --step '/do/0/it'\\''s so' --reason ...");
}

}  // namespace
}  // namespace skald::inspect
