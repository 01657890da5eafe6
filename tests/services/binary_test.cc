// The program as users run it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "tests/services/support.h"

namespace skald::services {
namespace {

using ::testing::HasSubstr;

std::string charge(const std::string& card) { return R"({"order": "o", "amount": 500, "card": ")" + card + "\"}"; }

TEST(StoreBinary, ServesUntilItIsToldToEnd) {
  const TempFolder folder;
  for (const int number : {SIGTERM, SIGINT}) {
    StoreProcess payments("payments", folder.path());
    EXPECT_EQ(raw_request(payments.port(), "GET", "/healthz").body["service"], "payments");
    EXPECT_EQ(raw_request(payments.port(), "POST", "/charges", "", charge("tok_ok")).body["code"],
              "no-idempotency-key");
    EXPECT_EQ(raw_request(payments.port(), "POST", "/charges", "k", charge("tok_ok")).status, 201);
    EXPECT_EQ(raw_request(payments.port(), "GET", "/payments").body.size(), 1U);
    payments.signal(number);
    EXPECT_EQ(payments.wait(), 0);
  }
}

TEST(StoreBinary, ALostAnswerIsChargedAndAnsweredTheSecondTime) {
  const TempFolder folder;
  StoreProcess payments("payments", folder.path());
  EXPECT_EQ(raw_request(payments.port(), "POST", "/charges", "k", charge("tok_lost")).bytes, "");
  const RawAnswer again = raw_request(payments.port(), "POST", "/charges", "k", charge("tok_lost"));
  EXPECT_EQ(again.status, 201);
  EXPECT_THAT(again.bytes, HasSubstr("Idempotent-Replayed: true"));
  EXPECT_EQ(raw_request(payments.port(), "GET", "/payments").body.size(), 1U);
}

TEST(StoreBinary, WhatWasAnsweredOutlivesAKill) {
  const TempFolder folder;
  {
    StoreProcess payments("payments", folder.path());
    ASSERT_EQ(raw_request(payments.port(), "POST", "/charges", "k", charge("tok_ok")).status, 201);
    payments.signal(SIGKILL);
    EXPECT_EQ(payments.wait(), -SIGKILL);
  }
  StoreProcess payments("payments", folder.path());
  EXPECT_EQ(raw_request(payments.port(), "GET", "/payments").body.size(), 1U);
  EXPECT_EQ(raw_request(payments.port(), "POST", "/charges", "k", charge("tok_ok")).status, 201);
  EXPECT_EQ(raw_request(payments.port(), "GET", "/payments").body.size(), 1U);
}

TEST(StoreBinary, ACrashComesBeforeOrAfterTheEffect) {
  const TempFolder folder;
  std::size_t effects = 0;
  constexpr int kRounds = 12;
  for (int seed = 0; seed < kRounds; ++seed) {
    StoreProcess payments("payments", folder.path(), {"--allow-faults"});
    const std::string switches = R"({"crash_rate": 1, "seed": )" + std::to_string(seed) + "}";
    ASSERT_EQ(raw_request(payments.port(), "PUT", "/_faults", "", switches).status, 200);
    const std::string key = "k" + std::to_string(seed);
    EXPECT_EQ(raw_request(payments.port(), "POST", "/charges", key, charge("tok_ok")).bytes, "");
    EXPECT_GT(payments.wait(), 0);
  }
  StoreProcess payments("payments", folder.path());
  effects = raw_request(payments.port(), "GET", "/payments").body.size();
  EXPECT_GT(effects, 0U);
  EXPECT_LT(effects, std::size_t{kRounds});
}

TEST(StoreBinary, ManyClientsAtOnceAreServed) {
  const TempFolder folder;
  StoreProcess inventory("inventory", folder.path());
  constexpr int kClients = 48;
  std::vector<std::jthread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&, i] {
      const std::string order = "o" + std::to_string(i % 8);  // six clients with each key
      const std::string body = R"({"order": ")" + order + R"(", "items": [{"sku": "axe", "quantity": 1}]})";
      EXPECT_EQ(raw_request(inventory.port(), "POST", "/reservations", order, body).status, 201);
    });
  }
  clients.clear();
  EXPECT_EQ(raw_request(inventory.port(), "GET", "/stock").body[0]["reserved"], 8);
}

TEST(StoreBinary, AuditsStoresThatRunAndThatWereKilled) {
  const TempFolder folder;
  EXPECT_EQ(run_store({"audit", "--data", folder.path()}).exit_code, 3);
  {
    std::vector<std::unique_ptr<StoreProcess>> services;
    for (const char* service : {"catalog", "cart", "inventory", "checkout", "payments"}) {
      services.push_back(std::make_unique<StoreProcess>(service, folder.path()));
    }
    const Finished good = run_store({"audit", "--data", folder.path(), "-o", "json"});
    EXPECT_EQ(good.exit_code, 0) << good.err;
    EXPECT_EQ(parse_json(good.out)->at("ok"), true);
    ASSERT_EQ(raw_request(services.back()->port(), "POST", "/charges", "k", charge("tok_ok")).status, 201);
  }
  const Finished bad = run_store({"audit", "--data", folder.path(), "-o", "json"});
  EXPECT_EQ(bad.exit_code, 1) << bad.err;
  EXPECT_EQ(parse_json(bad.out)->at("violations").size(), 1U);
  const Finished text = run_store({"audit", "--data", folder.path()});
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_THAT(text.out, HasSubstr("VIOLATION  order 'o': does not exist, but 500 charged"));
}

TEST(StoreBinary, ForgetsKeysAsItIsTold) {
  const TempFolder folder;
  EXPECT_EQ(run_store({"payments", "--data", folder.path(), "--key-ttl", "5"}).exit_code, 2);
  EXPECT_EQ(run_store({"payments", "--data", folder.path(), "--key-ttl", "5 years"}).exit_code, 2);
  StoreProcess payments("payments", folder.path(), {"--key-ttl", "0ms"});
  ASSERT_EQ(raw_request(payments.port(), "POST", "/charges", "k", charge("tok_ok")).status, 201);
  EXPECT_EQ(raw_request(payments.port(), "POST", "/charges", "k", charge("tok_ok")).status, 201);
  EXPECT_EQ(raw_request(payments.port(), "GET", "/payments").body.size(), 1U);
}

TEST(StoreBinary, SaysWhatIsWrongWithItsArguments) {
  const TempFolder folder;
  EXPECT_EQ(run_store({}).exit_code, 2);
  EXPECT_EQ(run_store({"bakery"}).exit_code, 2);
  EXPECT_EQ(run_store({"payments"}).exit_code, 2);
  const Finished bad = run_store({"payments", "--data", folder.path(), "--http", "nowhere"});
  EXPECT_EQ(bad.exit_code, 2);
  EXPECT_THAT(bad.err, HasSubstr("host:port"));
  StoreProcess running("payments", folder.path());
  const Finished taken =
      run_store({"payments", "--data", folder.path(), "--http", "127.0.0.1:" + std::to_string(running.port())});
  EXPECT_EQ(taken.exit_code, 5);
  EXPECT_THAT(taken.err, HasSubstr("cannot listen"));
}

}  // namespace
}  // namespace skald::services
