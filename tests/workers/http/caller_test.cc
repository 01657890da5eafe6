// Calls to servers of the test's own.

#include "workers/http/caller.h"

#include <gtest/gtest.h>
#include <httplib.h>

#include <atomic>
#include <thread>

#include "engine/base/free_port.h"
#include "engine/base/hash.h"
#include "engine/wire/codec.h"
#include "tests/workers/http/caller_fixture.h"
#include "tests/workers/http/tls_server.h"

namespace skald::workers::http {
namespace {

TEST_F(HttpCaller, SendsWhatTheTaskSays) {
  httplib::Request seen;
  server_.Put("/pets/a b", [&](const httplib::Request& request, httplib::Response& response) {
    seen = request;
    response.set_content(R"({"id":7})", "application/json");
  });
  const Answer answer =
      call({{"method", "put"},
            {"endpoint", {{"uri", url("/pets/{name}")}, {"authentication", {{"bearer", {{"token", "t"}}}}}}},
            {"arguments", {{"name", "a b"}}},
            {"query", {{"q", "x y"}}},
            {"headers", {{"x-shop", "north"}}},
            {"body", {{"n", 1}}}});
  EXPECT_EQ(answer.outcome, wire::Outcome::kCompleted) << answer.error.json();
  EXPECT_EQ(answer.output.value(), Value({{"id", 7}}));
  EXPECT_EQ(seen.body, R"({"n":1})");
  EXPECT_EQ(seen.get_param_value("q"), "x y");
  EXPECT_EQ(seen.get_header_value("X-Shop"), "north");
  EXPECT_EQ(seen.get_header_value("Content-Type"), "application/json");
  EXPECT_EQ(seen.get_header_value("Authorization"), "Bearer t");
  EXPECT_EQ(seen.get_header_value("Idempotency-Key"), "run:/do/0/a:1");
  EXPECT_EQ(seen.get_header_value("traceparent"), "00-a-b-01");
}

TEST_F(HttpCaller, AnIdempotencyKeyOfTheDocumentsOwnIsKept) {
  server_.Get("/key", [](const httplib::Request& request, httplib::Response& response) {
    response.set_content(request.get_header_value("Idempotency-Key"), "text/plain");
  });
  EXPECT_EQ(call({{"endpoint", url("/key")}, {"headers", {{"idempotency-key", "mine"}}}}).output.value(), "mine");
}

TEST_F(HttpCaller, TheContentIsJsonOrTextOrBase64) {
  std::string body;
  server_.Get("/it", [&](const httplib::Request&, httplib::Response& response) { response.set_content(body, "x/y"); });
  for (const auto& [sent, content] : std::vector<std::pair<std::string, Value>>{{"[1,{}]", {1, Value::object()}},
                                                                                {"plain æ", "plain æ"},
                                                                                {"", nullptr},
                                                                                {"null", nullptr},
                                                                                {"9007199254740993", 9007199254740993},
                                                                                {std::string("\xFF\x00", 2), "/wA="}}) {
    body = sent;
    EXPECT_EQ(get("/it").output.value(), content);
    const Answer raw = call({{"endpoint", url("/it")}, {"output", "raw"}});
    EXPECT_EQ(raw.output.value(), to_base64(sent));
  }
}

TEST_F(HttpCaller, TheResponseIsGivenWhole) {
  server_.Post("/it", [](const httplib::Request&, httplib::Response& response) {
    response.status = 201;
    response.set_header("x-two", "a");
    response.set_header("X-Two", "b");
    response.set_content(R"({"a":1})", "application/json");
  });
  const Value output =
      call({{"method", "post"},
            {"endpoint",
             {{"uri", url("/it?q=1")}, {"authentication", {{"basic", {{"username", "a"}, {"password", "b"}}}}}}},
            {"headers", {{"x-mine", "1"}, {"cookie", "secret"}}},
            {"output", "response"}})
          .output.value();
  EXPECT_EQ(output["statusCode"], 201);
  EXPECT_EQ(output["content"], Value({{"a", 1}}));
  EXPECT_EQ(output["headers"]["Content-Type"], "application/json");
  EXPECT_EQ(output["headers"]["X-Two"], "a, b");
  EXPECT_EQ(output["request"]["method"], "POST");
  EXPECT_EQ(output["request"]["uri"], url("/it?q=1"));
  EXPECT_EQ(output["request"]["headers"]["X-Mine"], "1");
  EXPECT_FALSE(output["request"]["headers"].contains("Authorization")) << "histories are read by many";
  EXPECT_FALSE(output["request"]["headers"].contains("Cookie"));
}

TEST_F(HttpCaller, AnswersWithoutABodyHaveAHead) {
  server_.Get("/it", [](const httplib::Request&, httplib::Response& response) { response.set_content("x", "x/y"); });
  server_.Delete("/it", [](const httplib::Request&, httplib::Response& response) { response.status = 204; });
  for (const auto& [method, status] : std::map<std::string, int>{{"head", 200}, {"delete", 204}}) {
    const Value output = call({{"method", method}, {"endpoint", url("/it")}, {"output", "response"}}).output.value();
    EXPECT_EQ(output["statusCode"], status);
    EXPECT_EQ(output["content"], nullptr);
  }
}

TEST_F(HttpCaller, ErrorsAreOfTheStandardsType) {
  server_.Get("/gone", [](const httplib::Request&, httplib::Response& response) {
    response.status = 404;
    response.set_content(R"({"type":"unknown","code":7,"message":"no such pet"})", "application/json");
  });
  const Answer answer = get("/gone");
  EXPECT_EQ(answer.outcome, wire::Outcome::kRejected);
  const Value error = answer.error.value();
  EXPECT_EQ(error["type"], "https://serverlessworkflow.io/spec/1.0.0/errors/communication") << "not the service's own";
  EXPECT_EQ(error["status"], 404);
  EXPECT_EQ(error["detail"], "no such pet");
  EXPECT_EQ(error["title"], "The host answered 404");
  EXPECT_EQ(error["content"]["code"], 7);
}

struct Status {
  int status;
  bool redirect;
  wire::Outcome outcome;
};

class Classifying : public HttpCaller, public ::testing::WithParamInterface<Status> {};

TEST_P(Classifying, IsTheSidecars) {
  server_.Get("/it", [](const httplib::Request&, httplib::Response& response) { response.status = GetParam().status; });
  const Answer answer = call({{"endpoint", url("/it")}, {"redirect", GetParam().redirect}});
  EXPECT_EQ(answer.outcome, GetParam().outcome);
  if (answer.outcome == wire::Outcome::kCompleted) return;
  EXPECT_EQ(answer.error.value()["status"], GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Classifying,
    ::testing::Values(Status{200, false, wire::Outcome::kCompleted}, Status{299, true, wire::Outcome::kCompleted},
                      Status{304, false, wire::Outcome::kUnknown}, Status{304, true, wire::Outcome::kCompleted},
                      Status{400, true, wire::Outcome::kRejected}, Status{408, false, wire::Outcome::kUnknown},
                      Status{409, false, wire::Outcome::kRejected}, Status{429, false, wire::Outcome::kFailed},
                      Status{500, false, wire::Outcome::kUnknown}, Status{503, true, wire::Outcome::kFailed}));

TEST_F(HttpCaller, RetryAfterIsPassedOn) {
  server_.Get("/it", [](const httplib::Request&, httplib::Response& response) {
    response.status = 503;
    response.set_header("Retry-After", "2");
  });
  EXPECT_EQ(get("/it").retry_after, Millis(2'000));
}

TEST_F(HttpCaller, AHostThatIsNotThereHadNoEffect) {
  const Answer answer = call({{"endpoint", "http://127.0.0.1:" + std::to_string(free_port()) + "/"}});
  EXPECT_EQ(answer.outcome, wire::Outcome::kFailed);
  EXPECT_EQ(answer.error.value()["status"], 503);
  EXPECT_EQ(call({{"endpoint", "http://no-such-host.invalid/"}}).outcome, wire::Outcome::kFailed);
}

TEST_F(HttpCaller, AnAnswerThatDripsIsGivenUpInTime) {
  std::atomic<bool> over{false};
  server_.Get("/drip", [&](const httplib::Request&, httplib::Response& response) {
    response.set_chunked_content_provider("text/plain", [&](std::size_t, httplib::DataSink& sink) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      return !over && sink.write("x", 1);
    });
  });
  const auto begun = std::chrono::steady_clock::now();
  const Answer answer = call({{"endpoint", url("/drip")}}, Millis(500));
  over = true;
  EXPECT_EQ(answer.outcome, wire::Outcome::kUnknown);
  EXPECT_EQ(answer.error.value()["status"], 504);
  EXPECT_NE(answer.error.json().find("no whole answer within its time"), std::string::npos) << answer.error.json();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
}

TEST_F(HttpCaller, AnAnswerThatIsTooLargeIsNotTaken) {
  server_.Get("/large", [](const httplib::Request& request, httplib::Response& response) {
    response.status = request.has_param("status") ? std::stoi(request.get_param_value("status")) : 200;
    response.set_content(std::string(wire::kMaxPayloadBytes + 1, 'x'), "text/plain");
  });
  const Answer answer = get("/large");
  EXPECT_EQ(answer.outcome, wire::Outcome::kUnknown) << "the effect may stand";
  EXPECT_EQ(answer.error.value()["code"], "payload-too-large");
  const Answer refused = get("/large?status=400");
  EXPECT_EQ(refused.outcome, wire::Outcome::kRejected) << "a status says enough";
  EXPECT_EQ(refused.error.value()["status"], 400);
  EXPECT_LT(refused.error.size(), 20U * 1024);
}

TEST_F(HttpCaller, BadCallsAreRejectedByName) {
  const Answer answer = call({{"method", "smile"}, {"endpoint", url("/")}});
  EXPECT_EQ(answer.outcome, wire::Outcome::kRejected);
  EXPECT_EQ(answer.error.value()["code"], "bad-method");
  EXPECT_EQ(answer.error.value()["type"], "https://serverlessworkflow.io/spec/1.0.0/errors/validation");
  const Answer variable = call({{"endpoint", "http://a/{x}"}, {"arguments", {{"x", {1}}}}});
  EXPECT_EQ(variable.error.value()["type"], "https://serverlessworkflow.io/spec/1.0.0/errors/expression");
  EXPECT_EQ(variable.error.value()["status"], 400);
}

TEST_F(HttpCaller, CallsNoHostThatIsNotAllowed) {
  std::atomic<int> calls{0};
  server_.Get("/it", [&](const httplib::Request&, httplib::Response&) { ++calls; });
  Options options;
  options.allow_hosts = {"api.example"};
  use(options);
  const Answer answer = get("/it");
  EXPECT_EQ(answer.outcome, wire::Outcome::kRejected);
  EXPECT_EQ(answer.error.value()["code"], "host-not-allowed");
  EXPECT_EQ(answer.error.value()["status"], 403);
  EXPECT_EQ(calls, 0);
  options.allow_hosts = {"127.0.0.1:" + std::to_string(port_)};
  use(options);
  EXPECT_EQ(get("/it").outcome, wire::Outcome::kCompleted);
}

TEST_F(HttpCaller, ABreakerHoldsOneHostBackAndNoOther) {
  const Value dead = {{"endpoint", "http://127.0.0.1:" + std::to_string(free_port()) + "/"}};
  for (int i = 0; i < 5; ++i) EXPECT_EQ(call(dead).outcome, wire::Outcome::kFailed);
  EXPECT_TRUE(call(dead).hand_back) << "without using up an attempt";
  EXPECT_EQ(caller_->breakers().size(), 1U);
  EXPECT_EQ(caller_->breakers().begin()->second, "open");
  server_.Get("/it", [](const httplib::Request&, httplib::Response&) {});
  EXPECT_EQ(get("/it").outcome, wire::Outcome::kCompleted);
  clock_.now_ = clock_.now_ + Millis(5'000);
  EXPECT_FALSE(call(dead).hand_back) << "one call tries it again";
}

TEST(HttpHosts, AreForgottenFromTheOldestOn) {
  const FakeClock clock;
  Deadlines deadlines;
  Hosts hosts("", clock, deadlines);
  const auto fail_at = [&](const std::string& origin) {
    Hosts::Lease lease(hosts, origin);
    for (int i = 0; i < 5; ++i) lease.breaker().report(false);
  };
  fail_at("http://first:1");
  EXPECT_EQ(hosts.breakers().size(), 1U);
  for (std::size_t i = 0; i < kMaxHosts; ++i) Hosts::Lease(hosts, "http://h" + std::to_string(i) + ":1");
  EXPECT_TRUE(hosts.breakers().empty());
}

TEST_F(HttpCaller, ConnectionsAreKept) {
  std::set<int> ports;
  server_.Get("/it", [&](const httplib::Request& request, httplib::Response&) { ports.insert(request.remote_port); });
  for (int i = 0; i < 4; ++i) EXPECT_EQ(get("/it").outcome, wire::Outcome::kCompleted);
  EXPECT_EQ(ports.size(), 1U);
}

TEST_F(HttpCaller, SpeaksHttpsWithWhomItTrusts) {
  testing::TlsServer tls("localhost");
  Options options;
  options.ca_file = tls.certificate();
  use(options);
  const Answer answer = call({{"endpoint", tls.url("localhost")}});
  EXPECT_EQ(answer.output.value(), "over tls") << answer.error.json();
  // The certificate is good, and another's.
  const Answer other = call({{"endpoint", tls.url("127.0.0.1")}});
  EXPECT_EQ(other.outcome, wire::Outcome::kFailed) << other.output.json();
  EXPECT_NE(other.error.json().find("certificate"), std::string::npos) << other.error.json();
  use({});
  const Answer untrusted = call({{"endpoint", tls.url("localhost")}});
  EXPECT_EQ(untrusted.outcome, wire::Outcome::kFailed) << "nothing was sent";
  EXPECT_EQ(tls.calls(), 1);
}

}  // namespace
}  // namespace skald::workers::http
