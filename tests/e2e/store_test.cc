// What the demo store's services promise, seen through whole sagas.

#include "tests/e2e/dev_fixture.h"

namespace skald::cli {
namespace {

class SemanticLock : public DevStore {
 protected:
  void fill(int cart, std::int64_t axes) const {
    put("cart", "/carts/cart-" + std::to_string(cart) + "/items/axe", Value{{"quantity", axes}}.dump());
  }
  Value axes() const {
    const auto stock = client(endpoints()["services"]["inventory"]).get("/stock");
    return stock ? (*stock)[0] : Value();
  }
  Value saga(int number) const {
    return engine()
        .get("/v1/sagas/order-" + std::to_string(number) + "?wait=30s", Millis(30'000))
        .value_or(Value::object());
  }
  // Whether an attempt of the saga failed with that code.
  bool has_failed_with(int number, const std::string& code) const {
    const auto history = engine().get("/v1/sagas/order-" + std::to_string(number) + "/history");
    if (!history) return false;
    for (const Value& event : (*history)["items"]) {
      if (event["type"] == "step.failed" && event["error"].value("code", "") == code) return true;
    }
    return false;
  }
};

TEST_F(SemanticLock, HardCase26_WhatOneSagaMayUndoIsNotGoneForAnother) {
  constexpr std::int64_t kAll = 1'000'000;
  fill(0, kAll);
  fill(1, 1);
  set_latency("payments", 4'000);
  submit(0, "tok_declined");
  ASSERT_TRUE(eventually([&] { return axes()["reserved"] == kAll; }));
  submit(1, "tok_ok");
  ASSERT_TRUE(eventually([&] { return has_failed_with(1, "reserved-by-others"); }));
  set_latency("payments", 0);
  EXPECT_EQ(saga(0)["status"], "compensated");
  EXPECT_EQ(saga(1)["status"], "completed") << "it waited for what the first gave back";
  EXPECT_EQ(axes(), (Value{{"sku", "axe"}, {"on_hand", kAll - 1}, {"reserved", 0}, {"sold", 1}}));

  fill(2, kAll - 1);
  submit(2, "tok_ok");
  EXPECT_EQ(saga(2)["status"], "completed");
  fill(3, 1);
  submit(3, "tok_ok");
  const Value refused = saga(3);
  EXPECT_EQ(refused["status"], "failed") << "sold out is final, and nothing was done that has to be undone";
  EXPECT_EQ(refused["error"]["code"], "out-of-stock");
  expect_audit_ok();
}

class FlakyCards : public DevStore {};

TEST_F(FlakyCards, DoNotHoldUpOneAnother) {
  constexpr int kOrders = 60;
  fill_carts(kOrders);
  const auto start = std::chrono::steady_clock::now();
  submit_all(0, kOrders, [](int) { return "tok_flaky"; });
  expect_all_ended(kOrders, 0);
  // Two failures of a second each. A breaker that took them for the service's would let one call a second through.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

class ForgetfulStore : public DevStore {
 protected:
  void SetUp() override { start({"--key-ttl", "1ms"}); }
  void drop_answers(double rate) const {
    for (const char* service : {"inventory", "checkout", "payments"}) {
      put(service, "/_faults", Value{{"drop_rate", rate}, {"seed", 27}}.dump());
    }
  }
};

TEST_F(ForgetfulStore, HardCase27_RetriesBehindTheRecordsDoNothingTwice) {
  constexpr int kOrders = 40;
  fill_carts(kOrders);
  drop_answers(0.4);  // after the effect: the attempt ends unknown, and its retry meets a service that forgot the key
  submit_all(0, kOrders, [](int number) { return number % 4 == 3 ? "tok_declined" : "tok_ok"; });
  ASSERT_TRUE(eventually([&] { return count("completed") > 0 && count("compensated") + count("failed") > 0; }));
  drop_answers(0);
  EXPECT_TRUE(eventually([&] { return count("completed") + count("compensated") + count("failed") == kOrders; }))
      << count("running") << " running, " << count("compensating") << " compensating, " << count("stuck") << " stuck";
  EXPECT_GT(count_events("step.unknown"), kOrders / 4U) << "answers were lost behind their effects";
  expect_audit_ok();
}

}  // namespace
}  // namespace skald::cli
