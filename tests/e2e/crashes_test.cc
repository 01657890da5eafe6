// The demo store as users run it, and every process of it killed while checkouts are under way: all end, and the books
// of the five services balance.

#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <thread>
#include <vector>

#include "cli/client.h"
#include "cli/process.h"

namespace skald::cli {
namespace {

bool eventually(const std::function<bool()>& condition, std::chrono::seconds within = std::chrono::seconds(60)) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

class Crashes : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = std::filesystem::temp_directory_path() / "skald-e2e-XXXXXX";
    data_ = ::mkdtemp(folder.data());
    auto dev =
        Process::start({SKALD_BINARY, "dev", "--store", "--data", data_, "--http", "127.0.0.1:0"}, data_ + "/out");
    ASSERT_TRUE(dev);
    dev_ = *dev;
    ASSERT_TRUE(eventually([this] {
      std::ifstream in(data_ + "/out");
      std::string line;
      return std::getline(in, line) && line.rfind("ready ", 0) == 0;
    }));
  }
  void TearDown() override {
    dev_.signal(SIGTERM);
    if (!dev_.wait(Millis(30'000))) dev_.signal(SIGKILL);
    if (!HasFailure()) std::filesystem::remove_all(data_);
  }

  Value endpoints() const {
    std::ifstream in(data_ + "/endpoints.json");
    return Value::parse(in, nullptr, false);
  }
  Client client(const std::string& url) const { return Client({url, "", Millis(10'000)}); }
  Client engine() const { return client(endpoints().value("http", "")); }
  void kill(const std::string& kind, const std::string& name = "") const {
    const Value pids = endpoints()["pids"];
    ::kill(name.empty() ? pids[kind].get<int>() : pids[kind][name].get<int>(), SIGKILL);
  }

  // Submits under an id until it is accepted: submitting again is harmless.
  void submit(int number, const std::string& card) const {
    const std::string id = "order-" + std::to_string(number);
    const Value saga = {{"workflow", "store/checkout"},
                        {"id", id},
                        {"input", {{"cart", "cart-" + std::to_string(number)}, {"customer", "Ada"}, {"card", card}}}};
    ASSERT_TRUE(eventually([&] { return engine().post("/v1/sagas", saga).has_value(); })) << id;
  }
  // `orders` of them from `first` on, a few at a time, as shoppers come.
  void submit_all(int first, int orders, const std::function<std::string(int)>& card) const {
    constexpr int kShoppers = 8;
    std::vector<std::thread> shoppers;
    for (int shopper = 0; shopper < kShoppers; ++shopper) {
      shoppers.emplace_back([=, this] {
        for (int i = first + shopper; i < first + orders; i += kShoppers) submit(i, card(i));
      });
    }
    for (std::thread& shopper : shoppers) shopper.join();
  }
  void put(const std::string& service, const std::string& path, const std::string& body) const {
    httplib::Client to(endpoints()["services"][service].get<std::string>());
    const auto answer = to.Put(path, body, "application/json");
    ASSERT_TRUE(answer && answer->status < 300) << service << path;
  }
  void set_latency(const std::string& service, int ms) const {
    put(service, "/_faults", Value{{"latency_ms", ms}}.dump());
  }
  std::uint64_t count(const std::string& status) const {
    const auto answer = engine().get("/v1/sagas?count=true&status=" + status);
    return answer ? answer->value("count", std::uint64_t{0}) : 0;
  }
  void expect_all_ended(std::uint64_t completed, std::uint64_t compensated) {
    EXPECT_TRUE(eventually([&] { return count("completed") == completed && count("compensated") == compensated; }))
        << count("completed") << " completed, " << count("compensated") << " compensated, " << count("running")
        << " running, " << count("stuck") << " stuck; folder " << data_;
    const std::string audit =
        std::string(SKALD_STORE_BINARY) + " audit --data " + data_ + "/store > " + data_ + "/audit";
    EXPECT_EQ(std::system(audit.c_str()), 0) << "folder " << data_;
  }
  void fill_carts(int carts) const {
    for (int i = 0; i < carts; ++i) put("cart", "/carts/cart-" + std::to_string(i) + "/items/axe", R"({"quantity":1})");
  }

  std::string data_;
  Process dev_;
};

// Every card that ends completed, and one in four that is declined.
std::string mixed_card(int number) {
  if (number % 4 == 3) return "tok_declined";
  switch (number % 20) {
    case 0:
      return "tok_lost";
    case 2:
      return "tok_flaky";
    case 4:
      return "tok_slow";
    default:
      return "tok_ok";
  }
}

TEST_F(Crashes, TwoHundredMixedCheckoutsAtOnceThreeTimes) {
  constexpr int kOrders = 200;
  constexpr int kRuns = 3;
  fill_carts(kOrders * kRuns);
  for (int run = 0; run < kRuns; ++run) {
    const auto start = std::chrono::steady_clock::now();
    submit_all(run * kOrders, kOrders, mixed_card);
    expect_all_ended(150U * (run + 1), 50U * (run + 1));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::cout << "run " << run + 1 << ": 150 completed, 50 compensated, audit ok, " << took.count() << " s\n";
  }
}

TEST_F(Crashes, TwentyKillsOfTheEngineWithTwentySagasOpen) {
  constexpr int kKills = 20;
  constexpr int kWave = 24;
  constexpr std::uint64_t kOpen = 20;
  fill_carts(kKills * kWave);
  for (const char* service : {"inventory", "checkout"}) set_latency(service, 150);
  int while_compensating = 0;
  std::uint64_t ended = 0;  // at the last kill that let some work be done
  for (int i = 0; i < kKills; ++i) {
    ASSERT_TRUE(eventually([&] { return engine().get("/healthz").has_value(); }));
    submit_all(i * kWave, kWave, [](int number) { return number % 4 == 3 ? "tok_declined" : "tok_ok"; });
    // Every other kill comes at once, as in a crash loop; the rest when sagas have ended and some are being undone.
    std::uint64_t running = 0;
    std::uint64_t compensating = 0;
    std::uint64_t now_ended = 0;
    ASSERT_TRUE(eventually([&] {
      running = count("running");
      compensating = count("compensating");
      now_ended = count("completed") + count("compensated");
      return running + compensating >= kOpen && (i % 2 == 0 || (compensating > 0 && now_ended >= ended + kWave / 2));
    })) << running
        << " running, " << compensating << " compensating before kill " << i;
    if (i % 2 == 1) ended = now_ended;
    const int killed = endpoints()["pids"]["engine"];
    kill("engine");
    while_compensating += compensating > 0 ? 1 : 0;
    std::cout << "kill " << i + 1 << ": " << running << " running, " << compensating << " compensating, " << now_ended
              << " ended\n";
    ASSERT_TRUE(eventually([&] {  // its successor has another process id
      const Value now = endpoints();
      return now.is_object() && now["pids"]["engine"] != killed;
    }));
  }
  for (const char* service : {"inventory", "checkout"}) set_latency(service, 0);
  EXPECT_GE(while_compensating, 5);
  expect_all_ended(kKills * kWave / 4 * 3, kKills * kWave / 4);
}

TEST_F(Crashes, TheBrokersFolderIsDeletedWithSixtySagasOpen) {
  constexpr int kOrders = 60;
  fill_carts(kOrders);
  submit_all(0, kOrders, [](int) { return "tok_slow"; });
  ASSERT_TRUE(eventually([&] { return count("running") == kOrders; })) << count("running");
  dev_.signal(SIGSTOP);  // it would start the broker again before its folder is gone
  kill("nats");
  EXPECT_EQ(count("running"), std::uint64_t{kOrders});
  EXPECT_GT(std::filesystem::remove_all(data_ + "/nats"), 1U);
  std::filesystem::create_directories(data_ + "/nats");
  dev_.signal(SIGCONT);
  expect_all_ended(kOrders, 0);
}

TEST_F(Crashes, TheBrokerLosesEverythingAndServicesAndWorkersDie) {
  constexpr int kOrders = 60;
  fill_carts(kOrders);
  for (int i = 0; i < kOrders; ++i) {
    submit(i, i % 3 == 2 ? "tok_declined" : "tok_ok");
    if (i == 10) kill("workers", "inventory");
    if (i == 20) kill("services", "payments");
    if (i == 30) {
      kill("nats");
      std::filesystem::remove_all(data_ + "/nats/jetstream");
    }
    if (i == 40) kill("services", "inventory");
    if (i == 50) kill("workers", "payments");
  }
  expect_all_ended(40, 20);
}

}  // namespace
}  // namespace skald::cli
