// What is told of sagas whose attempts are really on their way: from the dispatcher, the broker and presence.

#include "tests/api/api_fixture.h"

namespace skald::runtime {
namespace {

class Explained : public ApiTest {
 protected:
  Value explain(const std::string& id) const { return get("/v1/sagas/" + id + "/explain").body; }
  static bool has(const Value& explanation, const std::string& code) {
    const Value sentences = explanation.value("sentences", Value::array());
    return std::any_of(sentences.begin(), sentences.end(), [&](const Value& one) { return one["code"] == code; });
  }
  bool comes_to_say(const std::string& id, const std::string& code) const {
    return eventually([&] { return has(explain(id), code); }, std::chrono::seconds(60));
  }
};

TEST_F(Explained, AnAttemptGoesFromTheQueueToAWorker) {
  deploy("  - a: { call: shop.slow, timeout: { after: { minutes: 5 } } }\n", "", "2.0.0");
  ASSERT_EQ(submit("one").status, 201);
  EXPECT_TRUE(comes_to_say("one", "queued"));
  const Value told = explain("one");
  EXPECT_EQ(told["live"], true);
  EXPECT_EQ(told["cause"], "in-flight");
  EXPECT_TRUE(has(told, "workers-unheard")) << "the engine has not listened for long: " << told;
  const TestWorker holds(nats_, {"shop.slow"}, [](TestWorker&, const TestWorker::Task&) {});
  EXPECT_TRUE(comes_to_say("one", "in-flight"));
}

TEST_F(Explained, WithoutATimeoutItIsNoticedLater) {
  ASSERT_EQ(submit("one").status, 201);
  const TestWorker holds(
      nats_, {"shop.first"}, [](TestWorker&, const TestWorker::Task&) {}, 120'000);
  EXPECT_TRUE(comes_to_say("one", "in-flight"));
}

TEST_F(Explained, NobodyWhoServesItIsSaidWhenItIsSure) {
  ASSERT_EQ(submit("one").status, 201);
  EXPECT_TRUE(comes_to_say("one", "no-worker"));
  const Value told = explain("one");
  EXPECT_EQ(told["cause"], "no-worker");
  EXPECT_EQ(told["commands"][0]["command"], "skald worker --config FILE --nats URL");
}

TEST_F(Explained, ABrokerThatGoesIsToldWithItsTime) {
  ASSERT_EQ(submit("one").status, 201);
  ASSERT_TRUE(comes_to_say("one", "queued"));
  const Time before = SystemClock().now();
  nats_.kill();
  ASSERT_TRUE(comes_to_say("one", "broker-away"));
  const Value told = explain("one");
  EXPECT_EQ(told["cause"], "broker-away");
  for (const Value& one : told["sentences"]) {
    if (one["code"] != "broker-away") continue;
    EXPECT_GE(parse_time(one.value("since", "")).value_or(Time{}), before) << one;
  }
}

TEST_F(Explained, TheOrderThatIsAdvisedIsTaken) {
  deploy(
      "  - a: { call: shop.fails, retry: { delay: { hours: 1 }, backoff: { constant: {} }, jitter: { from: { seconds: "
      "0 }, to: { seconds: 1 } } } }\n",
      "", "2.0.0");
  const TestWorker fails(nats_, {"shop.fails"}, [](TestWorker& self, const TestWorker::Task& task) {
    self.answer(task, wire::Outcome::kFailed, {{"title", "not now"}});
  });
  ASSERT_EQ(submit("one").status, 201);
  ASSERT_TRUE(comes_to_say("one", "waits-retry"));
  EXPECT_EQ(explain("one")["commands"][0]["command"], "skald retry one --step /do/0/a --reason ...");
  EXPECT_EQ(post("/v1/sagas/one/retry", {{"reason", "test"}, {"step", "/do/0/a"}}).status, 200);
  EXPECT_EQ(get("/v1/sagas/none/explain").status, 404);
}

}  // namespace
}  // namespace skald::runtime
