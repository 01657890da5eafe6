// Hard case 27: a service's idempotency record has expired before the retry. What was done once is not done again where
// a business row remembers the key, what was refused or undone stays so, and where nothing remembers it happens again.

#include <gtest/gtest.h>

#include "services/cart/cart.h"
#include "services/common/products.h"
#include "tests/services/support.h"

namespace skald::services {
namespace {

constexpr Millis kTtl = std::chrono::minutes(1);

// A service, and its effect that can be undone.
struct Effect {
  std::string name;
  Service (*service)();
  std::string path;
  std::string undo_path;
  Value body;
  Value other_body;  // of a request that is not the same
  std::string list;  // where its rows can be read
};

Value items(std::int64_t axes) { return {{{"sku", "axe"}, {"quantity", axes}}}; }

const std::vector<Effect>& effects() {
  static const std::vector<Effect> all = {
      {"Reserve",
       inventory_service,
       "/reservations",
       "/reservations/release",
       {{"order", "o"}, {"items", items(3)}},
       {{"order", "o"}, {"items", items(4)}},
       "/stock"},
      {"CreateOrder",
       checkout_service,
       "/orders",
       "/orders/cancel",
       {{"order", "o"}, {"total", 500}},
       {{"order", "another"}, {"total", 500}},
       "/orders"},
      {"Charge",
       payments_service,
       "/charges",
       "/refunds",
       {{"order", "o"}, {"amount", 500}, {"card", "tok_ok"}},
       {{"order", "o"}, {"amount", 700}, {"card", "tok_ok"}},
       "/payments"},
  };
  return all;
}

class KeyExpiry : public ::testing::TestWithParam<Effect> {
 protected:
  Answer act(const std::string& key) { return shop.post(GetParam().path, key, GetParam().body); }
  Answer undo(const std::string& undo_key, const std::string& key) {
    return shop.post(GetParam().undo_path, undo_key, {{"forward_key", key}});
  }
  Value rows() { return shop.get(GetParam().list).body; }
  void expire() { shop.clock.advance(kTtl * 2); }

