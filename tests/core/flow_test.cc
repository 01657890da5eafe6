// The way forward: lists, data flow, conditions, `then`, emit.

#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

TEST(Flow, StepsRunOneAfterAnotherAndTheLastOutputIsTheSagas) {
  Saga saga(R"(
  - a: { call: svc.a, with: { n: 1 }, effect: none }
  - b: { call: svc.b }
)");
  saga.start({{"x", 1}});
  EXPECT_EQ(saga.happened(), (Lines{"saga.started", "step.scheduled /do/0/a"}));
  EXPECT_EQ(saga.in_flight(), Lines{"/do/0/a"});
  EXPECT_EQ(saga.find("/do/0/a")->input.value(), (Value{{"n", 1}}));

  saga.completes("/do/0/a", {{"from", "a"}});
  EXPECT_EQ(saga.happened(), (Lines{"step.completed /do/0/a", "step.scheduled /do/1/b"}));
  EXPECT_EQ(saga.find("/do/1/b")->input.value(), (Value{{"from", "a"}})) << "without `with`, the task's input";

  saga.completes("/do/1/b", {{"from", "b"}});
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_EQ(saga.state().output.value(), (Value{{"from", "b"}}));
  EXPECT_TRUE(saga.in_flight().empty());
}

TEST(Flow, AStepsKeyIsTheSameForAllItsAttempts) {
  Saga saga("  - a: { call: svc.a }\n");
  saga.start();
  const std::string key = saga.find("/do/0/a")->key;
  EXPECT_EQ(key, saga.state().run.str() + ":/do/0/a:1");
  saga.fails("/do/0/a").timer("retry:");
  EXPECT_EQ(saga.find("/do/0/a")->key, key);
  EXPECT_EQ(saga.find("/do/0/a")->attempt, 2U);
}

TEST(Flow, DataFlowsThroughInputOutputAndExport) {
  Saga saga(R"(
  - a:
      input: { from: '${ .order }' }
      call: svc.a
      with: { id: '${ .id }', whole: '${ $workflow.input }' }
      output: { as: '${ .result }' }
      export: { as: { kept: '${ . }' } }
  - b: { call: svc.b, with: { kept: '${ $context.kept }', dot: '${ . }' } }
)",
            "input: { from: '${ .body }' }\noutput: { as: { answer: '${ . }', kept: '${ $context.kept }' } }\n");
  saga.start({{"body", {{"order", {{"id", 7}}}}}});
  EXPECT_EQ(saga.find("/do/0/a")->input.value()["id"], 7);
  saga.completes("/do/0/a", {{"result", {{"ok", true}}}});
  EXPECT_EQ(saga.happened(),
            (Lines{"step.completed /do/0/a", "output.set /do/0/a", "context.set /do/0/a", "step.scheduled /do/1/b"}));
  EXPECT_EQ(saga.find("/do/1/b")->input.value(), (Value{{"kept", {{"ok", true}}}, {"dot", {{"ok", true}}}}));
  EXPECT_EQ(saga.find("/do/0/a")->output.value(), (Value{{"result", {{"ok", true}}}})) << "for undo: the answer itself";
  saga.completes("/do/1/b", 5);
  EXPECT_EQ(saga.state().output.value(), (Value{{"answer", 5}, {"kept", {{"ok", true}}}}));
}

TEST(Flow, IfFalseSkipsAndPassesTheInputOn) {
  Saga saga(R"(
  - a: { if: '${ .go }', call: svc.a }
  - b: { call: svc.b }
)");
  saga.start({{"go", false}});
  EXPECT_EQ(saga.happened(), (Lines{"saga.started", "branch.taken /do/0/a", "step.scheduled /do/1/b"}));
  EXPECT_EQ(saga.find("/do/1/b")->input.value(), (Value{{"go", false}}));

  Saga other("  - a: { if: '${ .go }', call: svc.a }\n");
  other.start({{"go", true}});
  EXPECT_EQ(other.in_flight(), Lines{"/do/0/a"});
}

TEST(Flow, ThenJumpsEndsAndExits) {
  Saga jump(R"(
  - a: { if: .go, set: { v: 1 }, then: c }
  - b: { call: svc.b }
  - c: { if: .v == 1, call: svc.c, then: end }
  - d: { call: svc.d }
)");
  jump.start({{"go", true}});
  EXPECT_EQ(jump.in_flight(), Lines{"/do/2/c"});
  EXPECT_EQ(jump.find("/do/2/c")->input.value(), (Value{{"v", 1}}));
  jump.completes("/do/2/c", 1);
  EXPECT_EQ(jump.status(), "completed");

  Saga exit(R"(
  - outer:
      do:
        - a: { if: .go, set: { v: 2 }, then: exit }
        - b: { call: svc.b }
  - c: { call: svc.c }
)");
  exit.start({{"go", true}});
  EXPECT_EQ(exit.in_flight(), Lines{"/do/1/c"});
  EXPECT_EQ(exit.find("/do/1/c")->input.value(), (Value{{"v", 2}}));
}

