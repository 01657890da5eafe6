// The worker of calls to any host, over a real broker.

#include <httplib.h>

#include "tests/workers/support.h"
#include "workers/sidecar/sidecar.h"

namespace skald::workers {
namespace {

class HttpWorker : public ::testing::Test {
 protected:
  HttpWorker() {
    port_ = host_.bind_to_any_port("127.0.0.1");
    serving_ = std::thread([this] { host_.listen_after_bind(); });
    while (!host_.is_running()) std::this_thread::yield();  // a stop before that would be lost
  }
  ~HttpWorker() override {
    worker_.reset();
    host_.stop();
    serving_.join();
  }
  static Result<std::unique_ptr<Sidecar>> make(SidecarConfig config, const skald::testing::NatsServer& server) {
    if (!config.http_calls) config.http_calls.emplace();
    Overrides overrides;
    overrides.nats_url = server.url();
    return Sidecar::start(std::move(config), overrides);
  }
  void start(SidecarConfig config = {}) {
    auto made = make(std::move(config), server_);
    ASSERT_TRUE(made) << made.error().message;
    worker_ = std::move(*made);
    ASSERT_TRUE(eventually([&] { return worker_->worker().serving(); }));
  }
  Value get(const std::string& path) const {
    return {{"method", "get"}, {"endpoint", "http://127.0.0.1:" + std::to_string(port_) + path}};
  }

  skald::testing::NatsServer server_;
  EngineSide engine_{server_};
  httplib::Server host_;
  std::thread serving_;
  int port_ = 0;
  std::unique_ptr<Sidecar> worker_;
};

TEST_F(HttpWorker, PerformsTasks) {
  host_.Get("/pet", [](const httplib::Request& request, httplib::Response& response) {
    response.set_content("\"" + request.get_header_value("Idempotency-Key") + "\"", "application/json");
  });
  start();
  engine_.publish(engine_.task("skald.http", "k", get("/pet")));
  const auto result = engine_.result("k");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->outcome, wire::Outcome::kCompleted) << result->error.json();
  EXPECT_EQ(result->output.value(), "k");
  EXPECT_EQ(result->token, "token-of-k");
  EXPECT_TRUE(eventually([&] { return engine_.left() == 0; }));
}

TEST_F(HttpWorker, ServesItsServiceAsWell) {
  host_.Post("/buy", [](const httplib::Request&, httplib::Response& response) { response.set_content("1", "x/y"); });
  host_.Get("/pet", [](const httplib::Request&, httplib::Response& response) { response.set_content("2", "x/y"); });
  const auto config = parse_config("services: { shop: { url: 'http://127.0.0.1:" + std::to_string(port_) +
                                       "' } }\ntasks: { shop.buy: { service: shop, path: /buy } }\n",
                                   "t.yaml");
  ASSERT_TRUE(config) << config.error().message;
  start(*config);
  engine_.publish(engine_.task("shop.buy", "a"));
  engine_.publish(engine_.task("skald.http", "b", get("/pet")));
  EXPECT_EQ(engine_.result("a")->output.value(), 1);
  EXPECT_EQ(engine_.result("b")->output.value(), 2);
}

TEST_F(HttpWorker, AHostThatIsAwayHoldsUpNoOther) {
  host_.Get("/pet", [](const httplib::Request&, httplib::Response&) {});
  start();
  const Value dead = {{"method", "get"}, {"endpoint", "http://127.0.0.1:" + std::to_string(free_port()) + "/"}};
  for (int i = 0; i < 5; ++i) {
    const std::string key = "dead" + std::to_string(i);
    engine_.publish(engine_.task("skald.http", key, dead));
    EXPECT_EQ(engine_.result(key)->outcome, wire::Outcome::kFailed);
  }
  engine_.publish(engine_.task("skald.http", "held", dead));
  engine_.publish(engine_.task("skald.http", "good", get("/pet")));
  EXPECT_EQ(engine_.result("good")->outcome, wire::Outcome::kCompleted);
  EXPECT_EQ(engine_.results().size(), 6U) << "the one that is held back has used up no attempt";
  EXPECT_TRUE(eventually([&] { return engine_.left() == 1; })) << "an acknowledgement follows its result";
}

TEST_F(HttpWorker, FinishesWhatIsInHandWhenItStops) {
  std::atomic<bool> begun{false};
  std::atomic<bool> open{false};
  host_.Get("/slow", [&](const httplib::Request&, httplib::Response&) {
    begun = true;
    eventually([&] { return open.load(); });
  });
  start();
  engine_.publish(engine_.task("skald.http", "k", get("/slow")));
  ASSERT_TRUE(eventually([&] { return begun.load(); }));
  std::thread stopping([&] { worker_->stop(); });
  open = true;
  stopping.join();
  EXPECT_EQ(engine_.result("k")->outcome, wire::Outcome::kCompleted);
}

TEST_F(HttpWorker, ATypeIsServedOnce) {
  const auto config =
      parse_config("services: { a: { url: 'http://a' } }\ntasks: { skald.http: { service: a } }\n", "t.yaml");
  ASSERT_TRUE(config) << config.error().message;
  const auto made = make(*config, server_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, "task-taken");
}

TEST_F(HttpWorker, AHostToAllowMustBeOne) {
  SidecarConfig config;
  config.http_calls.emplace().allow_hosts = {"http://a/"};
  const auto made = make(config, server_);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, "bad-host");
}

}  // namespace
}  // namespace skald::workers
