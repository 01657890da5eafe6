#include <gtest/gtest.h>

#include "tests/services/support.h"

namespace skald::services {
namespace {

class CheckoutTest : public ::testing::Test {
 protected:
  static Value order(const std::string& id, std::int64_t total = 500) {
    return {{"order", id}, {"total", total}, {"customer", "ada"}, {"items", {{{"sku", "axe"}, {"quantity", 1}}}}};
  }

  Answer cancel(const std::string& undo_key, const std::string& forward_key) {
    return shop.post("/orders/cancel", undo_key, {{"forward_key", forward_key}});
  }

  TempFolder folder;
  Shop shop{checkout_service(), folder.path()};
};

TEST_F(CheckoutTest, AnOrderIsPendingThenConfirmed) {
  EXPECT_EQ(shop.post("/orders", "k", order("o")).status, 201);
  EXPECT_EQ(shop.get("/orders/o").body["status"], "pending");
  EXPECT_EQ(shop.post("/orders/confirm", "c", {{"order", "o"}}).status, 200);
  EXPECT_EQ(shop.post("/orders/confirm", "c2", {{"order", "o"}}).status, 200);
  const Value list = shop.get("/orders").body;
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0]["id"], "o");
  EXPECT_EQ(list[0]["status"], "confirmed");
  EXPECT_EQ(list[0]["total"], 500);
}

TEST_F(CheckoutTest, AnOrderIsCancelledByTheKeyThatMadeIt) {
  ASSERT_EQ(shop.post("/orders", "k", order("o")).status, 201);
  EXPECT_EQ(cancel("u", "k").body["status"], "cancelled");
  EXPECT_EQ(cancel("u2", "k").body["status"], "already-undone");
  EXPECT_EQ(shop.get("/orders/o").body["status"], "cancelled");
  EXPECT_EQ(shop.post("/orders/confirm", "c", {{"order", "o"}}).body["code"], "cancelled");
}

TEST_F(CheckoutTest, ACancelThatOvertakesItsOrderWins) {
  EXPECT_EQ(cancel("u", "k").body["status"], "nothing");
  EXPECT_EQ(shop.post("/orders", "k", order("o")).body["code"], "undone");
  EXPECT_EQ(shop.get("/orders").body.size(), 0U);
}

TEST_F(CheckoutTest, AConfirmedOrderIsNotCancelled) {
  ASSERT_EQ(shop.post("/orders", "k", order("o")).status, 201);
  ASSERT_EQ(shop.post("/orders/confirm", "c", {{"order", "o"}}).status, 200);
  EXPECT_EQ(cancel("u", "k").body["code"], "confirmed");
  EXPECT_EQ(shop.get("/orders/o").body["status"], "confirmed");
}

TEST_F(CheckoutTest, AnOrdersIdIsTakenUntilItIsCancelled) {
  ASSERT_EQ(shop.post("/orders", "k1", order("o")).status, 201);
  EXPECT_EQ(shop.post("/orders", "k2", order("o")).body["code"], "order-exists");
  ASSERT_EQ(cancel("u1", "k1").status, 200);
  EXPECT_EQ(shop.post("/orders", "k3", order("o", 700)).status, 201);
  EXPECT_EQ(shop.get("/orders/o").body["total"], 700);
}

TEST_F(CheckoutTest, AnExpiredRecordDoesNotMakeTheOrderTwice) {
  ASSERT_EQ(shop.post("/orders", "k", order("o")).status, 201);
  shop.clock.advance(kDefaultKeyTtl * 2);
  EXPECT_EQ(shop.post("/orders", "k", order("o")).status, 201);
  EXPECT_EQ(shop.get("/orders").body.size(), 1U);
}

TEST_F(CheckoutTest, UnknownOrdersAreNotFound) {
  EXPECT_EQ(shop.get("/orders/o").status, 404);
  EXPECT_EQ(shop.post("/orders/confirm", "c", {{"order", "o"}}).status, 404);
}

}  // namespace
}  // namespace skald::services
