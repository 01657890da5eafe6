// The demo store as users run it, and every process of it killed while checkouts are under way: all end, and the books
// of the five services balance.

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

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
  void fill_carts(int carts) {
    const std::string url = endpoints()["services"]["cart"];
    const std::string script =
        "import sys, urllib.request as u\n"
        "for n in range(int(sys.argv[2])):\n"
        "  u.urlopen(u.Request(f'{sys.argv[1]}/carts/cart-{n}/items/axe', data=b'{\"quantity\":1}', method='PUT',\n"
        "                      headers={'Content-Type': 'application/json'})).read()\n";
    std::ofstream(data_ + "/fill.py") << script;
    ASSERT_EQ(std::system(("python3 " + data_ + "/fill.py " + url + " " + std::to_string(carts)).c_str()), 0);
  }

  std::string data_;
  Process dev_;
};

TEST_F(Crashes, TwoHundredCheckoutsThroughTwentyKillsOfTheEngine) {
  constexpr int kOrders = 200;
  constexpr int kKills = 20;
  fill_carts(kOrders);
  std::atomic<bool> submitted{false};
  std::thread shoppers([&] {
    for (int i = 0; i < kOrders; ++i) {
      submit(i, i % 4 == 3 ? "tok_declined" : i % 10 == 0 ? "tok_lost" : i % 10 == 2 ? "tok_flaky" : "tok_ok");
    }
    submitted = true;
  });
  for (int i = 0; i < kKills; ++i) {
    ASSERT_TRUE(eventually([&] { return engine().get("/healthz").has_value(); }));
    kill("engine");
    // Its successor has another process id.
    const int before = endpoints()["pids"]["engine"];
    ASSERT_TRUE(eventually([&] {
      const Value now = endpoints();
      return now.is_object() && now["pids"]["engine"] != before;
    }));
  }
  shoppers.join();
  EXPECT_TRUE(submitted);
  expect_all_ended(150, 50);
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
