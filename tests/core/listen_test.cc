// `listen`: what a saga takes of the events that come for it.

#include "tests/core/events_fixture.h"

namespace skald::core {
namespace {

TEST(Listen, WaitsForOneEventAndGivesAListOfItsData) {
  Saga saga(kOne);
  saga.start();
  EXPECT_EQ(saga.happened(), (Lines{"saga.started", "event.awaited /do/0/paid"}));
  EXPECT_EQ(awaited(saga), (Pairs{{"order.paid", ""}}));
  saga.must(published(event("order.paid", {{"amount", 3}})));
  EXPECT_EQ(saga.happened(), (Lines{"event.received", "event.matched /do/0/paid", "saga.completed"}));
  EXPECT_EQ(saga.state().output.value(), (Value{{{"amount", 3}}}));
  EXPECT_TRUE(awaited(saga).empty());
  EXPECT_TRUE(saga.state().mail.empty());
}

TEST(Listen, APublishedEventThatNothingTakesLeavesNoTrace) {
  Saga saga(R"(
  - paid: { listen: { to: { one: { with: { type: order.paid, data: '${ .amount > 10 }' } } } } }
)");
  saga.start();
  saga.must(published(event("order.sent")));
  EXPECT_TRUE(saga.last.empty());
  saga.must(published(event("order.paid", {{"amount", 10}})));
  EXPECT_TRUE(saga.last.empty());
  saga.must(published(event("order.paid", {{"amount", 11}})));
  EXPECT_EQ(saga.status(), "completed");
}

TEST(Listen, AFilterThatFailsOverAnEventSaysNo) {
  Saga saga(R"(
  - paid: { listen: { to: { one: { with: { type: order.paid, data: '${ .order.id == "7" }' } } } } }
)");
  saga.start().must(published(event("order.paid", Value::array({1}))));
  EXPECT_EQ(saga.status(), "running");
  saga.must(published(event("order.paid", {{"order", {{"id", "7"}}}})));
  EXPECT_EQ(saga.status(), "completed");
}

TEST(Listen, AttributesCompareAndExpressionsSeeThem) {
  Saga saga(R"(
  - paid:
      listen:
        to:
          one:
            with: { type: order.paid, source: '${ . == "test" }', subject: '${ $workflow.id }', region: eu }
)");
  saga.start();
  EXPECT_EQ(awaited(saga), (Pairs{{"order.paid", "saga-1"}})) << "a subject that is known is what it is found by";
  Value paid = event("order.paid");
  const std::vector<std::pair<std::string, std::string>> attributes{{"subject", "saga-1"}, {"region", "eu"}};
  for (const auto& [attribute, value] : attributes) {
    saga.must(published(paid));
    EXPECT_EQ(saga.status(), "running") << "without " << attribute;
    paid[attribute] = value;
  }
  saga.must(published(paid));
  EXPECT_EQ(saga.status(), "completed");
}

TEST(Listen, TheFirstOfAnyIsEnough) {
  Saga saga(R"(
  - first: { listen: { to: { any: [ { with: { type: a } }, { with: { type: b } } ] }, read: envelope } }
)");
  saga.start().must(published(event("b", 1, "e-b")));
  EXPECT_EQ(saga.last.at(1).filter, 1U);
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_EQ(saga.state().output.value().at(0).at("id"), "e-b") << "read: envelope gives all of it";
}

TEST(Listen, AllAreAwaitedInWhateverOrderTheyCome) {
  Saga saga(R"(
  - both: { listen: { to: { all: [ { with: { type: a } }, { with: { type: b } } ] } } }
)");
  saga.start().must(published(event("b", "second filter")));
  EXPECT_EQ(awaited(saga), (Pairs{{"a", ""}}));
  saga.must(published(event("b", "again")));
  EXPECT_TRUE(saga.last.empty()) << "that filter has been met";
  saga.must(published(event("a", "first filter")));
  EXPECT_EQ(saga.state().output.value(), (Value{"second filter", "first filter"}));
}

TEST(Listen, CorrelationsTieEventsToOneAnother) {
  Saga saga(R"(
  - both:
      listen:
        to:
          all:
            - { with: { type: temperature }, correlate: { room: { from: .room } } }
            - { with: { type: humidity }, correlate: { room: { from: .room } } }
)");
  const auto reading = [](const std::string& type, const char* room) {
    Value value = event(type);
    value["room"] = room;
    return published(value);
  };
  saga.start().must(reading("temperature", "kitchen")).must(reading("humidity", "cellar"));
  EXPECT_EQ(saga.status(), "running");
  saga.must(reading("humidity", "kitchen"));
  EXPECT_EQ(saga.status(), "completed");
}

TEST(Listen, ACorrelationMayExpectWhatTheSagaKnows) {
  Saga saga(R"(
  - paid:
      listen:
        to:
          one:
            with: { type: order.paid }
            correlate: { order: { from: .data.order, expect: '${ .order }' } }
)");
  saga.start({{"order", 7}}).must(published(event("order.paid", {{"order", 8}})));
  EXPECT_EQ(saga.status(), "running");
  saga.must(published(event("order.paid", {{"order", 7}})));
  EXPECT_EQ(saga.status(), "completed");
}

TEST(Listen, AnyGoesOnUntilItsConditionIsMet) {
  Saga saga(R"(
  - three: { listen: { to: { any: [ { with: { type: a } } ], until: length == 3 } } }
)");
  saga.start().must(published(event("a", 1))).must(published(event("a", 2)));
  EXPECT_EQ(saga.last.at(1).taken, "more");
  saga.must(published(event("a", 3)));
  EXPECT_EQ(saga.state().output.value(), (Value{1, 2, 3}));
}

TEST(Listen, AnEventThatEndsItIsNoPartOfTheOutput) {
  Saga saga(R"(
  - vitals: { listen: { to: { any: [ { with: { type: pulse } } ], until: { one: { with: { type: left } } } } } }
)");
  saga.start().must(published(event("pulse", 60))).must(published(event("left")));
  EXPECT_EQ(saga.state().output.value(), (Value{60}));
}

TEST(Listen, ATimeLimitEndsIt) {
  Saga saga(R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - paid: { listen: { to: { one: { with: { type: order.paid } } } }, timeout: { after: { hours: 1 } } }
)");
  saga.start().completes("/do/0/a").timer("timeout:");
  EXPECT_EQ(saga.in_flight(), Lines{"/do/0/a/compensate"});
  EXPECT_EQ(saga.state().error.value().at("status"), 408);
  EXPECT_TRUE(awaited(saga).empty());
  EXPECT_TRUE(saga.act(signal(event("order.paid"))).has_value()) << "an undo may listen too";
  saga.completes("/do/0/a/compensate");
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(Listen, ACancelEndsIt) {
  Saga saga(kOne);
  saga.start().cancels();
  EXPECT_EQ(saga.status(), "cancelled");
  EXPECT_TRUE(awaited(saga).empty());
}

TEST(Listen, AnUndoMayListen) {
  Saga saga(R"(
  - a:
      call: svc.a
      compensate:
        do:
          - agreed: { listen: { to: { one: { with: { type: undo.agreed, data: '${ .key == $forward.key }' } } } } }
          - back: { call: undo.a }
  - b: { call: svc.b }
)");
  saga.start().completes("/do/0/a").rejected("/do/1/b");
  EXPECT_EQ(saga.status(), "compensating");
  saga.must(published(event("undo.agreed", {{"key", saga.find("/do/0/a")->key}})));
  EXPECT_EQ(saga.in_flight(), Lines{"/do/0/a/compensate/do/1/back"});
}

TEST(Listen, AnUndoBehindTheEndMayListenToo) {
  Saga saga(R"(
  - a:
      call: svc.a
      compensate:
        do:
          - agreed: { listen: { to: { one: { with: { type: undo.agreed } } } } }
          - back: { call: undo.a }
)");
  Start start;
  start.run = make_run_id(saga.now, 3, 42);
  start.id = SagaId("child");
  start.input = Payload(Value::object());
  start.parent = Parent{"0190", "0190:/do/0/pack:1", 1, true};
  saga.must(start).completes("/do/0/a").must(TakeBack{"0190:/do/0/pack:1:undo:1"});
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_EQ(awaited(saga), (Pairs{{"undo.agreed", ""}}));
  saga.must(signal(event("undo.agreed"))).completes("/do/0/a/compensate/do/1/back");
  EXPECT_FALSE(has_open_work(saga.state()));
  EXPECT_EQ(saga.refused(signal(event("undo.agreed"))), "ended");
}

TEST(Listen, AnEventOverWhichItFailsIsGoneWithThat) {
  Saga saga(R"(
  - again:
      try:
        - l: { listen: { to: { any: [ { with: { type: a } } ], until: '.[-1].x.y > 3' } } }
      catch: { do: [ { note: { set: { failed: true } } } ] }
      then: again
)");
  saga.start().must(published(event("a", {{"x", "text"}})));
  EXPECT_EQ(saga.last.at(1).taken, "fault");
  EXPECT_EQ(saga.status(), "running") << "it listens anew";
  EXPECT_TRUE(saga.state().mail.empty());
  EXPECT_EQ(awaited(saga), (Pairs{{"a", ""}}));
  EXPECT_LT(saga.history.size(), 20U);
}

TEST(Listen, OneThatIsStuckTakesNothingUntilItIsRetried) {
  Saga saga(R"(
  - pay: { call: svc.pay, pivot: true }
  - l: { listen: { to: { any: [ { with: { type: a } } ], until: '.[-1].x.y > 3' } } }
)");
  saga.start().completes("/do/0/pay").must(published(event("a", {{"x", "text"}})));
  EXPECT_EQ(saga.status(), "stuck");
  EXPECT_TRUE(awaited(saga).empty());
  saga.must(published(event("a", {{"x", {{"y", 4}}}})));
  EXPECT_TRUE(saga.last.empty());
  saga.must(Retry{"/do/1/l", std::nullopt, {"mended", "me"}});
  EXPECT_EQ(saga.status(), "running");
  saga.must(published(event("a", {{"x", {{"y", 4}}}})));
  EXPECT_EQ(saga.status(), "completed");
}

TEST(Listen, TheSubjectIsWhatItWasWhenItBeganToListen) {
  Saga saga(R"(
  - both:
      fork:
        branches:
          - l: { listen: { to: { one: { with: { type: a, subject: '${ $context.order }' } } } } }
          - change: { call: svc.c, export: { as: { order: new } } }
)",
            "");
  saga.start();
  EXPECT_EQ(awaited(saga), (Pairs{{"a", ""}})) << "there is no order yet";
  Saga known(R"(
  - first: { set: { n: 1 }, export: { as: { order: old } } }
  - both:
      fork:
        branches:
          - l: { listen: { to: { one: { with: { type: a, subject: '${ $context.order }' } } } } }
          - change: { call: svc.c, export: { as: { order: new } } }
)");
  known.start().completes("/do/1/both/fork/branches/1/change");
  EXPECT_EQ(awaited(known), (Pairs{{"a", "old"}}));
  Value about = event("a");
  about["subject"] = "new";
  known.must(published(about));
  EXPECT_EQ(known.status(), "running");
  about["subject"] = "old";
  about["id"] = "another";
  known.must(published(about));
  EXPECT_EQ(known.status(), "completed");
}

TEST(Listen, WhatItTookIsBoundedAsAPayload) {
  Saga saga(R"(
  - many: { listen: { to: { any: [ { with: { type: a } } ], until: 'false' } } }
)");
  saga.limits.payload_bytes = 100;
  saga.start().must(published(event("a", std::string(60, 'x')))).must(published(event("a", std::string(60, 'x'))));
  EXPECT_EQ(saga.status(), "failed");
  EXPECT_NE(to_json(saga.state().error.value()).find("payload may have 100"), std::string::npos);
}

TEST(Listen, AHistoryThatIsFullEndsIt) {
  Saga saga(R"(
  - many: { listen: { to: { any: [ { with: { type: a } } ], until: 'false' } } }
)");
  saga.limits.history_events = 6;
  saga.start();
  for (int i = 0; i < 4 && saga.status() == "running"; ++i) saga.must(published(event("a")));
  EXPECT_EQ(saga.status(), "failed");
  EXPECT_NE(to_json(saga.state().error.value()).find("History too long"), std::string::npos);
}

std::string refusal(const std::string& listen) {
  try {
    Saga("\n  - a: { " + listen + " }\n");
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Listen, WhatItDoesNotTakeIsRefusedByName) {
  const auto says = [](const std::string& listen, const std::string& what) {
    EXPECT_NE(refusal(listen).find(what), std::string::npos) << refusal(listen);
  };
  says("listen: {}", "expected listen:");
  says("listen: { to: {} }", "exactly one of");
  says("listen: { to: { one: { with: { source: x } } } }", "names a 'type'");
  says("listen: { to: { one: { with: { type: '${ .t }' } } } }", "names a 'type'");
  says("listen: { to: { any: [] } }", "at least one");
  says("listen: { to: { one: { with: { type: a } }, all: [ { with: { type: a } } ] } }", "exactly one of");
  says("listen: { to: { all: [ { with: { type: a } } ], until: 'true' } }", "beside 'any'");
  says("listen: { to: { any: [ { with: { type: a } } ], until: { all: [ { with: { type: b } } ] } } }", "one event");
  says("listen: { to: { one: { with: { type: a } } }, read: half }", "'read' is one of");
  says("listen: { to: { one: { with: { type: a }, correlate: { x: {} } } } }", "needs 'from'");
  says("listen: { to: { one: { with: { type: a } } } }, foreach: { do: [] }", "'foreach' of a listen");
}

}  // namespace
}  // namespace skald::core
