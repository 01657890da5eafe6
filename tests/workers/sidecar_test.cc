// The sidecar before a real service of the demo store, and before a server that answers as the test wants.

#include "workers/sidecar/sidecar.h"

#include <httplib.h>

#include "tests/workers/support.h"

namespace skald::workers {
namespace {

// A service of the demo store as a process.
class StoreService {
 public:
  explicit StoreService(const char* name) : port_(skald::free_port()) {
    std::string folder = std::filesystem::temp_directory_path() / "skald-sidecar-XXXXXX";
    folder_ = ::mkdtemp(folder.data());
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const std::string address = "127.0.0.1:" + std::to_string(port_);
      ::execl(SKALD_STORE_BINARY, "skald-store", name, "--data", folder_.c_str(), "--http", address.c_str(), nullptr);
      ::_exit(127);
    }
    EXPECT_TRUE(eventually([this] { return skald::testing::accepts(port_); }));
  }
  ~StoreService() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    std::filesystem::remove_all(folder_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  int port_;
  std::string folder_;
  pid_t pid_ = -1;
};

class SidecarTest : public ::testing::Test {
 protected:
  void start(const SidecarConfig& config, const std::map<std::string, std::string>& urls) {
    Overrides overrides;
    overrides.nats_url = server_.url();
    overrides.service_urls = urls;
    overrides.name = "side";
    auto sidecar = Sidecar::start(config, overrides);
    ASSERT_TRUE(sidecar) << sidecar.error().message;
    sidecar_ = std::move(*sidecar);
    ASSERT_TRUE(eventually([&] { return sidecar_->worker().serving(); }));
  }

  skald::testing::NatsServer server_;
  EngineSide engine_{server_};
  std::unique_ptr<Sidecar> sidecar_;
};

TEST_F(SidecarTest, CallsTheServiceAndUndoesWhatItDid) {
  const StoreService inventory("inventory");
  const auto config = load_config(SKALD_SOURCE_DIR "/services/sidecars/inventory.yaml");
  ASSERT_TRUE(config);
  start(*config, {{"inventory", inventory.url()}});
  const httplib::Client client(inventory.url());
  const Value stock = Value::parse(httplib::Client(inventory.url()).Get("/stock")->body);
  const Value items = {{{"sku", stock[0]["sku"]}, {"quantity", 2}}};
  const std::string key = "01936c5d-8f3b-7003-8000-0000000000ff:/do/2/reserve:1";
  engine_.publish(engine_.task("inventory.reserve", key, {{"order", "o1"}, {"items", items}}));
  const auto reserved = engine_.result(key);
  ASSERT_TRUE(reserved);
  EXPECT_EQ(reserved->outcome, wire::Outcome::kCompleted) << reserved->error.json();
  engine_.publish(engine_.task("inventory.release", key + ":undo:1", {{"forward_key", key}}));
  const auto released = engine_.result(key + ":undo:1");
  ASSERT_TRUE(released);
  EXPECT_EQ(released->outcome, wire::Outcome::kCompleted) << released->error.json();
  EXPECT_EQ(Value::parse(httplib::Client(inventory.url()).Get("/stock")->body), stock);
  // Hard case 13: the forward call comes behind its undo, and is refused.
  engine_.publish([&] {
    auto late = engine_.task("inventory.reserve", key, {{"order", "o1"}, {"items", items}});
    late.attempt = 2;
    return late;
  }());
  ASSERT_TRUE(eventually([&] { return engine_.results().size() == 3; }));
  EXPECT_EQ(engine_.results()[2].outcome, wire::Outcome::kRejected) << engine_.results()[2].output.json();
}

TEST_F(SidecarTest, HardCase13_AnUndoThatOvertakesItsForwardCallWins) {
  const StoreService payments("payments");
  const auto config = load_config(SKALD_SOURCE_DIR "/services/sidecars/payments.yaml");
  ASSERT_TRUE(config);
  start(*config, {{"payments", payments.url()}});
  engine_.publish(engine_.task("payments.refund", "f:undo:1", {{"forward_key", "f"}}));
  ASSERT_EQ(engine_.result("f:undo:1")->outcome, wire::Outcome::kCompleted) << "an undo of nothing is accepted";
  engine_.publish(engine_.task("payments.charge", "f", {{"order", "o"}, {"amount", 5}, {"card", "tok_ok"}}));
  EXPECT_EQ(engine_.result("f")->outcome, wire::Outcome::kRejected);
  EXPECT_EQ(httplib::Client(payments.url()).Get("/payments")->body, "[]");
}

TEST_F(SidecarTest, ADeclinedCardIsARejectionWithItsOwnType) {
  const StoreService payments("payments");
  const auto config = load_config(SKALD_SOURCE_DIR "/services/sidecars/payments.yaml");
  ASSERT_TRUE(config);
  start(*config, {{"payments", payments.url()}});
  engine_.publish(engine_.task("payments.charge", "f", {{"order", "o"}, {"amount", 5}, {"card", "tok_declined"}}));
  const auto result = engine_.result("f");
  ASSERT_TRUE(result);
  EXPECT_EQ(result->outcome, wire::Outcome::kRejected);
  EXPECT_EQ(result->error.value().value("type", ""), "urn:skald-store:declined");
}

TEST_F(SidecarTest, TheBreakerHoldsTasksUntilTheServiceIsBack) {
  const int port = skald::free_port();
  const auto config = parse_config(
      "services:\n  shop: { url: 'http://127.0.0.1:" + std::to_string(port) +
          "', breaker: { failures: 2, open_for: 300ms } }\ntasks:\n  shop.buy: { service: shop, path: /buy }\n",
      "t.yaml");
  ASSERT_TRUE(config) << config.error().message;
  start(*config, {});
  for (int i = 0; i < 2; ++i) {
    const std::string key = "down" + std::to_string(i);
    engine_.publish(engine_.task("shop.buy", key));
    EXPECT_EQ(engine_.result(key)->outcome, wire::Outcome::kFailed) << "a refused connection had no effect";
  }
  for (int i = 0; i < 5; ++i) engine_.publish(engine_.task("shop.buy", "held" + std::to_string(i)));
  httplib::Server shop;
  std::mutex mutex;
  std::map<std::string, int> calls;
  shop.Post("/buy", [&](const httplib::Request& request, httplib::Response& response) {
    const std::lock_guard lock(mutex);
    ++calls[request.get_header_value("Idempotency-Key")];
    response.set_content("{}", "application/json");
  });
  std::thread serving([&] { shop.listen("127.0.0.1", port); });
  for (int i = 0; i < 5; ++i) {
    const auto result = engine_.result("held" + std::to_string(i));
    ASSERT_TRUE(result);
    // Nothing that the breaker held counts as an attempt; at most the calls that tried the service did.
    if (result->outcome == wire::Outcome::kFailed) continue;
    EXPECT_EQ(result->outcome, wire::Outcome::kCompleted);
  }
  sidecar_->stop();
  shop.stop();
  serving.join();
  EXPECT_GE(calls.size(), 3U);
}

// A shop whose answers the test gives, behind a breaker that opens after two failures.
class SidecarBreaker : public SidecarTest {
 protected:
  ~SidecarBreaker() override {
    if (sidecar_) sidecar_->stop();
    shop_.stop();
    if (serving_.joinable()) serving_.join();
  }
  void open_shop() {
    const int port = shop_.bind_to_any_port("127.0.0.1");
    serving_ = std::thread([this] { shop_.listen_after_bind(); });
    while (!shop_.is_running()) std::this_thread::yield();  // a stop before that would be lost
    const auto config = parse_config("services:\n  shop: { url: 'http://127.0.0.1:" + std::to_string(port) +
                                         "', breaker: { failures: 2, open_for: 60s } }\ntasks:\n"
                                         "  shop.buy: { service: shop, path: /buy }\n"
                                         "  shop.return: { service: shop, path: /return }\n",
                                     "t.yaml");
    ASSERT_TRUE(config) << config.error().message;
    start(*config, {});
  }
  void buy_in_vain(int times) {
    for (int i = 0; i < times; ++i) {
      const std::string key = "buy" + std::to_string(i);
      engine_.publish(engine_.task("shop.buy", key));
      EXPECT_EQ(engine_.result(key)->outcome, wire::Outcome::kFailed);
    }
  }

