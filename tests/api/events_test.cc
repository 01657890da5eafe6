// Signals and published events, over the door and the real broker.

#include "engine/bus/jetstream.h"
#include "tests/api/api_fixture.h"

namespace skald::runtime {
namespace {

class Events : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    deploy(R"(
  - paid:
      listen: { to: { one: { with: { type: order.paid, subject: '${ $workflow.id }' } } }, read: envelope }
)",
           "", "2.0.0");
  }
  Answer signal(const std::string& id, const Value& body) const { return post("/v1/sagas/" + id + "/signal", body); }
  ::testing::AssertionResult listens(const std::string& id) {
    if (eventually([&] { return count(id, "event.awaited /do/0/paid") == 1; })) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << told(id);
  }
  static Value paid(const std::string& subject, const std::string& id) {
    return {{"type", "order.paid"}, {"source", "payments"}, {"subject", subject}, {"id", id}, {"data", {{"by", id}}}};
  }
  Value output(const std::string& id) const { return get("/v1/sagas/" + id).body["output"]; }
  // Published until the saga has it: the broker hands out only what comes behind the engine's first look.
  ::testing::AssertionResult hears(const std::string& id) {
    int sent = 0;
    const bool done = eventually([&] {
      if (status(id) == "completed") return true;
      (void)post("/v1/events", paid(id, "e-" + id + std::to_string(++sent)));
      return status(id) == "completed";
    });
    return done ? ::testing::AssertionSuccess() : ::testing::AssertionFailure() << told(id);
  }
};

TEST_F(Events, ASignalIsTakenAndDurableWhenItIsAnswered) {
  submit("one");
  ASSERT_TRUE(listens("one"));
  const Answer answer =
      signal("one", {{"name", "order.paid"}, {"data", {{"cents", 5}}}, {"id", "s1"}, {"reason", "r"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["status"], "completed");
  const Value taken = answer.body["output"].at(0);
  EXPECT_EQ(taken["type"], "order.paid");
  EXPECT_EQ(taken["subject"], "one");
  EXPECT_EQ(taken["data"], (Value{{"cents", 5}}));
  EXPECT_EQ(taken["id"], "s1");
}

TEST_F(Events, ASignalThatComesEarlyIsKeptOverARestart) {
  deploy(R"(
  - first: { call: shop.first }
  - paid: { listen: { to: { one: { with: { type: order.paid } } } } }
)",
         "", "3.0.0");
  submit("early");
  ASSERT_TRUE(eventually([&] { return count("early", "step.scheduled /do/0/first") == 1; }));
  EXPECT_EQ(signal("early", {{"name", "order.paid"}, {"data", 7}}).body["status"], "running");
  stop_serving();
  serve();
  const TestWorker shop(nats_, {"shop.first"}, [](TestWorker& self, const TestWorker::Task& task) {
    self.complete(task, {{"ok", true}});
  });
  ASSERT_TRUE(becomes("early", "completed"));
  EXPECT_EQ(output("early"), (Value{7}));
}

TEST_F(Events, APublishedEventGoesToThoseThatAwaitIt) {
  submit("one");
  submit("two");
  ASSERT_TRUE(listens("one"));
  ASSERT_TRUE(listens("two"));
  ASSERT_TRUE(hears("one"));
  EXPECT_EQ(status("two"), "running") << "its subject is another";
  ASSERT_TRUE(hears("two"));
}

TEST_F(Events, OneWithoutASubjectGoesToAllThatAskForNone) {
  deploy("  - go: { listen: { to: { one: { with: { type: go } } } } }\n", "", "4.0.0");
  for (int i = 0; i < 300; ++i) submit("many-" + std::to_string(i));
  ASSERT_TRUE(eventually([&] { return count("many-299", "event.awaited /do/0/go") == 1; }));
  submit("probe");
  ASSERT_TRUE(eventually([&] {
    (void)post("/v1/events", {{"type", "go"}, {"source", "x"}});
    return status("probe") == "completed";
  }));
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(becomes("many-" + std::to_string(i), "completed")) << "more than one page";
}

TEST_F(Events, OnesThatComeWhileTheEngineIsAwayAreTakenLater) {
  submit("probe");
  submit("away");
  ASSERT_TRUE(listens("away"));
  ASSERT_TRUE(hears("probe"));  // the engine has its place in the stream
  stop_serving();
  auto connection = bus::Connection::open({nats_.url(), "somebody"});
  ASSERT_TRUE(connection);
  bus::JetStream jetstream(**connection);
  bus::Message message;
  message.subject = "skald.v1.event.order.paid";
  message.data = paid("away", "late").dump();
  ASSERT_TRUE(jetstream.publish(std::move(message), std::chrono::seconds(10)));
  serve();
  ASSERT_TRUE(becomes("away", "completed"));
  EXPECT_EQ(output("away").at(0).at("id"), "late");
}

TEST_F(Events, WhatASagaEmitsAnotherHears) {
  deploy(R"(
  - tell: { emit: { event: { with: { type: order.paid, source: saga, subject: '${ .to }', data: { by: saga } } } } }
)",
         "", "5.0.0");
  const auto emit = [&](const std::string& id, const std::string& to) {
    return post("/v1/sagas", {{"workflow", "test/flow"}, {"id", id}, {"input", {{"to", to}}}}).status;
  };
  const Value listener{{"workflow", "test/flow"}, {"version", "2.0.0"}, {"id", "hears"}};
  EXPECT_EQ(post("/v1/sagas", listener).status, 201);
  ASSERT_TRUE(listens("hears"));
  int sent = 0;
  ASSERT_TRUE(eventually([&] {
    if (status("hears") == "completed") return true;
    EXPECT_EQ(emit("tells-" + std::to_string(++sent), "hears"), 201);
    return status("hears") == "completed";
  }));
  EXPECT_EQ(output("hears").at(0).at("data"), (Value{{"by", "saga"}}));
}

