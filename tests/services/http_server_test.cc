#include "services/common/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "services/common/routes.h"
#include "tests/services/support.h"

namespace skald::services {
namespace {

// A server in this process with a route that counts its effects.
class HttpServerTest : public ::testing::Test {
 protected:
  ~HttpServerTest() override { server.stop(); }

  RawAnswer set_faults(const std::string& switches) { return raw_request(port, "PUT", "/_faults", "", switches); }
  RawAnswer act() { return raw_request(port, "POST", "/act", "k", "{}"); }

  std::atomic<int> acts = 0;
  HttpServer server{{"test", true},
                    {{"POST", "/act",
                      [this](const Request&) -> Result<Answer> {
                        ++acts;
                        return answer(201, {{"done", true}});
                      }},
                     {"POST", "/lost",
                      [this](const Request&) -> Result<Answer> {
                        ++acts;
                        Answer lost = answer(201, {});
                        lost.drop_connection = true;
                        return lost;
                      }},
                     {"POST", "/echo/([^/]+)",
                      [](const Request& request) -> Result<Answer> {
                        return answer(200, {{"parameter", request.parameters[0]},
                                            {"key", request.keyed.key},
                                            {"route", request.keyed.route},
                                            {"body", request.keyed.body}});
                      }},
                     {"POST", "/throws", [](const Request&) -> Result<Answer> { throw std::runtime_error("oh"); }}}};
  int port = server.listen({"127.0.0.1", 0}).value();
  std::jthread serving{[this] { server.serve(); }};
};

TEST_F(HttpServerTest, HandsTheRequestToItsRoute) {
  const RawAnswer answer = raw_request(port, "POST", "/echo/a%20b", "k", R"({"x": 1})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body,
            (Value{{"parameter", "a b"}, {"key", "k"}, {"route", "POST /echo/a b"}, {"body", {{"x", 1}}}}));
  EXPECT_EQ(raw_request(port, "POST", "/echo/x").body["body"], Value::object());
  EXPECT_EQ(raw_request(port, "GET", "/healthz").status, 200);
}

TEST_F(HttpServerTest, AnswersProblemsWithTheirType) {
  const RawAnswer missing = raw_request(port, "GET", "/nothing");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.body["code"], "no-such-path");
  EXPECT_NE(missing.bytes.find("application/problem+json"), std::string::npos);
  EXPECT_EQ(raw_request(port, "POST", "/echo/x", "", "{").body["code"], "bad-json");
  EXPECT_EQ(raw_request(port, "POST", "/throws").body["code"], "internal");
  const RawAnswer large = raw_request(port, "POST", "/echo/x", "", std::string(kMaxBodyBytes + 1, ' '));
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(large.body["code"], "body-too-large");
}

TEST_F(HttpServerTest, ALostAnswerIsTheEndOfTheConnectionAndNothingElse) {
  const RawAnswer lost = raw_request(port, "POST", "/lost");
  EXPECT_EQ(lost.bytes, "");
  EXPECT_EQ(acts, 1);
}

TEST_F(HttpServerTest, ADropHappensAfterTheEffect) {
  ASSERT_EQ(set_faults(R"({"drop_rate": 1})").status, 200);
  EXPECT_EQ(act().bytes, "");
  EXPECT_EQ(acts, 1);
  ASSERT_EQ(set_faults("{}").status, 200);
  EXPECT_EQ(act().status, 201);
}

TEST_F(HttpServerTest, AnInjectedErrorComesBeforeTheEffect) {
  ASSERT_EQ(set_faults(R"({"error_rate": 1})").status, 200);
  EXPECT_EQ(act().status, 500);
  EXPECT_EQ(acts, 0);
  EXPECT_EQ(raw_request(port, "GET", "/healthz").status, 200);
}

TEST_F(HttpServerTest, LatencyComesBeforeTheAnswer) {
  ASSERT_EQ(set_faults(R"({"latency_ms": 50})").status, 200);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(act().status, 201);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, Millis(50));
}

TEST_F(HttpServerTest, ShowsAndChecksTheSwitches) {
  ASSERT_EQ(set_faults(R"({"latency_ms": 1, "error_rate": 0.25, "seed": 7})").status, 200);
  const Value shown = raw_request(port, "GET", "/_faults").body;
  EXPECT_EQ(shown["error_rate"], 0.25);
  EXPECT_EQ(shown["drop_rate"], 0.0);
  EXPECT_EQ(shown["seed"], 7);
  EXPECT_EQ(set_faults(R"({"error_rate": 2})").status, 400);
  EXPECT_EQ(set_faults(R"({"eror_rate": 1})").status, 400);
  EXPECT_EQ(set_faults("[]").status, 400);
  EXPECT_EQ(raw_request(port, "GET", "/_faults").body, shown);
}

TEST(HttpServer, RefusesFaultsUnlessAllowed) {
  HttpServer server({"test", false}, {});
  const int port = server.listen({"127.0.0.1", 0}).value();
  std::jthread serving([&] { server.serve(); });
  EXPECT_EQ(raw_request(port, "PUT", "/_faults", "", R"({"error_rate": 1})").status, 403);
  EXPECT_EQ(raw_request(port, "GET", "/_faults").body["error_rate"], 0.0);
  server.stop();
}

TEST(HttpServer, StopFinishesTheRequestInHandAtOnce) {
  std::atomic<bool> entered = false;
  HttpServer server({"test", false}, {{"POST", "/slow", [&](const Request&) -> Result<Answer> {
                                         Answer slow = answer(200, {{"done", true}});
                                         slow.delay = std::chrono::hours(1);
                                         entered = true;
                                         entered.notify_all();
                                         return slow;
                                       }}});
  const int port = server.listen({"127.0.0.1", 0}).value();
  std::jthread serving([&] { server.serve(); });
  std::jthread client([&] { EXPECT_EQ(raw_request(port, "POST", "/slow").status, 200); });
  entered.wait(false);
  server.stop();
}

TEST(HttpServer, SaysThatAPortIsTaken) {
  HttpServer first({"test", false}, {});
  const int port = first.listen({"127.0.0.1", 0}).value();
  HttpServer second({"test", false}, {});
  const auto refused = second.listen({"127.0.0.1", port});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "cannot-listen");
}

TEST(Address, NeedsHostAndPort) {
  EXPECT_EQ(parse_address("127.0.0.1:80")->port, 80);
  for (const char* bad : {"", "80", ":80", "host:", "host:x", "host:65536", "host:-1"}) {
    EXPECT_EQ(parse_address(bad).error().code, "bad-address") << bad;
  }
}

TEST(Faults, TheSameSeedGivesTheSamePlans) {
  const auto plans = [](int seed) {
    Faults faults;
    EXPECT_TRUE(faults.set({{"error_rate", 0.5}, {"drop_rate", 0.5}, {"crash_rate", 0.5}, {"seed", seed}}));
    std::string text;
    for (int i = 0; i < 64; ++i) {
      const FaultPlan plan = faults.draw();
      EXPECT_FALSE(plan.crash_before && plan.crash_after);
      for (const bool happens : {plan.error, plan.drop, plan.crash_before, plan.crash_after})
        text += happens ? '1' : '0';
    }
    return text;
  };
  EXPECT_EQ(plans(1), plans(1));
  EXPECT_NE(plans(1), plans(2));
}

}  // namespace
}  // namespace skald::services
