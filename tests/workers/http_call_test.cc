#include "workers/sidecar/http_call.h"

#include <gtest/gtest.h>

#include "workers/sidecar/breaker.h"
#include "workers/sidecar/template.h"

namespace skald::workers {
namespace {

Task task_with(const Value& input) {
  Task task;
  task.message.key = "run:/do/0/a:1";
  task.message.input = Payload(input);
  task.traceparent = "00-a-b-01";
  return task;
}

TEST(HttpCall, TheRequestCarriesKeyTraceAndInput) {
  TaskConfig config;
  config.path = "/carts/{cart}/items";
  config.timeout = Millis(5'000);
  Task task = task_with({{"cart", "a b/c"}, {"n", 1}});
  task.message.timeout = Millis(2'000);
  const auto request = request_of(config, task);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->path, "/carts/a%20b%2Fc/items");
  EXPECT_EQ(request->headers.at("Idempotency-Key"), "run:/do/0/a:1");
  EXPECT_EQ(request->headers.at("traceparent"), "00-a-b-01");
  EXPECT_EQ(*request->body, R"({"cart":"a b/c","n":1})");
  EXPECT_EQ(request->timeout, Millis(2'000)) << "the attempt's own timeout is shorter";
  config.method = "GET";
  EXPECT_FALSE(request_of(config, task)->body);
}

TEST(HttpCall, TemplatesKeepTypesAndNameWhatIsMissing) {
  const Value input = {{"n", 7}, {"who", "me"}, {"list", {1, 2}}};
  const auto body = fill_body({{"n", "{n}"}, {"all", "{list}"}, {"text", "for {who}: {n}"}}, input);
  ASSERT_TRUE(body);
  EXPECT_EQ(*body, Value::parse(R"({"n":7,"all":[1,2],"text":"for me: 7"})"));
  const auto missing = fill_path("/{nobody}", input);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("'nobody'"), std::string::npos);
  EXPECT_FALSE(fill_path("/{list}", input));
  EXPECT_EQ(*fill_path("/plain{", input), "/plain{");
}

struct Case {
  int status;
  bool refused;
  wire::Outcome outcome;
};

class Classification : public ::testing::TestWithParam<Case> {};

TEST_P(Classification, IsAsPromised) {
  HttpReply reply;
  reply.status = GetParam().status;
  reply.refused = GetParam().refused;
  EXPECT_EQ(answer_of({}, reply).outcome, GetParam().outcome);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Classification,
    ::testing::Values(Case{200, false, wire::Outcome::kCompleted}, Case{204, false, wire::Outcome::kCompleted},
                      Case{302, false, wire::Outcome::kUnknown}, Case{400, false, wire::Outcome::kRejected},
                      Case{404, false, wire::Outcome::kRejected}, Case{408, false, wire::Outcome::kUnknown},
                      Case{409, false, wire::Outcome::kRejected}, Case{429, false, wire::Outcome::kFailed},
                      Case{500, false, wire::Outcome::kUnknown}, Case{502, false, wire::Outcome::kUnknown},
                      Case{503, false, wire::Outcome::kFailed}, Case{504, false, wire::Outcome::kUnknown},
                      Case{0, true, wire::Outcome::kFailed}, Case{0, false, wire::Outcome::kUnknown}));

TEST(HttpCall, AnswersBecomeOutputsAndErrors) {
  HttpReply reply;
  reply.status = 200;
  EXPECT_EQ(answer_of({}, reply).output.value(), Value(nullptr));
  reply.body = "plain words";
  EXPECT_EQ(answer_of({}, reply).output.value(), Value("plain words"));
  reply.body = R"({"a":1})";
  EXPECT_EQ(answer_of({}, reply).output.value(), Value({{"a", 1}}));
  reply.body = "\"" + std::string(300 * 1024, 'x') + "\"";
  EXPECT_EQ(answer_of({}, reply).outcome, wire::Outcome::kUnknown);

  TaskConfig config;
  config.statuses[404] = wire::Outcome::kFailed;
  config.errors[402] = {"urn:declined", "Declined"};
  reply = {402, R"({"detail":"no money","title":"x"})", "application/problem+json", "", false, ""};
  Answer answer = answer_of(config, reply);
  EXPECT_EQ(answer.outcome, wire::Outcome::kRejected);
  EXPECT_EQ(answer.error.value(),
            Value({{"type", "urn:declined"}, {"title", "Declined"}, {"status", 402}, {"detail", "no money"}}));
  reply = {503, "", "", "2", false, ""};
  EXPECT_EQ(answer_of(config, reply).retry_after, Millis(2'000));
  reply.retry_after = "Wed, 21 Oct 2015 07:28:00 GMT";
  EXPECT_EQ(answer_of(config, reply).retry_after, std::nullopt);
  reply = {404, "<html>", "", "", false, ""};
  EXPECT_EQ(answer_of(config, reply).outcome, wire::Outcome::kFailed);
}

class FakeClock final : public Clock {
 public:
  Time now() const override { return now_; }
  Time now_{1'000'000};
};

TEST(Breaker, OpensAfterFailuresAndTriesOneCall) {
  FakeClock clock;
  Breaker breaker(3, Millis(1'000), clock);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(breaker.enter());
    breaker.report(false);
  }
  EXPECT_TRUE(breaker.enter());
  breaker.report(true);
  EXPECT_EQ(breaker.state(), "closed") << "a success between failures counts";
  for (int i = 0; i < 3; ++i) breaker.report(false);
  EXPECT_EQ(breaker.state(), "open");
  EXPECT_FALSE(breaker.enter());
  EXPECT_EQ(breaker.wait(), Millis(1'000));
  clock.now_ = clock.now_ + Millis(1'000);
  EXPECT_EQ(breaker.state(), "half-open");
  EXPECT_TRUE(breaker.enter());
  EXPECT_FALSE(breaker.enter()) << "one call at a time is tried";
  breaker.report(false);
  EXPECT_EQ(breaker.state(), "open");
  clock.now_ = clock.now_ + Millis(1'000);
  EXPECT_TRUE(breaker.enter());
  breaker.report(true);
  EXPECT_EQ(breaker.state(), "closed");
}

TEST(Breaker, AClockThatWentBackDoesNotKeepItShut) {
  FakeClock clock;
  Breaker breaker(1, Millis(1'000), clock);
  breaker.report(false);
  clock.now_ = Time{0};
  EXPECT_LE(breaker.wait(), Millis(1'000));
}

}  // namespace
}  // namespace skald::workers
