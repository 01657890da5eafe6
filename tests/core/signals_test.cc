// Signals: events that are sent to one saga.

#include "tests/core/events_fixture.h"

namespace skald::core {
namespace {

TEST(Signals, AreKeptUntilATaskTakesThem) {
  Saga saga(R"(
  - work: { call: svc.work }
  - paid: { listen: { to: { one: { with: { type: order.paid } } } } }
)");
  saga.start().must(signal(event("order.paid", "early")));
  EXPECT_EQ(saga.happened(), Lines{"event.received"});
  EXPECT_EQ(saga.last.front().who, "me");
  saga.completes("/do/0/work");
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_EQ(saga.state().output.value(), (Value{"early"}));
}

TEST(Signals, EachIsTakenByOneTask) {
  Saga saga(R"(
  - one: { listen: { to: { one: { with: { type: go } } } } }
  - two: { listen: { to: { one: { with: { type: go } } } } }
)");
  saga.start().must(signal(event("go", 1)));
  EXPECT_EQ(saga.status(), "running");
  saga.must(signal(event("go", 2)));
  EXPECT_EQ(saga.state().output.value(), (Value{2}));
}

TEST(Signals, OfTwoThatListenTheFirstTakesIt) {
  Saga saga(R"(
  - both:
      fork:
        branches:
          - a: { listen: { to: { one: { with: { type: go } } } } }
          - b: { listen: { to: { one: { with: { type: go } } } } }
)");
  saga.start().must(signal(event("go", 1)));
  EXPECT_EQ(saga.all_of(EventType::kEventMatched), Lines{"/do/0/both/fork/branches/0/a"});
  saga.must(signal(event("go", 2)));
  EXPECT_EQ(saga.status(), "completed");
}

TEST(Signals, OneThatCameBeforeChangesNothing) {
  Saga saga(R"(
  - one: { listen: { to: { one: { with: { type: go } } } } }
  - two: { listen: { to: { one: { with: { type: go } } } } }
)");
  saga.start().must(signal(event("go", 1, "the-same"))).must(signal(event("go", 1, "the-same")));
  EXPECT_TRUE(saga.last.empty());
  saga.must(published(event("go", 1, "the-same")));
  EXPECT_TRUE(saga.last.empty());
  EXPECT_EQ(saga.status(), "running");
}

TEST(Signals, AreRefusedWhereTheyCouldNeverBeTaken) {
  Saga saga(kOne);
  saga.start();
  EXPECT_EQ(saga.refused(signal(event("order.payed"))), "not-awaited");
  saga.must(signal(event("order.paid")));
  EXPECT_EQ(saga.refused(signal(event("order.paid"))), "ended");
  EXPECT_EQ(Saga("\n  - a: { call: svc.a }\n").start().refused(signal(event("x"))), "not-awaited");
}

TEST(Signals, OnlySoManyWait) {
  Saga saga(R"(
  - work: { call: svc.work }
  - paid: { listen: { to: { one: { with: { type: order.paid } } } } }
)");
  saga.start();
  for (std::size_t i = 0; i < kMostMail; ++i) saga.must(signal(event("order.paid")));
  EXPECT_EQ(saga.refused(signal(event("order.paid"))), "mailbox-full");
}

TEST(Signals, AreRefusedWhereTheHistoryIsFull) {
  Saga saga(kOne);
  saga.start().limits.history_events = 2;
  EXPECT_EQ(saga.refused(signal(event("order.paid"))), "history-full");
}

TEST(Signals, AreTakenWhileSuspendedAndActedOnWhenResumed) {
  Saga saga(R"(
  - paid: { listen: { to: { one: { with: { type: order.paid } } } } }
  - send: { call: svc.send }
)");
  saga.start().suspends().must(signal(event("order.paid", "x")));
  EXPECT_EQ(saga.happened(), (Lines{"event.received", "event.matched /do/0/paid"}));
  EXPECT_TRUE(saga.in_flight().empty());
  saga.resumes();
  EXPECT_EQ(saga.in_flight(), Lines{"/do/1/send"});
}

TEST(Signals, AreTakenBehindThePivotHoweverLongTheHistory) {
  Saga saga(R"(
  - pay: { call: svc.pay, pivot: true }
  - l: { listen: { to: { one: { with: { type: a } } } } }
)");
  saga.start().completes("/do/0/pay").limits.history_events = 2;
  saga.must(signal(event("a")));
  EXPECT_EQ(saga.status(), "completed");
}

}  // namespace
}  // namespace skald::core
