// `try` and `catch`: what is caught, what is undone before the flow goes on, and tries that are repeated.

#include "engine/core/error_filter.h"
#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

std::string with_catch(const std::string& clause) {
  return R"(
  - attempt:
      try:
        - a: { call: svc.a, compensate: { call: undo.a } }
        - b: { call: svc.b, compensate: { call: undo.b } }
      catch: )" +
         clause + R"(
  - after: { call: svc.after }
)";
}
const std::string kA = "/do/0/attempt/try/0/a";
const std::string kB = "/do/0/attempt/try/1/b";
const std::string kFix = "/do/0/attempt/catch/do/0/fix";
const std::string kAfter = "/do/1/after";
const std::string kUndo = "/compensate";
const std::string kDoFix = "{ as: err, do: [ { fix: { call: svc.fix, with: { why: '${ $err.title }' } } } ] }";

TEST(Try, AnErrorThatIsCaughtGoesToTheHandler) {
  Saga saga(with_catch(kDoFix));
  saga.start().completes(kA).rejected(kB);
  EXPECT_EQ(saga.in_flight(), Lines{kFix});
  EXPECT_EQ(saga.find(kFix)->input.value(), (Value{{"why", "no"}}));
  EXPECT_EQ(saga.status(), "running");
  saga.completes(kFix, {{"fixed", true}});
  EXPECT_EQ(saga.find(kAfter)->input.value(), (Value{{"fixed", true}}));
  saga.completes(kAfter);
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_TRUE(left_behind(saga.state()).empty());
}

TEST(Try, WithoutAHandlerTheFlowGoesOnWithItsInput) {
  Saga saga(with_catch("{}"));
  saga.start({{"n", 1}}).completes(kA).rejected(kB);
  EXPECT_EQ(saga.find(kAfter)->input.value(), (Value{{"n", 1}}));
}

TEST(Try, WhatCompletedStandsAndIsUndoneWhenTheSagaFailsLater) {
  Saga saga(with_catch(kDoFix));
  saga.start().completes(kA).rejected(kB).completes(kFix).rejected(kAfter);
  EXPECT_EQ(saga.in_flight(), Lines{kA + kUndo});
  saga.completes(kA + kUndo);
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Try, AStepThatMayHaveTakenEffectIsUndoneBeforeTheFlowGoesOn) {
  Saga saga(with_catch("{ errors: { with: { status: 504 } }, do: [ { fix: { call: svc.fix } } ] }"));
  saga.start().completes(kA);
  for (int attempt = 1; attempt < 5; ++attempt) saga.unknown(kB).timer("retry:");
  saga.unknown(kB);
  ASSERT_EQ(saga.in_flight(), Lines{kB + kUndo}) << "not the handler yet";
  EXPECT_EQ(saga.status(), "running");
  saga.completes(kB + kUndo);
  EXPECT_EQ(saga.in_flight(), Lines{kFix});
  saga.completes(kFix).completes(kAfter);
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_TRUE(left_behind(saga.state()).empty());
}

TEST(Try, WithCompensateAllThatItDidIsUndoneInReverse) {
  Saga saga(R"(
  - first: { call: svc.first, compensate: { call: undo.first } }
  - attempt:
      try:
        - a: { call: svc.a, compensate: { call: undo.a } }
        - b: { call: svc.b, compensate: { call: undo.b, with: { why: '${ $error.title }' } } }
        - c: { call: svc.c }
      catch: { compensate: true }
  - after: { call: svc.after }
)");
  const std::string a = "/do/1/attempt/try/0/a";
  const std::string b = "/do/1/attempt/try/1/b";
  saga.start().completes("/do/0/first").completes(a).completes(b).rejected("/do/1/attempt/try/2/c");
  ASSERT_EQ(saga.in_flight(), Lines{b + kUndo});
  EXPECT_EQ(outward(saga.state()).tasks[0].input.value(), (Value{{"why", "no"}}));
  saga.completes(b + kUndo);
  ASSERT_EQ(saga.in_flight(), Lines{a + kUndo});
  saga.completes(a + kUndo);
  ASSERT_EQ(saga.in_flight(), Lines{"/do/2/after"}) << "what stands before the try is not its business";
  saga.rejected("/do/2/after");
  EXPECT_EQ(saga.in_flight(), Lines{"/do/0/first/compensate"}) << "nothing is undone twice";
}

