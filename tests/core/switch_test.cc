// `switch`, `raise` and `wait`: where the flow goes.

#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

constexpr const char* kOrder = R"(
  - kind:
      switch:
        - electronic: { when: '.type == "electronic"', then: send }
        - physical: { when: '${ .type == "physical" }', then: pack }
      then: exit
  - pack: { call: svc.pack, then: end }
  - send: { call: svc.send }
)";

TEST(Switch, TheFirstCaseThatHoldsSaysWhereToGo) {
  Saga saga(kOrder);
  saga.start({{"type", "electronic"}});
  EXPECT_EQ(saga.in_flight(), Lines{"/do/2/send"});
  EXPECT_EQ(saga.history[1].taken, "send");
  EXPECT_EQ(saga.find("/do/2/send")->input.value(), (Value{{"type", "electronic"}})) << "its output is its input";
}

TEST(Switch, WithoutACaseThatHoldsItGoesAsItsOwnThenSays) {
  Saga saga(kOrder);
  saga.start({{"type", "smoke"}});
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_EQ(saga.state().output.value(), (Value{{"type", "smoke"}}));
}

TEST(Switch, ACaseWithoutAConditionIsTheDefaultWhereverItStands) {
  const std::string tasks = R"(
  - which:
      switch:
        - other: { then: b }
        - one: { when: .n == 1, then: a }
  - a: { call: svc.a, then: end }
  - b: { call: svc.b }
)";
  Saga one(tasks);
  EXPECT_EQ(one.start({{"n", 1}}).in_flight(), Lines{"/do/1/a"});
  Saga two(tasks);
  EXPECT_EQ(two.start({{"n", 2}}).in_flight(), Lines{"/do/2/b"});
}

TEST(Switch, ItMayGoBack) {
  Saga saga(R"(
  - add: { set: { n: '${ .n + 1 }' } }
  - again: { switch: [ { more: { when: .n < 3, then: add } } ] }
)");
  saga.start({{"n", 0}});
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_EQ(saga.state().output.value(), (Value{{"n", 3}}));
}

TEST(Raise, AnErrorThatNothingCatchesEndsTheWayForward) {
  Saga saga(R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - no: { raise: { error: { type: 'urn:test:no', status: 400, title: '${ .why }' } } }
)");
  saga.start().completes("/do/0/a", {{"why", "because"}});
  EXPECT_EQ(saga.status(), "compensating");
  EXPECT_EQ(saga.state().error.value(),
            (Value{{"type", "urn:test:no"}, {"status", 400}, {"title", "because"}, {"instance", "/do/1/no"}}));
  saga.completes("/do/0/a/compensate");
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Raise, AnErrorMayBeDefinedOnce) {
  Saga saga("  - no: { raise: { error: gone } }\n",
            "use: { errors: { gone: { type: 'urn:test:gone', status: 410 } } }\n");
  saga.start();
  EXPECT_EQ(saga.status(), "failed");
  EXPECT_EQ(saga.state().error.value()["type"], "urn:test:gone");
}

TEST(Wait, TheFlowGoesOnWhenItsTimeHasCome) {
  Saga saga("  - pause: { wait: PT10S }\n  - then: { call: svc.a }\n");
  saga.start({{"n", 1}});
  const Time due = saga.now + Millis(10'000);
  ASSERT_EQ(outward(saga.state()).timers.size(), 1U);
  EXPECT_EQ(outward(saga.state()).timers[0].due, due);
  saga.fire("wait:" + saga.history[1].key);
  EXPECT_TRUE(saga.last.empty()) << "timers never act early";
  saga.timer("wait:");
  EXPECT_EQ(saga.now, due);
  EXPECT_EQ(saga.in_flight(), Lines{"/do/1/then"});
  EXPECT_EQ(saga.find("/do/1/then")->input.value(), (Value{{"n", 1}}));
}

TEST(Wait, ACancelEndsIt) {
  Saga saga("  - a: { call: svc.a, compensate: { call: undo.a } }\n  - pause: { wait: { days: 3 } }\n");
  saga.start().completes("/do/0/a").cancels();
  EXPECT_EQ(saga.in_flight(), Lines{"/do/0/a/compensate"});
  saga.completes("/do/0/a/compensate");
  EXPECT_EQ(saga.status(), "cancelled");
}

TEST(Wait, OfASuspendedSagaItIsOwedAgainWhenItIsResumed) {
  Saga saga("  - pause: { wait: PT10S }\n  - then: { call: svc.a }\n");
  saga.start().suspends();
  EXPECT_TRUE(outward(saga.state()).timers.empty());
  saga.now = saga.now + Millis(20'000);
  saga.resumes();
  EXPECT_EQ(saga.in_flight(), Lines{"/do/1/then"});
}

TEST(Switch, ATaskMayBeNamedAsADecisionIs) {
  Saga saga(R"(
  - where: { switch: [ { far: { when: '${ .far }', then: run } }, { near: { then: skip } } ] }
  - skip: { if: '${ .near }', set: { skipped: true }, then: run }
  - between: { raise: { error: { type: 'urn:test:not-here', status: 500 } }, if: '${ .far == null }' }
  - run: { set: { ran: true } }
)");
  saga.start({{"near", true}});
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_EQ(saga.state().output.value(), (Value{{"ran", true}}));
}

TEST(Switch, ItGoesNotOverThePivotInEitherDirection) {
  const auto refusal = [](const std::string& tasks) -> std::string {
    try {
      Saga saga(tasks);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  const std::string pay = "  - pay: { call: svc.pay, pivot: true }\n";
  const std::string over =
      "  - which: { switch: [ { far: { when: '${ .far }', then: last } }, { near: { then: continue } } ] }\n" + pay +
      "  - last: { set: {} }\n";
  EXPECT_NE(refusal(over).find("'which' jumps over the pivot 'pay'"), std::string::npos) << refusal(over);
  const std::string back = "  - first: { set: {} }\n" + pay + "  - which: { switch: [ { again: { then: first } } ] }\n";
  EXPECT_NE(refusal(back).find("'which' jumps back over the pivot 'pay'"), std::string::npos) << refusal(back);
}

}  // namespace
}  // namespace skald::core