TEST(Flow, ThenEndInsideACompositeEndsTheWorkflow) {
  Saga saga(R"(
  - outer:
      do:
        - inner:
            do:
              - a: { set: { v: 3 }, then: end }
  - c: { call: svc.c }
)");
  saga.start();
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_EQ(saga.state().output.value(), (Value{{"v", 3}}));
}

TEST(Flow, ABackwardJumpIsANewVisitWithANewKey) {
  Saga saga(R"(
  - a: { call: svc.a }
  - b: { if: '${ .again }', set: '${ . }', then: a }
  - c: { call: svc.c }
)");
  saga.start();
  const std::string first = saga.find("/do/0/a")->key;
  saga.completes("/do/0/a", {{"again", true}});
  EXPECT_EQ(saga.find("/do/0/a")->visit, 2U);
  EXPECT_NE(saga.find("/do/0/a")->key, first);
  saga.completes("/do/0/a", {{"again", false}});
  EXPECT_EQ(saga.in_flight(), Lines{"/do/2/c"});
}

TEST(Flow, EmitLogsACloudEventWithAFixedId) {
  Saga saga(R"(
  - tell: { emit: { event: { with: { source: 'urn:shop', type: order.placed, data: { id: '${ .id }' } } } } }
)");
  saga.start({{"id", 9}});
  EXPECT_EQ(saga.status(), "completed");
  const Event& emitted = saga.history[1];
  ASSERT_EQ(emitted.type, EventType::kEventEmitted);
  EXPECT_EQ(emitted.event.value()["data"]["id"], 9);
  EXPECT_EQ(emitted.event.value()["id"], emitted.key);
  EXPECT_EQ(emitted.event.value()["specversion"], "1.0");
}

TEST(Flow, ExpressionsSeeTheDefinition) {
  Saga saga(R"(
  - outer:
      do:
        - inner:
            metadata: { colour: red }
            set:
              title: '${ $workflow.definition.document.title }'
              colour: '${ $task.definition.metadata.colour }'
              tasks: '${ $workflow.definition.do | length }'
)",
            "");
  saga.start();
  EXPECT_EQ(saga.state().output.value(), (Value{{"title", nullptr}, {"colour", "red"}, {"tasks", 1}}));
}

TEST(Flow, AFaultyExpressionIsAStandardErrorThatNamesItsPlace) {
  Saga saga("  - a: { set: { v: '${ .a.b }' } }\n");
  saga.start({{"a", 5}});
  EXPECT_EQ(saga.status(), "failed");
  const Value error = saga.state().error.value();
  EXPECT_EQ(error["type"], "https://serverlessworkflow.io/spec/1.0.0/errors/expression");
  EXPECT_EQ(error["status"], 400);
  EXPECT_EQ(error["instance"], "/do/0/a");
}

TEST(Flow, AHistoryThatIsFullIsAnErrorOfTheNextForwardStep) {
  Saga saga("  - a: { call: svc.a, compensate: { call: svc.undo } }\n  - b: { call: svc.b }\n");
  saga.limits.history_events = 3;
  saga.start().completes("/do/0/a");
  EXPECT_EQ(saga.status(), "compensating") << "undos are exempt";
  EXPECT_EQ(saga.state().error.value()["title"], "History too long");
}

TEST(Flow, APayloadThatIsTooLargeIsAFault) {
  Saga saga("  - a: { call: svc.a, with: { x: '${ . }', y: '${ . }' } }\n");
  saga.limits.payload_bytes = 1000;
  saga.start({{"text", std::string(700, 'x')}});
  EXPECT_EQ(saga.status(), "failed");
}

// A message has room for one payload, not for what a fork's branches gave together.
TEST(Flow, ACallIsGivenNoMoreThanAPayload) {
  Saga saga(R"(
  - both: { fork: { branches: [ { a: { call: svc.a, with: {} } }, { b: { call: svc.b, with: {} } } ] } }
  - all: { call: svc.all }
)");
  saga.limits.payload_bytes = 1'000;
  saga.start();
  saga.completes("/do/0/both/fork/branches/0/a", std::string(900, 'x'));
  saga.completes("/do/0/both/fork/branches/1/b", std::string(900, 'x'));
  EXPECT_EQ(saga.find("/do/1/all"), nullptr);
  EXPECT_EQ(saga.state().error.value()["detail"], "the data has 1807 bytes; here it may have 1000");
  EXPECT_EQ(saga.status(), "failed");
}

}  // namespace
}  // namespace skald::core
