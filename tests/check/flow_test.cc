// What depends on data that nobody knows, loops, tries, forks.

#include "tests/check/walk_fixture.h"

namespace skald::check {
namespace {

TEST(Flow, AConditionOnWhatNobodyKnowsGoesBothWays) {
  const Walk walk(R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - b: { if: '${ .fine }', call: svc.b, compensate: { call: undo.b } }
  - c: { call: svc.c, effect: none }
)");
  EXPECT_THAT(walk.when("c", "rejected"), UnorderedElementsAre("b, a -> compensated", "a -> compensated"));
}

TEST(Flow, TheSameQuestionHasTheSameAnswerOnOnePath) {
  const Walk walk(R"(
  - a: { if: '${ $workflow.input.vip }', call: svc.a, compensate: { call: undo.a } }
  - b: { if: '${ $workflow.input.vip }', call: svc.b, compensate: { call: undo.b } }
  - c: { call: svc.c, effect: none }
)");
  EXPECT_THAT(walk.when("c", "rejected"), UnorderedElementsAre("b, a -> compensated", "-> failed"));
}

TEST(Flow, AKnownInputDecidesWhatItCan) {
  Options options;
  options.input = Value{{"vip", true}};
  const Walk walk(R"(
  - a: { if: '${ $workflow.input.vip }', call: svc.a, compensate: { call: undo.a } }
  - b: { if: '${ $workflow.input.vip | not }', call: svc.b, effect: none }
)",
                  "", options);
  EXPECT_THAT(walk.unfailing(), ElementsAre("-> completed"));
  EXPECT_THAT(walk.warnings(), ElementsAre("never-reached b"));
}

TEST(Flow, EveryCaseOfASwitchIsTaken) {
  const Walk walk(R"(
  - kind:
      switch:
        - small: { when: '${ .size < 10 }', then: light }
        - large: { when: '${ .size > 100 }', then: heavy }
        - other: { then: end }
  - light: { call: svc.light, compensate: { call: undo.light }, then: last }
  - heavy: { call: svc.heavy, compensate: { call: undo.heavy } }
  - last: { call: svc.last, effect: none }
)");
  EXPECT_EQ(walk.count(End::kCompleted), 3U);
  EXPECT_THAT(walk.when("last", "rejected"), UnorderedElementsAre("light -> compensated", "heavy -> compensated"));
  EXPECT_THAT(walk.warnings(), IsEmpty());
}

TEST(Flow, ALoopOverAnUnknownListGoesRoundTwiceOnceAndNever) {
  const Walk walk(R"(
  - each: { for: { in: '${ $input.items }' }, do: [ { book: { call: svc.book, compensate: { call: undo.book } } } ] }
  - last: { call: svc.last, effect: none }
)");
  EXPECT_THAT(walk.when("last", "rejected"),
              UnorderedElementsAre("book, book -> compensated", "book -> compensated", "-> failed"));
}

TEST(Flow, ALoopOverAKnownListIsWalkedAsItIs) {
  const Walk walk(R"(
  - list: { set: { items: [1, 2, 3] } }
  - each: { for: { in: '${ .items }' }, do: [ { book: { call: svc.book, compensate: { call: undo.book } } } ] }
  - last: { call: svc.last, effect: none }
)");
  EXPECT_THAT(walk.when("last", "rejected"), ElementsAre("book, book, book -> compensated"));
}

TEST(Flow, AWhileEndsBeforeEveryRound) {
  const Walk walk(R"(
  - each:
      for: { in: '${ $input.items }' }
      while: '${ .more }'
      do: [ { book: { call: svc.book, compensate: { call: undo.book } } } ]
  - last: { call: svc.last, effect: none }
)");
  EXPECT_THAT(walk.when("last", "rejected"),
              UnorderedElementsAre("book, book -> compensated", "book -> compensated", "-> failed"));
}

TEST(Flow, AJumpBackIsFollowedTwice) {
  const Walk walk(R"(
  - ask: { call: svc.ask, effect: none }
  - again: { switch: [ { done: { when: '${ .done }', then: last } }, { not: { then: ask } } ] }
  - last: { call: svc.last, effect: none }
)");
  EXPECT_EQ(walk.count(End::kCompleted), 3U);
  EXPECT_EQ(walk.count(End::kCut), 1U);
  EXPECT_EQ(walk.report.stopped, "");
  EXPECT_THAT(walk.warnings(), IsEmpty());
}

TEST(Flow, ACatchGoesOnAndUndoesFirstWhatMayHaveHappened) {
  const Walk walk(R"(
  - attempt:
      try:
        - a: { call: svc.a, compensate: { call: undo.a } }
        - b: { call: svc.b, compensate: { call: undo.b } }
      catch: { do: [ { fix: { call: svc.fix, effect: none } } ] }
  - last: { call: svc.last, effect: none }
)");
  EXPECT_THAT(walk.when("b", "rejected"), ElementsAre("caught: attempt; -> completed"));
  EXPECT_THAT(walk.when("b", "unknown"), ElementsAre("caught: attempt; b -> completed"));
  EXPECT_THAT(walk.when("fix", "rejected"), IsEmpty()) << "that is a second failure";
}

TEST(Flow, ACatchThatCompensatesUndoesItsTry) {
  const Walk walk(R"(
  - attempt:
      try:
        - a: { call: svc.a, compensate: { call: undo.a } }
        - b: { call: svc.b, compensate: { call: undo.b } }
      catch: { compensate: true }
)");
  EXPECT_THAT(walk.when("b", "rejected"), ElementsAre("caught: attempt; a -> completed"));
}

TEST(Flow, AServiceMayAnswerWithTheErrorThatIsCaughtOrAnother) {
  const Walk walk(R"(
  - attempt:
      try: [ { a: { call: svc.a, effect: none } } ]
      catch: { errors: { with: { status: 409 } } }
)");
  EXPECT_THAT(walk.when("a", "rejected"), UnorderedElementsAre("caught: attempt; -> completed", "-> failed"));
}

TEST(Flow, ATimeLimitIsATimeoutAndNothingElse) {
  const Walk walk(R"(
  - attempt:
      try:
        - slow: { do: [ { a: { call: svc.a, effect: none } } ], timeout: { after: { seconds: 5 } } }
      catch: { errors: { with: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/timeout' } } }
)");
  EXPECT_THAT(walk.when("a", "time limit"), ElementsAre("caught: attempt; -> completed"));
}

TEST(Flow, ATryThatIsRepeatedWorksInTheEndOrFailsToIt) {
  const Walk walk(R"(
  - attempt:
      try:
        - a: { call: svc.a, compensate: { call: undo.a } }
        - b: { call: svc.b, effect: none }
      catch: { compensate: true, retry: { delay: { seconds: 1 }, limit: { attempt: { count: 3 } } } }
)");
  EXPECT_THAT(walk.when("b", "rejected"),
              UnorderedElementsAre("caught: attempt; a -> completed", "caught: attempt; a, a -> completed",
                                   "caught: attempt; a, a, a -> compensated"));
}

TEST(Flow, ATryThatIsRepeatedWithoutEndWorksInTheEnd) {
  const Walk walk(R"(
  - attempt:
      try: [ { a: { call: svc.a, effect: none } } ]
      catch: { retry: { delay: { seconds: 1 } } }
)");
  EXPECT_THAT(walk.when("a", "rejected"), ElementsAre("caught: attempt; -> completed"));
}

TEST(Flow, ARaiseFailsWithoutAnyFailure) {
  const Walk walk(R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - no: { if: '${ .bad }', raise: { error: { type: urn:test:bad, status: 422 } } }
)");
  EXPECT_THAT(walk.unfailing(), UnorderedElementsAre("-> completed", "a -> compensated"));
}

TEST(Flow, AnEmittedEventMayHoldWhatNobodyKnows) {
  const Walk walk(R"(
  - a: { call: svc.a, effect: none }
  - tell: { emit: { event: { with: { source: '${ .from }', type: told, data: '${ . }' } } } }
)");
  EXPECT_THAT(walk.unfailing(), ElementsAre("-> completed"));
}

TEST(Flow, UnknownDataFitsItsSchemaOrNot) {
  const Walk walk(R"(
  - a:
      call: svc.a
      compensate: { call: undo.a }
      output: { schema: { document: { type: object, required: [id] } } }
)");
  EXPECT_THAT(walk.unfailing(), UnorderedElementsAre("-> completed", "a -> compensated"));
}

TEST(Flow, ABranchThatFailsCancelsTheOthersWhichMayHaveBeenDone) {
  const Walk walk(R"(
  - both:
      fork:
        branches:
          - a: { call: svc.a, compensate: { call: undo.a } }
          - b: { call: svc.b, compensate: { call: undo.b } }
)");
  EXPECT_THAT(walk.when("a", "rejected"), UnorderedElementsAre("b -> compensated", "-> failed"));
  EXPECT_THAT(walk.when("b", "unknown"), testing::IsSupersetOf({"b, a -> compensated", "b -> compensated"}));
}

TEST(Flow, EachBranchMayBeAhead) {
  const Walk walk(R"(
  - both:
      fork:
        branches:
          - a: { call: svc.a, compensate: { call: undo.a } }
          - b: { call: svc.b, compensate: { call: undo.b } }
  - last: { call: svc.last, effect: none }
)");
  EXPECT_THAT(walk.when("last", "rejected"), UnorderedElementsAre("b, a -> compensated", "a, b -> compensated"));
}

TEST(Flow, BranchesThatAreUndoneSideBySideBeginTogether) {
  const Walk walk(R"(
  - both:
      fork:
        branches:
          - a: { call: svc.a, compensate: { call: undo.a } }
          - b: { call: svc.b, compensate: { call: undo.b } }
      compensate: parallel
  - last: { call: svc.last, effect: none }
)");
  EXPECT_THAT(walk.when("last", "rejected"),
              testing::AnyOf(ElementsAre("b & a -> compensated"), ElementsAre("a & b -> compensated"),
                             UnorderedElementsAre("a & b -> compensated", "b & a -> compensated")));
}

TEST(Flow, OfCompetingBranchesEachMayWinAndTheLosersAreUndone) {
  const Walk walk(R"(
  - race:
      fork:
        compete: true
        branches:
          - a: { call: svc.a, compensate: { call: undo.a } }
          - b: { call: svc.b, compensate: { call: undo.b } }
          - c: { call: svc.c, compensate: { call: undo.c } }
)");
  EXPECT_THAT(walk.unfailing(), testing::IsSupersetOf({"-> completed", "b -> completed", "a -> completed"}));
  EXPECT_THAT(walk.unfailing(), Contains(testing::AnyOf("c, b -> completed", "b, c -> completed")));
  EXPECT_THAT(walk.unfailing(), Contains(testing::AnyOf("c, a -> completed", "a, c -> completed")));
}

TEST(Flow, AnEventThatIsAwaitedComesOrItsTimeIsUp) {
  const Walk walk(R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - paid: { listen: { to: { one: { with: { type: paid, data: '${ .ok }' } } } }, timeout: { after: { hours: 1 } } }
  - b: { call: svc.b, effect: none }
)");
  EXPECT_THAT(walk.unfailing(), ElementsAre("-> completed"));
  EXPECT_THAT(walk.when("b", "rejected"), ElementsAre("a -> compensated"));
  EXPECT_GT(walk.count(End::kCompensated), 1U) << "also where nothing comes";
}

TEST(Flow, OfSeveralEventsEachMayBeTheOne) {
  const Walk any(R"(
  - which: { listen: { to: { any: [ { with: { type: yes } }, { with: { type: no } } ] }, read: envelope } }
  - choose: { switch: [ { y: { when: '.[0].type == "yes"', then: end } }, { n: { then: c } } ] }
  - c: { call: svc.c, effect: none }
)");
  EXPECT_THAT(any.unfailing(), ElementsAre("-> completed"));
  EXPECT_THAT(any.when("c", "rejected"), ElementsAre("-> failed"));
  const Walk all(R"(
  - both: { listen: { to: { all: [ { with: { type: yes } }, { with: { type: no } } ] } } }
  - round: { listen: { to: { any: [ { with: { type: yes } } ], until: length > 3 } } }
)");
  EXPECT_THAT(all.unfailing(), ElementsAre("-> completed"));
}

}  // namespace
}  // namespace skald::check