TEST(Try, AnErrorThatIsNotMeantGoesFurtherOut) {
  for (const std::string clause : {"{ errors: { with: { status: 500 } } }", "{ when: $error.status == 1 }",
                                   "{ exceptWhen: $error.status == 409 }"}) {
    Saga saga(with_catch(clause));
    saga.start().completes(kA).rejected(kB);
    EXPECT_EQ(saga.status(), "compensating") << clause;
  }
}

TEST(Try, AnErrorOfTheHandlerGoesFurtherOut) {
  Saga saga(with_catch("{ do: [ { fix: { call: svc.fix } } ] }"));
  saga.start().completes(kA).rejected(kB).rejected(kFix);
  EXPECT_EQ(saga.in_flight(), Lines{kA + kUndo});
}

TEST(Try, TheInnermostThatCatchesIsTheOne) {
  Saga saga(R"(
  - outer:
      try:
        - inner:
            try: [ { a: { call: svc.a } } ]
            catch: { errors: { with: { status: 1 } }, do: [ { x: { call: svc.x } } ] }
      catch: { errors: { with: { type: 'urn:test:no' } }, do: [ { y: { call: svc.y } } ] }
)");
  saga.start().rejected("/do/0/outer/try/0/inner/try/0/a");
  EXPECT_EQ(saga.in_flight(), Lines{"/do/0/outer/catch/do/0/y"});
}

TEST(Try, ARetryRepeatsItFromTheFirstTaskWithNewKeys) {
  Saga saga(with_catch("{ retry: { delay: PT2S, limit: { attempt: { count: 3 } } } }"));
  saga.start({{"n", 7}}).completes(kA);
  const std::string first = saga.find(kA)->key;
  const Time failed_at = saga.now;
  saga.rejected(kB);
  EXPECT_TRUE(saga.in_flight().empty());
  saga.timer("wait:");
  EXPECT_EQ(saga.now, failed_at + Millis(2000));
  EXPECT_EQ(saga.in_flight(), Lines{kA});
  EXPECT_NE(saga.find(kA)->key, first);
  EXPECT_EQ(saga.find(kA)->input.value(), (Value{{"n", 7}}));
  saga.completes(kA).rejected(kB).timer("wait:").completes(kA).rejected(kB);
  EXPECT_EQ(saga.status(), "compensating") << "three tries in all, and nothing handles it";
  for (int undone = 0; undone < 3; ++undone) saga.completes(kA + kUndo);
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Try, WithCompensateEachTryIsUndoneBeforeTheNext) {
  Saga saga(
      with_catch("{ compensate: true, retry: { delay: PT1S, limit: { attempt: { count: 2 } } }, "
                 "do: [ { fix: { call: svc.fix } } ] }"));
  saga.start().completes(kA).rejected(kB);
  ASSERT_EQ(saga.in_flight(), Lines{kA + kUndo});
  EXPECT_TRUE(outward(saga.state()).timers.empty());
  saga.completes(kA + kUndo).timer("wait:").completes(kA).rejected(kB);
  ASSERT_EQ(saga.in_flight(), Lines{kA + kUndo});
  saga.completes(kA + kUndo);
  EXPECT_EQ(saga.in_flight(), Lines{kFix}) << "no try is left";
}

TEST(Try, AnOperatorCutsTheWaitForTheNextRoundShort) {
  Saga saga(with_catch("{ retry: { delay: PT2H } }"));
  saga.start().completes(kA).rejected(kB).must(Retry{"", std::nullopt, {"now", "me"}});
  EXPECT_EQ(saga.in_flight(), Lines{kA});
}

TEST(Try, ALateCompletionIsUndoneByItsOwnUndoAlsoInsideACompositeThatHasOne) {
  Saga saga(R"(
  - whole:
      do:
        - attempt:
            try: [ { a: { call: svc.a, compensate: { call: undo.a }, retry: { limit: { attempt: { count: 1 } } } } } ]
            catch: {}
      compensate: { call: undo.whole }
  - after: { call: svc.after }
)");
  const std::string a = "/do/0/whole/do/0/attempt/try/0/a";
  saga.start().fails(a).late(a, Outcome::kCompleted);
  EXPECT_EQ(saga.in_flight(), (Lines{a + kUndo, "/do/1/after"}));
}