TEST_F(Events, ATaskListensAgainAfterAWipedBroker) {
  submit("one");
  submit("two");
  ASSERT_TRUE(listens("two"));
  ASSERT_TRUE(hears("one"));
  nats_.kill();
  nats_.wipe();
  nats_.start();
  ASSERT_TRUE(eventually([&] { return get("/readyz").status == 200; }));
  ASSERT_TRUE(hears("two"));
}

TEST_F(Events, TheFirstBehindTheDeploymentIsTaken) {
  ASSERT_TRUE(eventually([&] { return get("/readyz").status == 200; }));
  submit("one");
  ASSERT_TRUE(listens("one"));
  ASSERT_EQ(post("/v1/events", paid("one", "only")).status, 201);
  EXPECT_TRUE(becomes("one", "completed"));
}

TEST_F(Events, WhatSomebodyPublishesThatIsNoneIsPassedOver) {
  submit("one");
  ASSERT_TRUE(listens("one"));
  ASSERT_TRUE(eventually([&] { return get("/readyz").status == 200; }));
  auto connection = bus::Connection::open({nats_.url(), "somebody"});
  ASSERT_TRUE(connection);
  bus::JetStream jetstream(**connection);
  for (const char* body : {"{no", "[]", R"({"type":"order.paid","source":"x","subject":"one"})"}) {
    ASSERT_TRUE(jetstream.publish({"skald.v1.event.order.paid", "", body, {}}, std::chrono::seconds(10))) << body;
  }
  ASSERT_TRUE(hears("one"));
  EXPECT_TRUE(eventually([&] {
    return engine_->metrics().find("skald_outside_events_total{fate=\"unreadable\"} 3") != std::string::npos;
  })) << engine_->metrics();
}

TEST_F(Events, WhatIsNoEventIsRefused) {
  EXPECT_EQ(post_text("/v1/events", "{no").body["code"], "bad-json");
  EXPECT_EQ(post("/v1/events", Value::array()).body["code"], "bad-event");
  EXPECT_EQ(post("/v1/events", {{"type", ""}, {"source", "x"}}).body["code"], "bad-event");
  EXPECT_EQ(post("/v1/events", {{"type", "x"}, {"source", 7}}).body["code"], "bad-event");
  EXPECT_EQ(post("/v1/events", {{"type", "x"}, {"source", "x"}, {"specversion", "2"}}).body["code"], "bad-event");
  EXPECT_EQ(post("/v1/events", {{"type", std::string(1'001, 'x')}, {"source", "x"}}).body["code"], "bad-event");
}

TEST_F(Events, WithoutABrokerPublishingFailsAndSignalsWork) {
  submit("one");
  ASSERT_TRUE(listens("one"));
  nats_.kill();
  ASSERT_TRUE(eventually([&] { return get("/readyz").status == 503; }));
  EXPECT_EQ(post("/v1/events", paid("one", "lost")).status, 503);
  EXPECT_EQ(signal("one", {{"name", "order.paid"}}).body["status"], "completed");
}

}  // namespace
}  // namespace skald::runtime
