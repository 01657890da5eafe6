// Who serves what a saga waits for; the broker; explanations from files.

#include "tests/inspect/explain_fixture.h"

namespace skald::inspect {
namespace {

constexpr const char* kTwo = "  - a: { call: svc.a, compensate: { call: undo.a } }\n  - b: { call: svc.b }\n";
constexpr const char* kA = "/do/0/a";

Saga started(const char* tasks = kTwo) {
  Saga saga(tasks);
  saga.start();
  saga.now = saga.now + Millis(60'000);
  return saga;
}

TEST(ExplainServing, NamesTheWorkers) {
  const Told told = tell(started());
  EXPECT_EQ(told.said("served"), "svc.a is served by w-1 (1 of 8 in hand, heard 2.0s ago).");
  EXPECT_EQ(told.said("no-worker"), "");
}

TEST(ExplainServing, SaysSinceWhenNobodyServesAType) {
  const Saga saga = started();
  Surroundings around = served_by(saga, {});
  around.types["svc.a"].last_heard = saga.now - Millis(40'000);
  const Told told = tell(saga, around);
  EXPECT_EQ(told.cause, "no-worker");
  EXPECT_EQ(told.summary, "/do/0/a waits for a worker: nobody has served svc.a since 2023-11-14T22:13:40Z (40s).");
  EXPECT_EQ(told.said("no-worker"), "No worker has served svc.a since 2023-11-14T22:13:40Z (40s).");
  EXPECT_EQ(told.sentence("no-worker")->since, saga.now - Millis(40'000));
  EXPECT_EQ(told.said("served"), "");
  EXPECT_EQ(told.command(0), "skald worker --config FILE --nats URL");
  EXPECT_EQ(told.commands[0].why, "starts the sidecar of the service; FILE has to serve svc.a, URL is the broker's");
  EXPECT_EQ(told.verbs(), (std::vector<std::string>{"worker", "workers", "cancel"}));
}

TEST(ExplainServing, KnowsNothingOfTheTimeBeforeItListened) {
  const Saga saga = started();
  Surroundings around = served_by(saga, {});
  around.broker_since = saga.now - Millis(20'000);
  around.types["svc.a"].last_heard = saga.now - Millis(40'000);
  EXPECT_EQ(tell(saga, around).sentence("no-worker")->since, around.broker_since)
      << "while the broker was away, a worker may have been there unheard";
  around.broker_since = saga.now - Millis(3'000);
  const Told told = tell(saga, around);
  EXPECT_EQ(told.said("no-worker"), "");
  EXPECT_EQ(
      told.said("workers-unheard"),
      "Who serves svc.a is not known yet: the engine has listened for 3.0s, and whoever is not heard within 15s counts "
      "as gone.");
  EXPECT_EQ(told.cause, "in-flight");
}

TEST(ExplainServing, CallsToAnyHostHaveAWorkerOfTheirOwn) {
  const Saga saga = started("  - a: { call: http, with: { method: get, endpoint: 'http://x.example' } }\n");
  EXPECT_EQ(tell(saga, served_by(saga, {})).command(0), "skald worker --http-calls --nats URL");
}

TEST(ExplainServing, AnUndoThatNobodyServes) {
  Saga saga(kTwo);
  saga.start().completes(kA).rejected("/do/1/b");
  const Told told = tell(saga, served_by(saga, {"svc.a", "svc.b"}));
  EXPECT_EQ(told.cause, "no-worker");
  EXPECT_EQ(told.summary.find("The undo of /do/0/a waits for a worker: nobody has served undo.a since "), 0U);
  EXPECT_EQ(told.verbs(), (std::vector<std::string>{"worker", "workers"}));
}

TEST(ExplainServing, AnOpenBreaker) {
  const Saga saga = started();
  Surroundings around = all_served(saga);
  around.types["svc.a"].workers[0].breakers = {{"shop", "open"}};
  Told told = tell(saga, around);
  EXPECT_EQ(told.cause, "breaker-open");
  EXPECT_EQ(told.summary, "/do/0/a is held back: calls to the service shop failed, so its breaker is open.");
  EXPECT_EQ(
      told.said("breaker-open"),
      "The breaker of w-1 for the service shop is open: the service is left alone for a while: its tasks are held "
      "back, and none uses up an attempt.");
  EXPECT_EQ(told.command(0), "skald workers");
  around.types["svc.a"].workers[0].breakers = {{"shop", "half-open"}};
  told = tell(saga, around);
  EXPECT_EQ(told.cause, "breaker-open");
  EXPECT_EQ(told.said("breaker-trying"),
            "The breaker of w-1 for the service shop is half-open: the service is tried with one call at a time.");
  around.types["svc.a"].workers[0].breakers = {{"shop", "closed"}};
  told = tell(saga, around);
  EXPECT_EQ(told.cause, "in-flight");
  EXPECT_EQ(told.said("breaker-open") + told.said("breaker-trying"), "");
}

TEST(ExplainServing, ABreakerThatMayBeOfAnotherServiceIsNotTheCause) {
  const Saga saga = started();
  Surroundings around = all_served(saga);
  around.types["svc.a"].workers[0].breakers = {{"shop", "open"}, {"bank", "closed"}};
  const Told told = tell(saga, around);
  EXPECT_EQ(told.cause, "in-flight");
  EXPECT_NE(told.said("breaker-open").find(", if that is where svc.a goes."), std::string::npos);
}

TEST(ExplainServing, OneWorkerThatHoldsBackAndOneThatDoesNot) {
  const Saga saga = started();
  Surroundings around = all_served(saga);
  around.types["svc.a"].workers.push_back({"w-2", 8, 0, saga.now, {{"shop", "open"}}});
  const Told told = tell(saga, around);
  EXPECT_EQ(told.cause, "in-flight");
  EXPECT_NE(told.said("breaker-open").find("The breaker of w-2"), std::string::npos);
}

TEST(ExplainServing, ABacklog) {
  const Saga saga = started();
  Surroundings around = all_served(saga);
  around.types["svc.a"].waiting = 12;
  around.types["svc.a"].oldest = saga.now - Millis(180'000);
  EXPECT_EQ(tell(saga, around).said("backlog"),
            "12 attempts of svc.a are out or wait, the oldest since 2023-11-14T22:11:20Z (3m 0s).");
}

TEST(ExplainServing, ABrokerThatIsAway) {
  const Saga saga = started();
  Surroundings around = served_by(saga, {});
  around.broker_ok = false;
  around.broker_since = saga.now - Millis(30'000);
  const Told told = tell(saga, around);
  EXPECT_EQ(told.cause, "broker-away");
  EXPECT_EQ(told.summary, "The broker has been away since 2023-11-14T22:13:50Z (30s), so /do/0/a waits.");
  EXPECT_EQ(told.said("broker-away"),
            "The broker has been away since 2023-11-14T22:13:50Z (30s): no task gets to a worker, and no answer comes "
            "back.");
  EXPECT_EQ(told.said("no-worker") + told.said("workers-unheard"), "") << "workers are not heard without a broker";
  EXPECT_EQ(told.command(0), "nats-server --jetstream --store_dir DIR --addr HOST --port PORT");
}

TEST(ExplainServing, ASagaThatWaitsForATimeNeedsNoBroker) {
  Saga saga("  - pause: { wait: { hours: 2 } }\n");
  saga.start();
  Surroundings around = all_served(saga);
  around.broker_ok = false;
  const Told told = tell(saga, around);
  EXPECT_EQ(told.cause, "timer");
  EXPECT_NE(told.said("broker-away"), "") << "it is told all the same";
}

TEST(ExplainServing, AFolderThatNoEngineHasOpen) {
  const Saga saga = started();
  Surroundings around;
  around.now = saga.now;
  around.from = Surroundings::From::kFolder;
  around.start_command = "skald dev --data /d";
  Told told = tell(saga, around);
  EXPECT_FALSE(told.live);
  EXPECT_EQ(told.cause, "engine-stopped");
  EXPECT_EQ(told.summary, "No engine runs on this folder, so nobody acts on it; it stands at /do/0/a.");
  EXPECT_EQ(told.said("engine-stopped"), "No engine has this folder open: nobody acts on the saga.");
  EXPECT_EQ(told.said("in-flight"),
            "It waits for the outcome of attempt 1 of 5, in flight since 2023-11-14T22:13:20Z (1m 0s).");
  EXPECT_EQ(told.then("on-start"), "Nothing, until an engine is started on this folder. Then:");
  EXPECT_EQ(told.command(0), "skald dev --data /d");
  EXPECT_EQ(told.commands.size(), 1U) << "orders need an engine";
  Saga failing = saga;
  failing.fails(kA);
  around.now = failing.now + Millis(3'600'000);
  told = tell(failing, around);
  EXPECT_NE(told.said("waits-retry").find("; it acts when an engine is started."), std::string::npos);
  EXPECT_EQ(told.then("retry-at"), "At once /do/0/a is tried again, as attempt 2.");
}

TEST(ExplainServing, AFolderThatAnEngineHasOpen) {
  const Saga saga = started();
  Surroundings around;
  around.now = saga.now;
  around.from = Surroundings::From::kFolder;
  around.in_use = true;
  const Told told = tell(saga, around);
  EXPECT_FALSE(told.live);
  EXPECT_EQ(told.cause, "in-flight");
  EXPECT_NE(told.said("engine-elsewhere"), "");
  EXPECT_EQ(told.command(0), "skald explain saga-1");
}

TEST(ExplainServing, AnExport) {
  const Saga saga = started();
  Surroundings around;
  around.now = saga.now;
  around.from = Surroundings::From::kExport;
  const Told told = tell(saga, around);
  EXPECT_EQ(
      told.said("from-export"),
      "This is from an exported file, as of event 2: what happened since, and who serves it, does not stand there.");
  EXPECT_EQ(told.command(0), "skald explain saga-1");
}

TEST(ExplainServing, OfASagaThatHasEndedNothingIsSaidOfAny) {
  Saga saga("  - a: { call: svc.a }\n");
  saga.start().completes(kA);
  Surroundings around = served_by(saga, {});
  around.broker_ok = false;
  EXPECT_EQ(tell(saga, around).said("broker-away"), "");
  around.from = Surroundings::From::kFolder;
  const Told told = tell(saga, around);
  EXPECT_EQ(told.cause, "ended-completed");
  EXPECT_TRUE(told.next.empty());
}

TEST(ExplainJson, IsAsTheInterfacePromises) {
  Saga saga(kTwo);
  saga.start().completes(kA).fails("/do/1/b");
  const Value value = to_value(tell(saga));
  EXPECT_EQ(value["id"], "saga-1");
  EXPECT_EQ(value["workflow"], "test/saga");
  EXPECT_EQ(value["version"], "1.0.0");
  EXPECT_EQ(value["status"], "running");
  EXPECT_EQ(value["live"], true);
  EXPECT_EQ(value["at"], "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(value["sentences"][0]["code"], "at-step");
  EXPECT_EQ(value["sentences"][0]["step"], "/do/1/b");
  EXPECT_TRUE(value["next"][0].contains("at"));
  EXPECT_EQ(value["would_undo"][0]["step"], "/do/0/a");
  EXPECT_TRUE(value["undo_waits_for"].is_null());
  EXPECT_EQ(value["commands"][0]["command"], "skald retry saga-1 --step /do/1/b --reason ...");
  EXPECT_FALSE(value["commands"][0]["why"].get<std::string>().empty());
}

}  // namespace
}  // namespace skald::inspect