TEST(Try, ARetryHasConditions) {
  Saga saga(with_catch("{ retry: { delay: PT1S, when: $error.status == 503 }, do: [ { fix: { call: svc.fix } } ] }"));
  saga.start().completes(kA).rejected(kB);
  EXPECT_EQ(saga.in_flight(), Lines{kFix});
}

TEST(Try, BranchesThatRunBesideAreCancelledAndAwaited) {
  Saga saga(R"(
  - attempt:
      try:
        - both:
            fork:
              branches:
                - a: { call: svc.a, compensate: { call: undo.a } }
                - b: { call: svc.b }
      catch: {}
  - after: { call: svc.after }
)");
  const std::string branches = "/do/0/attempt/try/0/both/fork/branches";
  const std::string a = branches + "/0/a";
  saga.start().rejected(branches + "/1/b");
  ASSERT_EQ(saga.in_flight(), Lines{a});
  EXPECT_TRUE(outward(saga.state()).tasks[0].cancelling);
  saga.completes(a);
  ASSERT_EQ(saga.in_flight(), Lines{"/do/1/after"}) << "it completed, and stands";
  EXPECT_EQ(saga.find(a)->undo.phase, UndoPhase::kRegistered);
}

TEST(Try, ABranchThatNobodyAnswersForIsUndoneAfterABound) {
  Saga saga(R"(
  - attempt:
      try:
        - both:
            fork:
              branches:
                - a: { call: svc.a, compensate: { call: undo.a } }
                - b: { call: svc.b }
      catch: {}
)");
  const std::string branches = "/do/0/attempt/try/0/both/fork/branches";
  saga.start().rejected(branches + "/1/b").timer("drain:");
  ASSERT_EQ(saga.in_flight(), Lines{branches + "/0/a" + kUndo});
  saga.completes(branches + "/0/a" + kUndo);
  EXPECT_EQ(saga.status(), "completed");
}

TEST(Try, ALateCompletionOfAStepThatWasPassedOverRunsItsUndo) {
  Saga saga(with_catch("{}"));
  saga.start().completes(kA);
  for (int attempt = 1; attempt < 5; ++attempt) saga.fails(kB).timer("retry:");
  saga.fails(kB);
  ASSERT_EQ(saga.in_flight(), Lines{kAfter}) << "it is known not to have happened";
  saga.completes(kAfter);
  ASSERT_EQ(saga.status(), "completed");
  saga.late(kB, Outcome::kCompleted, 2, {{"late", true}});
  ASSERT_EQ(saga.in_flight(), Lines{kB + kUndo});
  EXPECT_EQ(saga.status(), "completed") << "a final status never flips";
  EXPECT_EQ(left_behind(saga.state()), Lines{kB}) << "until it is undone";
  saga.completes(kB + kUndo);
  EXPECT_TRUE(left_behind(saga.state()).empty());
  EXPECT_FALSE(has_open_work(saga.state()));
}

TEST(Try, AWiderCompensationTakesOverWhatIsLeft) {
  Saga saga(with_catch("{ compensate: true }"));
  saga.start().completes(kA);
  for (int attempt = 1; attempt < 5; ++attempt) saga.unknown(kB).timer("retry:");
  saga.unknown(kB);
  ASSERT_EQ(saga.in_flight(), Lines{kB + kUndo});
  saga.cancels();
  ASSERT_EQ(saga.in_flight(), Lines{kB + kUndo}) << "an undo that has begun is not begun again";
  saga.completes(kB + kUndo);
  ASSERT_EQ(saga.in_flight(), Lines{kA + kUndo});
  saga.completes(kA + kUndo);
  EXPECT_EQ(saga.status(), "cancelled");
}