  httplib::Server shop_;
  std::thread serving_;
};

TEST_F(SidecarBreaker, StaysShutWhereTheServiceAsksToWait) {
  std::atomic<int> calls{0};
  shop_.Post("/buy", [&](const httplib::Request&, httplib::Response& response) {
    response.status = ++calls % 2 == 0 ? 429 : 503;
    if (response.status == 503) response.set_header("Retry-After", "1");
  });
  shop_.Post("/return", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("{}", "application/json");
  });
  open_shop();
  buy_in_vain(6);
  // What clears the way for them is let through.
  engine_.publish(engine_.task("shop.return", "back"));
  const auto back = engine_.result("back");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->outcome, wire::Outcome::kCompleted);
}

TEST_F(SidecarBreaker, OpensWhereTheServiceIsUnavailableAndDoesNotSayUntilWhen) {
  std::atomic<int> calls{0};
  shop_.Post("/buy", [&](const httplib::Request&, httplib::Response& response) {
    ++calls;
    response.status = 503;
  });
  open_shop();
  buy_in_vain(2);
  engine_.publish(engine_.task("shop.buy", "held"));
  EXPECT_FALSE(eventually([&] { return calls > 2; }, std::chrono::milliseconds(500)));
}

TEST(Sidecar, AnOverrideOfNothingIsRefused) {
  SidecarConfig config;
  Overrides overrides;
  overrides.service_urls["nobody"] = "http://127.0.0.1:1";
  const auto sidecar = Sidecar::start(config, overrides);
  ASSERT_FALSE(sidecar);
  EXPECT_EQ(sidecar.error().code, "unknown-service");
}

}  // namespace
}  // namespace skald::workers