  TempFolder folder;
  Shop shop{GetParam().service(), folder.path(), kTtl};
};

TEST_P(KeyExpiry, HardCase27_AForgottenKeyMeetsItsRowAndAnswersTheSame) {
  const Answer first = act("k");
  ASSERT_EQ(first.status, 201);
  const Value before = rows();
  expire();
  const Answer again = act("k");
  EXPECT_FALSE(again.replayed) << "the record is gone";
  EXPECT_EQ(again.status, first.status);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(rows(), before);
}

TEST_P(KeyExpiry, HardCase27_AForgottenKeyIsStillRefusedForAnotherRequest) {
  ASSERT_EQ(act("k").status, 201);
  const Value before = rows();
  expire();
  const Answer other = shop.post(GetParam().path, "k", GetParam().other_body);
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.body["code"], "key-reused");
  EXPECT_EQ(rows(), before);
}

TEST_P(KeyExpiry, HardCase27_WhatWasUndoneStaysUndone) {
  ASSERT_EQ(act("k").status, 201);
  ASSERT_EQ(undo("u", "k").status, 200);
  const Value before = rows();
  expire();
  EXPECT_EQ(act("k").body["code"], "undone");
  EXPECT_EQ(undo("u", "k").body["status"], "already-undone") << "under the forgotten key of the undo";
  EXPECT_EQ(undo("u2", "k").body["status"], "already-undone");
  EXPECT_EQ(rows(), before);
}

TEST_P(KeyExpiry, HardCase27_TheUndoOfNothingOutlivesAllRecords) {
  ASSERT_EQ(undo("u", "k").body["status"], "nothing");
  const Value before = rows();
  for (int i = 0; i < 3; ++i) {
    expire();
    EXPECT_EQ(act("k").body["code"], "undone");
  }
  EXPECT_EQ(rows(), before);
}

INSTANTIATE_TEST_SUITE_P(Store, KeyExpiry, ::testing::ValuesIn(effects()),
                         [](const auto& param) { return param.param.name; });

TEST(KeyExpiryOfRefusals, HardCase27_ADeclinedCardStaysDeclinedForItsKey) {
  const TempFolder folder;
  Shop shop(payments_service(), folder.path(), kTtl);
  const Value body = {{"order", "o"}, {"amount", 500}, {"card", "tok_declined"}};
  ASSERT_EQ(shop.post("/charges", "k", body).status, 402);
  shop.clock.advance(kTtl * 2);
  EXPECT_EQ(shop.post("/charges", "k", body).status, 402);
  // Nor is it charged by a request that would have gone well: the saga believes that it never will be.
  const Value good = {{"order", "o"}, {"amount", 500}, {"card", "tok_ok"}};
  EXPECT_EQ(shop.post("/charges", "k", good).status, 422);
  EXPECT_EQ(shop.get("/payments").body.size(), 0U);
}

TEST(KeyExpiryOfRefusals, HardCase27_AnOrderThatWasInTheWayIsRefusedForGood) {
  const TempFolder folder;
  Shop shop(checkout_service(), folder.path(), kTtl);
  ASSERT_EQ(shop.post("/orders", "k1", {{"order", "o"}, {"total", 500}}).status, 201);
  ASSERT_EQ(shop.post("/orders", "k2", {{"order", "o"}, {"total", 900}}).body["code"], "order-exists");
  ASSERT_EQ(shop.post("/orders/cancel", "u", {{"forward_key", "k1"}}).status, 200);
  shop.clock.advance(kTtl * 2);
  // The id is free, and still the saga of k2 was told that its order will never be made.
  EXPECT_EQ(shop.post("/orders", "k2", {{"order", "o"}, {"total", 900}}).body["code"], "order-exists");
  EXPECT_EQ(shop.get("/orders").body[0]["status"], "cancelled");
}

TEST(KeyExpiryPastThePivot, HardCase27_CommitAndConfirmAreOnceByTheirOrder) {
  const TempFolder folder;
  Shop inventory(inventory_service(), folder.path(), kTtl);
  Shop checkout(checkout_service(), folder.path(), kTtl);
  ASSERT_EQ(inventory.post("/reservations", "r", {{"order", "o"}, {"items", items(3)}}).status, 201);
  ASSERT_EQ(checkout.post("/orders", "c", {{"order", "o"}, {"total", 500}}).status, 201);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(inventory.post("/reservations/commit", "rc", {{"order", "o"}}).status, 200);
    EXPECT_EQ(checkout.post("/orders/confirm", "cc", {{"order", "o"}}).status, 200);
    inventory.clock.advance(kTtl * 2);
    checkout.clock.advance(kTtl * 2);
  }
  EXPECT_EQ(inventory.get("/stock").body[0],
            (Value{{"sku", "axe"}, {"on_hand", kInitialStock - 3}, {"reserved", 0}, {"sold", 3}}));
}

class KeyExpiryOfCarts : public ::testing::Test {
 protected:
  std::size_t lines_after_a_repeat(const Value& body) {
    const Value one = {{"quantity", 1}};
    EXPECT_EQ(shop.call("PUT", "/carts/c/items/axe", "", one).status, 200);
    EXPECT_EQ(shop.post("/carts/c/clear", "k", body).status, 200);
    EXPECT_EQ(shop.call("PUT", "/carts/c/items/bell", "", one).status, 200);  // the shopper goes on
    shop.clock.advance(kTtl * 2);
    EXPECT_EQ(shop.post("/carts/c/clear", "k", body).status, 200);
    return shop.get("/carts/c").body["items"].size();
  }

  TempFolder folder;
  Shop shop{cart_service(), folder.path(), kTtl};
};

TEST_F(KeyExpiryOfCarts, HardCase27_ACartIsClearedOnceForAnOrder) {
  EXPECT_EQ(lines_after_a_repeat({{"order", "o"}}), 1U);
}

TEST_F(KeyExpiryOfCarts, HardCase27_WithoutAnOrderAForgottenKeyActsAgain) {
  // What cannot hold: nothing but the record knew the key.
  EXPECT_EQ(lines_after_a_repeat(Value::object()), 0U);
}

}  // namespace
}  // namespace skald::services
