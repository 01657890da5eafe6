// What can become of a saga: sequences, undos, pivots, retries, limits.

#include <fmt/format.h>

#include "tests/check/walk_fixture.h"

namespace skald::check {
namespace {

constexpr const char* kThree = R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - b: { call: svc.b, compensate: { call: undo.b } }
  - c: { call: svc.c, compensate: { call: undo.c } }
)";

TEST(Walk, UndoesWhatCameBeforeAFailureFromTheLastToTheFirst) {
  const Walk walk(kThree);
  EXPECT_THAT(walk.unfailing(), ElementsAre("-> completed"));
  EXPECT_THAT(walk.when("a", "rejected"), ElementsAre("-> failed"));
  EXPECT_THAT(walk.when("b", "failed"), ElementsAre("a -> compensated"));
  EXPECT_THAT(walk.when("c", "rejected"), ElementsAre("b, a -> compensated"));
}

TEST(Walk, UndoesAStepWhoseOutcomeNobodyKnows) {
  const Walk walk(kThree);
  EXPECT_THAT(walk.when("c", "unknown"), ElementsAre("c, b, a -> compensated"));
  EXPECT_THAT(walk.notes(), Contains("undo-of-nothing c"));
  EXPECT_EQ(walk.message("undo-of-nothing", "c"), "undo.c");
}

TEST(Walk, CountsEveryPath) {
  // No failure; rejected, failed or unknown, with the undo rejected or not where there is one.
  const Walk walk("  - a: { call: svc.a, compensate: { call: undo.a } }\n");
  EXPECT_EQ(walk.count(End::kCompleted), 1U);
  EXPECT_EQ(walk.count(End::kFailed), 2U);
  EXPECT_EQ(walk.count(End::kCompensated), 1U);
  EXPECT_EQ(walk.count(End::kStuck), 1U);
  EXPECT_EQ(walk.report.total(), 5U);
  EXPECT_EQ(walk.report.stopped, "");
}

TEST(Walk, AnUndoThatIsRejectedIsANoteAndOneWhoseRetriesEndAWarning) {
  const Walk endless("  - a: { call: svc.a, compensate: { call: undo.a } }\n");
  EXPECT_THAT(endless.notes(), Contains("stuck a"));
  EXPECT_THAT(endless.warnings(), IsEmpty());
  const Walk bounded(R"(
  - a: { call: svc.a, compensate: { call: undo.a, retry: { limit: { attempt: { count: 3 } } } } }
)");
  EXPECT_THAT(bounded.warnings(), ElementsAre("stuck a"));
  EXPECT_THAT(bounded.message("stuck", "a"), testing::HasSubstr("undo undo.a"));
}

TEST(Walk, AStepWithoutAnUndoIsLeftBehind) {
  const Walk walk(R"(
  - a: { call: svc.a }
  - b: { call: svc.b, effect: none }
)");
  EXPECT_THAT(walk.warnings(), ElementsAre("left-behind a"));
  EXPECT_EQ(walk.message("left-behind", "a"), "it has no undo, when b is rejected");
}

TEST(Walk, AnUndoOfCompletedStepsOnlyLeavesUnknownOnesBehind) {
  const Walk walk("  - a: { call: svc.a, compensate: { call: undo.a, 'on': completed } }\n");
  EXPECT_THAT(walk.when("a", "unknown"), ElementsAre("-> failed"));
  EXPECT_THAT(walk.warnings(), Contains("left-behind a"));
}

TEST(Walk, BehindThePivotThereIsOnlyForwardOrAnOperator) {
  const Walk walk(R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - pay: { call: svc.pay, pivot: true, compensate: { call: undo.pay } }
  - ship: { call: svc.ship }
)");
  EXPECT_THAT(walk.when("pay", "rejected"), ElementsAre("a -> compensated"));
  EXPECT_THAT(walk.when("pay", "unknown"), ElementsAre("pay, a -> compensated"));
  EXPECT_THAT(walk.when("ship", "rejected"), ElementsAre("-> stuck"));
  EXPECT_THAT(walk.when("ship", "failed"), IsEmpty()) << "it is tried until it works";
  EXPECT_THAT(walk.notes(), Contains("stuck ship"));
}

TEST(Walk, APivotWithoutAnUndoMayStandThoughAllElseIsUndone) {
  const Walk walk(R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - pay: { call: svc.pay, pivot: true }
)");
  EXPECT_THAT(walk.when("pay", "unknown"), IsEmpty()) << "it is tried until it is known";
  EXPECT_THAT(walk.when("pay", "unknown then rejected"), ElementsAre("a -> compensated"));
  EXPECT_THAT(walk.warnings(), ElementsAre("left-behind pay"));
}

TEST(Walk, RetriesWithoutAnEndOnlyDelay) {
  const Walk walk("  - a: { call: svc.a, effect: none, retry: { delay: { seconds: 1 } } }\n");
  EXPECT_THAT(walk.when("a", "failed"), IsEmpty());
  EXPECT_THAT(walk.when("a", "rejected"), ElementsAre("-> failed"));
}

TEST(Walk, RetriesThatEndWithTheirTimeFail) {
  const Walk walk(
      "  - a: { call: svc.a, effect: none, retry: { delay: { seconds: 1 }, limit: { duration: PT1H } } }\n");
  EXPECT_THAT(walk.when("a", "failed"), ElementsAre("-> failed"));
}

TEST(Walk, AMillionTriesAreNotWalkedOneByOne) {
  const Walk walk("  - a: { call: svc.a, effect: none, retry: { limit: { attempt: { count: 1000000 } } } }\n");
  EXPECT_THAT(walk.when("a", "failed"), ElementsAre("-> failed"));
  EXPECT_LT(walk.report.states, 10U);
}

TEST(Walk, TheDeadlineUndoesWhatIsUnderWay) {
  const Walk walk(kThree, "timeout: { after: { minutes: 5 } }\n");
  EXPECT_THAT(walk.when("b", "deadline"), UnorderedElementsAre("b, a -> compensated", "a -> compensated"));
}

TEST(Walk, AnUndoThatIsAListRunsItsTasksAsOne) {
  const Walk walk(R"(
  - a: { call: svc.a, compensate: [ { one: { call: undo.one } }, { two: { call: undo.two } } ] }
  - b: { call: svc.b, effect: none }
)");
  EXPECT_THAT(walk.when("b", "rejected"), ElementsAre("a -> compensated"));
  EXPECT_EQ(walk.report.consequences.back().courses[0].undone[0].tasks, (Lines{"undo.one", "undo.two"}));
}

TEST(Walk, ACompositeWithAnUndoStandsForWhatIsInsideIt) {
  const Walk walk(R"(
  - pack:
      do:
        - a: { call: svc.a, compensate: { call: undo.a } }
        - b: { call: svc.b, compensate: { call: undo.b } }
      compensate: { call: undo.pack }
  - c: { call: svc.c, effect: none }
)");
  EXPECT_THAT(walk.when("b", "rejected"), ElementsAre("a -> compensated"));
  EXPECT_THAT(walk.when("c", "rejected"), ElementsAre("pack -> compensated"));
}

TEST(Walk, AChildThatFailsIsNotRetriedAndOneThatCompletedIsTakenBack) {
  const Walk walk(R"(
  - pack: { run: { workflow: { namespace: test, name: child } } }
  - ship: { call: svc.ship, effect: none }
)");
  EXPECT_THAT(walk.when("pack", "rejected"), ElementsAre("-> failed"));
  EXPECT_THAT(walk.when("pack", "failed"), IsEmpty());
  EXPECT_THAT(walk.when("ship", "rejected"), ElementsAre("pack -> compensated"));
}

TEST(Walk, AWaitPasses) {
  const Walk walk(R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - pause: { wait: { hours: 1 } }
  - b: { call: svc.b, effect: none }
)");
  EXPECT_THAT(walk.when("b", "rejected"), ElementsAre("a -> compensated"));
}

TEST(Walk, ATaskThatNothingLeadsToIsFound) {
  const Walk walk(R"(
  - a: { set: { ready: true } }
  - b: { if: '${ .ready == false }', call: svc.b, effect: none }
)");
  EXPECT_THAT(walk.warnings(), ElementsAre("never-reached b"));
}

TEST(Walk, AnUndoThatNothingRunsIsFound) {
  const Walk walk(R"(
  - pay: { call: svc.pay, pivot: true, compensate: { call: undo.pay } }
  - ship: { call: svc.ship, compensate: { call: undo.ship } }
)");
  EXPECT_THAT(walk.warnings(), ElementsAre("undo-never-runs ship"));
}

TEST(Walk, AnExpressionThatFailsWhateverHappensIsFound) {
  const Walk walk(R"(
  - a: { set: { n: 1 } }
  - b: { for: { in: '${ .n }' }, do: [ { c: { call: svc.c, effect: none } } ] }
)");
  EXPECT_THAT(walk.unfailing(), ElementsAre("-> failed"));
  EXPECT_THAT(walk.warnings(), UnorderedElementsAre("fails b", "never-completes", "never-reached c"));
}

TEST(Walk, ACallWithoutATimeoutIsANote) {
  const Walk walk(R"(
  - a: { call: svc.a, effect: none }
  - b: { call: svc.b, effect: none, timeout: { after: { seconds: 5 } } }
)");
  EXPECT_THAT(walk.notes(), ElementsAre("no-timeout a"));
}

TEST(Walk, StopsAtItsLimitsAndSaysSo) {
  Options few;
  few.limits.states = 3;
  EXPECT_EQ(Walk(kThree, "", few).report.stopped, "3 states");
  Options late;
  late.limits.out_of_time = [] { return true; };
  std::string many;
  for (int i = 0; i < 200; ++i) many += fmt::format("  - s{}: {{ call: svc.s, effect: none }}\n", i);
  EXPECT_EQ(Walk(many, "", late).report.stopped, "the time limit");
  Options shallow;
  shallow.limits.depth = 2;
  const Walk walk(kThree, "", shallow);
  EXPECT_EQ(walk.report.stopped, "2 answers and timers in a row");
  EXPECT_THAT(walk.warnings(), IsEmpty()) << "what was not looked at is not accused";
}

// Counts what it is asked, as if each took long.
class SlowJq final : public definition::JqRunner {
 public:
  Result<Value> run(const std::string&, const definition::Scope&) override { return ++runs, Value(1); }
  Status check(const std::string&, const std::vector<std::string_view>&) override { return {}; }
  int runs = 0;
};

TEST(Walk, RunsNoJqBehindItsTime) {
  // All in one decision, and with an answer before each.
  for (const char* before : {"", "  - c{0}: {{ call: svc.a, effect: none }}\n  - k{0}: {{ set: {{ n: 1 }} }}\n"}) {
    std::string text = "document: { dsl: '1.0.3', namespace: test, name: saga, version: '1.0.0' }\ndo:\n";
    for (int i = 0; i < 20; ++i) {
      text +=
          fmt::format(fmt::runtime(before), i) + fmt::format("  - s{}: {{ set: {{ n: '${{ .n | sqrt }}' }} }}\n", i);
    }
    SlowJq jq;
    const auto parsed = definition::parse_workflow(text, "test.yaml", core::all_kinds(), jq);
    ASSERT_TRUE(parsed) << parsed.error().message;
    Options late;
    late.input = Value{{"n", 1}};
    late.limits.out_of_time = [&jq] { return jq.runs >= 3; };
    const Report report = check(parsed->workflow, jq, late);
    EXPECT_EQ(jq.runs, 3) << text;
    EXPECT_EQ(report.stopped, "the time limit") << text;
    for (const Finding& finding : report.findings) EXPECT_EQ(finding.level, Level::kNote) << finding.message;
  }
}

TEST(Walk, ManyQuestionsWithoutAnAnswerBetweenThemStopIt) {
  std::string tasks;
  for (int i = 0; i < 12; ++i) {
    tasks += fmt::format("  - s{0}: {{ if: '${{ $workflow.input.a{0} }}', set: {{ b: 1 }} }}\n", i);
  }
  EXPECT_EQ(Walk(tasks).report.stopped, "1000 ways on from one answer");
}

TEST(Walk, AHundredStepsArePlainWork) {
  std::string tasks;
  for (int i = 0; i < 100; ++i) {
    tasks += "  - s" + std::to_string(i) + ": { call: svc.s, compensate: { call: undo.s } }\n";
  }
  const Walk walk(tasks);
  EXPECT_EQ(walk.report.stopped, "");
  EXPECT_EQ(walk.count(End::kCompleted), 1U);
  EXPECT_LT(walk.report.states, 1'000U) << "undos behind different failures are the same";
}

}  // namespace
}  // namespace skald::check
