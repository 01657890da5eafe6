// What a saga waits for, what went wrong, and what comes next.

#include "tests/inspect/explain_fixture.h"

namespace skald::inspect {
namespace {

using core::Outcome;

constexpr const char* kTwo = R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - b: { call: svc.b, timeout: { after: { seconds: 5 } }, retry: { delay: { seconds: 1 }, limit: { attempt: { count: 3 } } }, compensate: { call: undo.b } }
)";
constexpr const char* kA = "/do/0/a";
constexpr const char* kB = "/do/1/b";

TEST(ExplainWaiting, AnAttemptThatAWorkerHas) {
  Saga saga(kTwo);
  saga.start().completes(kA);
  saga.now = saga.now + Millis(3'000);
  const Told told = tell(saga);
  EXPECT_EQ(told.status, "running");
  EXPECT_EQ(told.cause, "in-flight");
  EXPECT_EQ(told.summary, "/do/1/b is in flight, and its outcome is awaited.");
  EXPECT_EQ(told.said("at-step"), "It is at /do/1/b, which calls svc.b.");
  EXPECT_EQ(
      told.said("in-flight"),
      "It waits for the outcome of attempt 1 of 3, in flight since 2023-11-14T22:13:20Z (3.0s); it was handed to a "
      "worker.");
  EXPECT_EQ(told.sentence("in-flight")->step, kB);
  EXPECT_EQ(told.sentence("in-flight")->since, saga.now - Millis(3'000));
  EXPECT_EQ(told.said("attempt-limit"), "A worker may take 5.0s for it; behind that its outcome counts as unknown.");
  EXPECT_EQ(told.then("if-completed"), "If /do/1/b completes, the saga goes on.");
  EXPECT_EQ(told.then("if-fails"), "If it fails, or its outcome is unknown, it is tried again behind a wait (2 left).");
  EXPECT_EQ(told.then("if-rejected"),
            "If it is rejected, or no attempt is left, the saga undoes, in this order: /do/1/b (if it took effect) and "
            "/do/0/a.");
  EXPECT_EQ(told.command(0), "skald history saga-1 --follow");
  EXPECT_EQ(told.command(1), "skald cancel saga-1 --reason ...");
  EXPECT_EQ(told.commands[1].why, "ends it early and undoes /do/1/b and /do/0/a");
}

TEST(ExplainWaiting, AnAttemptOnItsWay) {
  Saga saga(kTwo);
  saga.start();
  Surroundings around = all_served(saga);
  around.attempts.begin()->second = {true, std::nullopt};
  EXPECT_EQ(tell(saga, around).said("queued"),
            "It waits for the outcome of attempt 1 of 5, in the queue since 2023-11-14T22:13:20Z (0ms); no worker is "
            "known to have taken it.");
  around.attempts.begin()->second = {false, std::nullopt};
  EXPECT_EQ(
      tell(saga, around).said("unsent"),
      "It waits for the outcome of attempt 1 of 5, due to be sent since 2023-11-14T22:13:20Z (0ms); the broker is "
      "not known to have it.");
  around.attempts.clear();
  EXPECT_NE(tell(saga, around).said("unsent"), "");
}

TEST(ExplainWaiting, ARetryWithItsTimeAndWhatWentWrong) {
  Saga saga(kTwo);
  saga.start().completes(kA).fails(kB);
  const Time due = saga.find(kB)->due;
  const Told told = tell(saga);
  EXPECT_EQ(told.cause, "step-failing");
  EXPECT_EQ(told.summary, "/do/1/b failed: not now, and attempt 2 is due " + std::string("in ") +
                              format_duration(due - saga.now) + ", at " + format_time(due).substr(0, 19) + "Z.");
  EXPECT_EQ(told.said("waits-retry"), "It waits to try again: attempt 2 of 3 is due in " +
                                          format_duration(due - saga.now) + ", at " + format_time(due).substr(0, 19) +
                                          "Z.");
  EXPECT_EQ(told.said("tries-left"), "Behind that 1 attempt is left.");
  EXPECT_EQ(told.said("step-failed"),
            "Attempt 1 of /do/1/b failed: not now (0ms ago, at 2023-11-14T22:13:20Z, as w said).");
  EXPECT_EQ(told.sentence("step-failed")->seq, saga.history[saga.history.size() - 2].seq);
  EXPECT_EQ(told.then_at("retry-at"), due);
  EXPECT_NE(told.then("retry-at").find("/do/1/b is tried again, as attempt 2."), std::string::npos);
  EXPECT_EQ(told.command(0), "skald retry saga-1 --step /do/1/b --reason ...");
  EXPECT_EQ(told.verbs(), (std::vector<std::string>{"retry", "cancel"}));
}

TEST(ExplainWaiting, TheLastAttempt) {
  Saga saga(kTwo);
  saga.start().completes(kA).fails(kB).timer("retry:").fails(kB);
  EXPECT_EQ(tell(saga).said("tries-left"), "That is the last attempt.");
  saga.timer("retry:");
  const Told told = tell(saga);
  EXPECT_EQ(told.cause, "step-failing");
  EXPECT_NE(told.summary.find("and attempt 3 is under way"), std::string::npos) << told.summary;
  EXPECT_EQ(told.then("if-fails"),
            "If it does not, the saga undoes, in this order: /do/1/b (if it took effect) and /do/0/a.");
  EXPECT_EQ(told.then("if-rejected"), "");
  EXPECT_EQ(told.verbs(), (std::vector<std::string>{"history", "cancel"})) << "a retry would be refused: in flight";
}

TEST(ExplainWaiting, UnknownAndTimedOutAreCalledSo) {
  Saga saga(kTwo);
  saga.start().unknown(kA);
  EXPECT_EQ(tell(saga).said("step-unknown"),
            "Attempt 1 of /do/0/a ended with an unknown outcome: lost (0ms ago, at 2023-11-14T22:13:20Z, as w said).");
  saga.timer("retry:").must(core::AttemptOverdue{saga.find(kA)->key, 2});
  EXPECT_NE(tell(saga).said("step-timed-out").find("Attempt 2 of /do/0/a timed out: Timed out: no worker answered"),
            std::string::npos);
}

TEST(ExplainWaiting, WhatWentWrongAndIsOver) {
  Saga saga(kTwo);
  saga.start().fails(kA).timer("retry:").completes(kA);
  const Told told = tell(saga);
  EXPECT_EQ(told.cause, "in-flight");
  EXPECT_EQ(told.said("step-failed"), "");
  EXPECT_NE(told.said("overcome").find("The last that went wrong is behind it: attempt 1 of /do/0/a failed: not now"),
            std::string::npos);
}

TEST(ExplainWaiting, TriesWithoutEndAndWithinALimit) {
  Saga endless("  - a: { call: svc.a, retry: { delay: { seconds: 1 } } }\n");
  endless.start().fails(kA);
  EXPECT_EQ(tell(endless).said("tries-left"), "It is tried again and again, without end.");
  Saga limited("  - a: { call: svc.a, retry: { delay: { seconds: 1 }, limit: { duration: { minutes: 1 } } } }\n");
  limited.start();
  EXPECT_EQ(tell(limited).said("step-limit"), "All attempts together have until 2023-11-14T22:14:20Z (1m 0s more).");
  limited.fails(kA);
  EXPECT_EQ(tell(limited).said("tries-left"), "");
  EXPECT_NE(tell(limited).said("step-limit"), "");
}

TEST(ExplainWaiting, ARetryThatItsPolicyDecides) {
  Saga saga("  - a: { call: svc.a, retry: { when: '${ $error.status == 503 }' } }\n");
  saga.start();
  EXPECT_EQ(tell(saga).then("if-fails"),
            "If it fails, or its outcome is unknown, it is tried again behind a wait, if its retry policy has it "
            "so.");
}

TEST(ExplainWaiting, AWaitForATime) {
  Saga saga("  - pause: { wait: { hours: 2 } }\n  - b: { call: svc.b }\n");
  saga.start();
  const Told told = tell(saga);
  EXPECT_EQ(told.cause, "timer");
  EXPECT_EQ(told.summary, "/do/0/pause waits for its time, in 2h 0m, at 2023-11-15T00:13:20Z.");
  EXPECT_EQ(told.said("at-step"), "It is at /do/0/pause, a wait.");
  EXPECT_EQ(told.said("waits-timer"), "It waits for a time that is due in 2h 0m, at 2023-11-15T00:13:20Z.");
  EXPECT_EQ(told.then("goes-on-at"), "At 2023-11-15T00:13:20Z (in 2h 0m) the saga goes on behind /do/0/pause.");
  EXPECT_EQ(told.then_at("goes-on-at"), saga.now + Millis(7'200'000));
  EXPECT_EQ(told.verbs(), (std::vector<std::string>{"history", "cancel"})) << "a retry cuts no wait short";
  EXPECT_EQ(told.commands[1].why, "ends it early; there is nothing to undo");
}

TEST(ExplainWaiting, AnEvent) {
  Saga saga(R"(
  - paid:
      listen:
        to:
          all:
            - with: { type: order.paid, subject: '${ $workflow.id }' }
            - with: { type: order.packed }
      timeout: { after: { hours: 1 } }
)");
  saga.start();
  const Told told = tell(saga);
  EXPECT_EQ(told.cause, "listening");
  EXPECT_EQ(told.summary, "/do/0/paid listens for order.paid about saga-1, and order.packed.");
  EXPECT_EQ(told.said("at-step"), "It is at /do/0/paid, which listens for events.");
  EXPECT_EQ(told.said("waits-event"), "It listens for order.paid about saga-1, and order.packed.");
  EXPECT_EQ(told.said("time-limit"), "/do/0/paid has until 2023-11-14T23:13:20Z (1h 0m more).");
  EXPECT_EQ(told.then("if-event"), "When what it listens for has come, the saga goes on behind /do/0/paid.");
  EXPECT_EQ(told.command(0), "skald signal saga-1 order.paid --data JSON");
  EXPECT_EQ(told.command(1), "skald signal saga-1 order.packed --data JSON");

  saga.must(*order_of(told.command(1)));
  EXPECT_EQ(tell(saga).said("waits-event"), "It listens for order.paid about saga-1; it has taken 1 event.");
  saga.must(*order_of(told.command(1)));
  EXPECT_EQ(tell(saga).said("mail"), "1 signal came that no task has taken yet; the first is order.packed.");
  EXPECT_EQ(tell(saga).sentence("mail")->seq, saga.state().seq);
}

TEST(ExplainWaiting, AnEventAboutSomethingElseThanTheSagaIsForAPublisher) {
  Saga saga("  - news: { listen: { to: { one: { with: { type: news, subject: the world } } } } }\n");
  saga.start();
  const Told told = tell(saga);
  EXPECT_EQ(told.command(0), "skald emit news --subject 'the world' --data JSON") << "no signal is about that";
  const auto event = [](const std::string& subject, const std::string& id) {
    return Payload(Value{{"type", "news"}, {"source", "test"}, {"id", id}, {"subject", subject}});
  };
  saga.must(core::TakeEvent{event("saga-1", "1"), true, {"by hand", "me"}});
  EXPECT_EQ(saga.status(), "running") << "what a signal would be";
  saga.must(core::TakeEvent{event("the world", "2"), false, {}});
  EXPECT_EQ(saga.status(), "completed") << "what the advice publishes";
}

TEST(ExplainWaiting, ATryThatIsRepeated) {
  Saga saga(R"(
  - t:
      try: [ { a: { call: svc.a, retry: { limit: { attempt: { count: 1 } } } } } ]
      catch: { retry: { delay: { seconds: 10 }, backoff: { constant: {} }, limit: { attempt: { count: 3 } }, jitter: { from: { milliseconds: 0 }, to: { milliseconds: 1 } } } }
)");
  saga.start();
  EXPECT_EQ(tell(saga).said("at-step"), "It is at /do/0/t/try/0/a, which calls svc.a; inside the try /do/0/t.");
  EXPECT_EQ(tell(saga).then("if-fails"),
            "If it does not, unless the catch of /do/0/t takes the error, the saga fails; there is nothing to undo.");
  saga.fails("/do/0/t/try/0/a");
  const Told told = tell(saga);
  EXPECT_EQ(told.cause, "round-waits");
  EXPECT_NE(told.summary.find("What is inside /do/0/t went wrong, and is repeated in "), std::string::npos);
  EXPECT_EQ(told.said("at-step"), "It is at /do/0/t, a try whose tasks are to be repeated.");
  EXPECT_NE(told.said("waits-round").find("It waits to repeat what is inside: try 2 of 3 is due in "),
            std::string::npos);
  EXPECT_NE(told.said("step-failed").find("Attempt 1 of /do/0/t/try/0/a failed: not now"), std::string::npos);
  EXPECT_TRUE(told.then_at("round-at"));
  EXPECT_NE(told.then("round-at").find("the tasks inside /do/0/t are repeated."), std::string::npos);
  EXPECT_EQ(told.command(0), "skald retry saga-1 --step /do/0/t --reason ...");
  saga.timer("wait:");
  EXPECT_EQ(tell(saga).said("at-step"),
            "It is at /do/0/t/try/0/a, which calls svc.a; in repetition 1 of the try /do/0/t.");
}

TEST(ExplainWaiting, TheDeadlineOfTheWhole) {
  Saga saga(kTwo, "timeout: { after: { minutes: 5 } }\n");
  saga.start().completes(kA);
  const Told told = tell(saga);
  EXPECT_EQ(told.said("deadline"), "As a whole it has until 2023-11-14T22:18:20Z (5m 0s more).");
  EXPECT_EQ(
      told.then("deadline-at"),
      "At 2023-11-14T22:18:20Z (in 5m 0s) its time is up: it undoes, in this order: /do/1/b (if it took effect) and "
      "/do/0/a.");
  EXPECT_EQ(told.then_at("deadline-at"), saga.now + Millis(300'000));
  saga.timer("deadline");
  const Told back = tell(saga);
  EXPECT_EQ(back.said("deadline"), "");
  EXPECT_EQ(back.then("deadline-at"), "");
  EXPECT_EQ(back.said("goes-back"), "It undoes what it did, because its time limit of 5m 0s passed.");
}

TEST(ExplainWaiting, BehindThePivotADeadlineIsOnlyNoted) {
  Saga saga("  - pay: { call: svc.pay, pivot: true }\n  - b: { call: svc.b }\n",
            "timeout: { after: { minutes: 5 } }\n");
  saga.start().completes("/do/0/pay");
  const Told told = tell(saga);
  EXPECT_EQ(
      told.said("deadline"),
      "As a whole it has until 2023-11-14T22:18:20Z (5m 0s more); behind the pivot, that it passes is only noted.");
  EXPECT_EQ(told.then("deadline-at"), "");
}

TEST(ExplainWaiting, TheTimeLimitOfATask) {
  Saga saga("  - pack: { timeout: { after: { minutes: 1 } }, do: [ { a: { call: svc.a } } ] }\n");
  saga.start();
  EXPECT_EQ(tell(saga).said("time-limit"), "/do/0/pack has until 2023-11-14T22:14:20Z (1m 0s more).");
  Saga behind(
      "  - pay: { call: svc.pay, pivot: true }\n"
      "  - pack: { timeout: { after: { minutes: 1 } }, do: [ { a: { call: svc.a } } ] }\n");
  behind.start().completes("/do/0/pay");
  EXPECT_EQ(tell(behind).said("time-limit"),
            "/do/1/pack has until 2023-11-14T22:14:20Z (1m 0s more); that it passes is only noted.");
}

TEST(ExplainWaiting, AChildSaga) {
  Saga saga(
      "  - a: { call: svc.a, compensate: { call: undo.a } }\n"
      "  - ship: { run: { workflow: { namespace: t, name: ship, version: '1.0.0' } } }\n");
  saga.start().completes(kA);
  const std::string child = core::child_id(saga.find("/do/1/ship")->key).str();
  Told told = tell(saga);
  EXPECT_EQ(told.cause, "child");
  EXPECT_EQ(told.summary, "/do/1/ship waits for the saga " + child + ".");
  EXPECT_EQ(told.said("at-step"), "It is at /do/1/ship, which runs a saga of t/ship.");
  EXPECT_EQ(told.said("waits-child"), "It waits for the saga " + child + " to end.");
  EXPECT_EQ(told.then("if-completed"), "If the saga " + child + " completes, this one goes on with its output.");
  EXPECT_EQ(told.then("if-fails"),
            "If it ends otherwise, the saga undoes, in this order: /do/1/ship (if it took effect) and /do/0/a.");
  EXPECT_EQ(told.command(0), "skald explain " + child);
  saga.cancels();
  told = tell(saga);
  EXPECT_EQ(told.said("waits-child"), "The saga " + child + " was told to undo what it did; it waits for its end.");
  EXPECT_EQ(told.then("after-cancelled"), "When the saga " + child + " has ended, what waits for it goes on.");
  EXPECT_EQ(told.command(0), "skald explain " + child);
}

TEST(ExplainWaiting, AChildSagaThatIsUndone) {
  Saga saga(
      "  - ship: { run: { workflow: { namespace: t, name: ship, version: '1.0.0' } } }\n  - b: { call: svc.b }\n");
  saga.start().completes("/do/0/ship");
  const std::string child = core::child_id(saga.find("/do/0/ship")->key).str();
  saga.rejected(kB);
  const Told told = tell(saga);
  EXPECT_EQ(told.said("waits-child"), "It waits for the saga " + child + " to undo what it did.");
  EXPECT_EQ(told.said("at-undo"), "It is at the undo of /do/0/ship, which has undone a saga of t/ship.");
  EXPECT_EQ(told.then("if-completed"),
            "When the saga " + child + " is undone, the next undo follows, where there is one.");
  EXPECT_EQ(told.command(0), "skald explain " + child);
}

TEST(ExplainWaiting, AChildSagaThatIsOnlyStarted) {
  Saga saga("  - ship: { run: { workflow: { namespace: t, name: ship, version: '1.0.0' }, await: false } }\n");
  saga.start();
  const std::string child = core::child_id(saga.find("/do/0/ship")->key).str();
  const Told told = tell(saga);
  EXPECT_EQ(told.said("waits-child"), "It waits for the saga " + child + " to start.");
  EXPECT_EQ(told.then("if-completed"),
            "When the saga " + child + " has started, this one goes on without waiting for its end.");
}

}  // namespace
}  // namespace skald::inspect
