// The demo store as users run it, and every process of it killed while checkouts are under way: all end, and the books
// of the five services balance.

#include <iostream>

#include "tests/e2e/dev_fixture.h"
#include "tests/e2e/stand_still.h"

namespace skald::cli {
namespace {

using Crashes = DevStore;

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
  constexpr int kMostWaves = 3 * kKills;
  fill_carts(kMostWaves * kWave);
  int waves = 0;
  const auto submit_wave = [&] {
    submit_all(waves++ * kWave, kWave, [](int number) { return number % 4 == 3 ? "tok_declined" : "tok_ok"; });
  };
  for (const char* service : {"inventory", "checkout"}) set_latency(service, 150);
  int while_compensating = 0;
  std::uint64_t ended = 0;  // at the last kill that let some work be done
  for (int i = 0; i < kKills; ++i) {
    ASSERT_TRUE(eventually([&] { return engine().get("/healthz").has_value(); }));
    submit_wave();
    // Every other kill comes at once, as in a crash loop; the rest when sagas have ended and some are being undone.
    std::uint64_t running = 0;
    std::uint64_t compensating = 0;
    std::uint64_t now_ended = 0;
    ASSERT_TRUE(eventually([&] {
      running = count("running");
      compensating = count("compensating");
      now_ended = count("completed") + count("compensated");
      // They may all have gone on together, past the moment that is waited for.
      if (running + compensating < kOpen && waves < kMostWaves) submit_wave();
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
    })) << "killed: "
        << stands(killed) << "dev: " << stands(dev_.pid());
  }
  for (const char* service : {"inventory", "checkout"}) set_latency(service, 0);
  EXPECT_GE(while_compensating, 5);
  expect_all_ended(waves * kWave / 4 * 3, waves * kWave / 4);
}

TEST_F(Crashes, TheBrokersFolderIsDeletedWithSixtySagasOpen) {
  constexpr int kOrders = 60;
  fill_carts(kOrders);
  submit_all(0, kOrders, [](int) { return "tok_slow"; });
  ASSERT_TRUE(eventually([&] { return count("running") == kOrders; })) << count("running");
  ASSERT_TRUE(testing::stand_still(dev_.pid()));  // it would start the broker again before its folder is gone
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
