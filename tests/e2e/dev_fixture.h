#pragma once

// `skald dev` in a folder of its own; and with --store, what tests do with it: submit checkouts, kill its processes,
// turn its faults, and wait until all has ended and the books balance.

#include <gtest/gtest.h>
#include <httplib.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>
#include <vector>

#include "cli/client.h"
#include "cli/process.h"

namespace skald::cli {

inline bool eventually(const std::function<bool()>& condition, std::chrono::seconds within = std::chrono::seconds(60)) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

class Dev : public ::testing::Test {
 protected:
  void start(const std::vector<std::string>& more) {
    std::string folder = std::filesystem::temp_directory_path() / "skald-e2e-XXXXXX";
    data_ = ::mkdtemp(folder.data());
    std::vector<std::string> command = {SKALD_BINARY, "dev", "--data", data_, "--http", "127.0.0.1:0"};
    command.insert(command.end(), more.begin(), more.end());
    auto dev = Process::start(command, data_ + "/out");
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
  // Of any service.
  Client client(const std::string& url) const { return Client({url, "", Millis(10'000), false}); }
  Client engine() const { return Client({endpoints().value("http", ""), "", Millis(10'000)}); }
  void kill(const std::string& kind, const std::string& name = "") const {
    const Value pids = endpoints()["pids"];
    ::kill(name.empty() ? pids[kind].get<int>() : pids[kind][name].get<int>(), SIGKILL);
  }

  // What the kernel says of a process that does not do what it should.
  static std::string stands(int pid) {
    std::string all = std::to_string(pid) + "\n";
    for (const char* file : {"status", "wchan", "stack"}) {
      std::ifstream in("/proc/" + std::to_string(pid) + "/" + file);
      all += std::string{std::istreambuf_iterator<char>(in), {}} + "\n";
    }
    return all;
  }

  std::string data_;
  Process dev_;
};

class DevStore : public Dev {
 protected:
  void SetUp() override { start({}); }
  void start(std::vector<std::string> more) {
    more.emplace_back("--store");
    Dev::start(more);
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
  // Since the engine started.
  std::uint64_t count_events(const std::string& type) const {
    const auto text = httplib::Client(endpoints().value("http", "")).Get("/metrics");
    const std::string name = "skald_events_total{type=\"" + type + "\"} ";
    const std::size_t at = text ? text->body.find(name) : std::string::npos;
    return at == std::string::npos ? 0 : std::strtoull(text->body.c_str() + at + name.size(), nullptr, 10);
  }
  void expect_all_ended(std::uint64_t completed, std::uint64_t compensated) {
    EXPECT_TRUE(eventually([&] { return count("completed") == completed && count("compensated") == compensated; }))
        << count("completed") << " completed, " << count("compensated") << " compensated, " << count("running")
        << " running, " << count("stuck") << " stuck; folder " << data_;
    expect_audit_ok();
  }
  void expect_audit_ok() const {
    const std::string audit =
        std::string(SKALD_STORE_BINARY) + " audit --data " + data_ + "/store > " + data_ + "/audit";
    EXPECT_EQ(std::system(audit.c_str()), 0) << "folder " << data_;
  }
  void fill_carts(int carts) const {
    for (int i = 0; i < carts; ++i) put("cart", "/carts/cart-" + std::to_string(i) + "/items/axe", R"({"quantity":1})");
  }
};

}  // namespace skald::cli