TEST(Try, AStuckUndoHoldsTheFlowUntilAnOperatorSettlesIt) {
  Saga saga(R"(
  - attempt:
      try:
        - a: { call: svc.a, compensate: { call: undo.a, retry: { limit: { attempt: { count: 1 } } } } }
        - b: { call: svc.b }
      catch: { compensate: true }
  - after: { call: svc.after }
)");
  saga.start().completes(kA).rejected(kB).fails(kA + kUndo);
  EXPECT_EQ(saga.status(), "stuck");
  saga.must(Skip{"", std::nullopt, {"enough", "me"}});
  EXPECT_EQ(saga.in_flight(), Lines{kAfter});
  saga.completes(kAfter);
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_EQ(left_behind(saga.state()), Lines{kA});
}

TEST(Try, BehindThePivotErrorsAreCaughtToo) {
  Saga saga(R"(
  - pay: { call: pay.charge, pivot: true }
  - tell: { try: [ { mail: { call: mail.send } } ], catch: { do: [ { note: { call: svc.note } } ] } }
)");
  saga.start().completes("/do/0/pay").rejected("/do/1/tell/try/0/mail");
  EXPECT_EQ(saga.in_flight(), Lines{"/do/1/tell/catch/do/0/note"});
}

TEST(Try, AHistoryThatIsFullIsNotCaught) {
  Saga saga(R"(
  - attempt:
      try: [ { back: { set: { n: 1 } } }, { again: { set: { n: 2 }, then: back } } ]
      catch: { retry: { delay: PT1S } }
)");
  saga.limits.history_events = 50;
  saga.start();
  EXPECT_EQ(saga.status(), "failed");
  EXPECT_EQ(saga.state().error.value()["title"], "History too long");
}

TEST(TimeLimits, OfACompositeRaiseAnErrorThatCanBeCaught) {
  Saga saga(R"(
  - attempt:
      try:
        - slow: { do: [ { a: { call: svc.a, compensate: { call: undo.a } } } ], timeout: { after: PT5S } }
      catch: { errors: { with: { type: 'https://serverlessworkflow.io/dsl/errors/types/timeout' } } }
)");
  const std::string a = "/do/0/attempt/try/0/slow/do/0/a";
  saga.start().timer("timeout:");
  EXPECT_EQ(saga.in_flight(), Lines{a}) << "it is cancelled, and awaited";
  saga.timer("drain:");
  EXPECT_EQ(saga.in_flight(), Lines{a + kUndo});
  saga.completes(a + kUndo);
  EXPECT_EQ(saga.status(), "completed");
}

TEST(TimeLimits, ThatNothingCatchesTurnTheSagaBack) {
  Saga saga("  - slow: { do: [ { a: { call: svc.a } } ], timeout: short }\n",
            "use: { timeouts: { short: { after: PT5S } } }\n");
  saga.start().timer("timeout:");
  EXPECT_EQ(saga.status(), "compensating");
  EXPECT_EQ(saga.state().error.value()["instance"], "/do/0/slow");
}

TEST(TimeLimits, BehindThePivotOnlyShow) {
  Saga saga(
      "  - pay: { call: pay.charge, pivot: true }\n  - slow: { do: [ { a: { call: svc.a } } ], timeout: { after: PT5S "
      "} }\n");
  saga.start().completes("/do/0/pay").timer("timeout:");
  EXPECT_EQ(saga.in_flight(), Lines{"/do/1/slow/do/0/a"});
  EXPECT_EQ(saga.last.back().type, EventType::kTimerFired);
  EXPECT_TRUE(outward(saga.state()).timers.empty()) << "once";
}

TEST(ErrorFilter, AllFamiliesOfTheStandardsTypesAreTheSame) {
  for (const char* uri :
       {"https://serverlessworkflow.io/spec/1.0.0/errors/timeout",
        "https://serverlessworkflow.io/dsl/errors/types/timeout", "http://example.org/errors/types/timeout"}) {
    EXPECT_EQ(error_type(uri), "timeout") << uri;
  }
  for (const char* uri : {"timeout", "https://serverlessworkflow.io/spec/1.0.0/errors/mine", "urn:x", ""}) {
    EXPECT_EQ(error_type(uri), uri);
  }
}

}  // namespace
}  // namespace skald::core
