#include <gtest/gtest.h>

#include "services/common/products.h"
#include "tests/services/support.h"

namespace skald::services {
namespace {

class InventoryTest : public ::testing::Test {
 protected:
  static Value order(const std::string& id, std::int64_t axes, std::int64_t bells = 1) {
    return {{"order", id}, {"items", {{{"sku", "axe"}, {"quantity", axes}}, {{"sku", "bell"}, {"quantity", bells}}}}};
  }

  Answer release(const std::string& undo_key, const std::string& forward_key) {
    return shop.post("/reservations/release", undo_key, {{"forward_key", forward_key}});
  }

  Answer commit(const std::string& key, const std::string& id) {
    return shop.post("/reservations/commit", key, {{"order", id}});
  }

  // on_hand, reserved, sold of a product; also checks that no product was lost or made.
  std::vector<std::int64_t> stock(const std::string& sku) {
    std::vector<std::int64_t> found;
    for (const Value& shelf : shop.get("/stock").body) {
      const std::int64_t on_hand = shelf["on_hand"];
      const std::int64_t reserved = shelf["reserved"];
      const std::int64_t sold = shelf["sold"];
      EXPECT_EQ(on_hand + reserved + sold, kInitialStock) << shelf;
      if (shelf["sku"] == sku) found = {on_hand, reserved, sold};
    }
    return found;
  }

  using Levels = std::vector<std::int64_t>;

  TempFolder folder;
  Shop shop{inventory_service(), folder.path()};
};

TEST_F(InventoryTest, BeginsWithTwentyProducts) {
  EXPECT_EQ(shop.get("/stock").body.size(), 20U);
  EXPECT_EQ(stock("axe"), (Levels{kInitialStock, 0, 0}));
}

TEST_F(InventoryTest, ReservesThenSells) {
  EXPECT_EQ(shop.post("/reservations", "k", order("o", 3)).status, 201);
  EXPECT_EQ(stock("axe"), (Levels{kInitialStock - 3, 3, 0}));
  EXPECT_EQ(commit("c", "o").status, 200);
  EXPECT_EQ(stock("axe"), (Levels{kInitialStock - 3, 0, 3}));
  EXPECT_EQ(commit("another", "o").status, 200);
  EXPECT_EQ(stock("axe"), (Levels{kInitialStock - 3, 0, 3}));
}

TEST_F(InventoryTest, ReservesAllOrNothing) {
  const Answer refused = shop.post("/reservations", "k", order("o", 1, kInitialStock + 1));
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.body["code"], "out-of-stock");
  EXPECT_EQ(stock("axe"), (Levels{kInitialStock, 0, 0}));
  // "Never will" is what the refusal said, so the key gets it for ever.
  EXPECT_TRUE(shop.post("/reservations", "k", order("o", 1, kInitialStock + 1)).replayed);
}

TEST_F(InventoryTest, AddsUpLinesOfTheSameProduct) {
  const Value items = {{{"sku", "axe"}, {"quantity", kInitialStock}}, {{"sku", "axe"}, {"quantity", 1}}};
  EXPECT_EQ(shop.post("/reservations", "k", {{"order", "o"}, {"items", items}}).body["code"], "out-of-stock");
}

TEST_F(InventoryTest, ReleasesWhatWasReserved) {
  ASSERT_EQ(shop.post("/reservations", "k", order("o", 3)).status, 201);
  EXPECT_EQ(release("u", "k").body["status"], "released");
  EXPECT_EQ(release("u2", "k").body["status"], "already-undone");
  EXPECT_EQ(stock("axe"), (Levels{kInitialStock, 0, 0}));
  EXPECT_EQ(commit("c", "o").body["code"], "nothing-reserved");
}

TEST_F(InventoryTest, AReleaseThatOvertakesItsReservationWins) {
  EXPECT_EQ(release("u", "k").body["status"], "nothing");
  const Answer late = shop.post("/reservations", "k", order("o", 3));
  EXPECT_EQ(late.status, 409);
  EXPECT_EQ(late.body["code"], "undone");
  EXPECT_EQ(stock("axe"), (Levels{kInitialStock, 0, 0}));
}

TEST_F(InventoryTest, SoldStockIsNotReleased) {
  ASSERT_EQ(shop.post("/reservations", "k", order("o", 3)).status, 201);
  ASSERT_EQ(commit("c", "o").status, 200);
  EXPECT_EQ(release("u", "k").body["code"], "committed");
  EXPECT_EQ(stock("axe"), (Levels{kInitialStock - 3, 0, 3}));
}

TEST_F(InventoryTest, AnOrderMayBeReservedAgainUnderANewKey) {
  ASSERT_EQ(shop.post("/reservations", "k1", order("o", 3)).status, 201);
  ASSERT_EQ(release("u1", "k1").status, 200);
  ASSERT_EQ(shop.post("/reservations", "k2", order("o", 3)).status, 201);
  ASSERT_EQ(commit("c", "o").status, 200);
  EXPECT_EQ(stock("axe"), (Levels{kInitialStock - 3, 0, 3}));
}

TEST_F(InventoryTest, AnExpiredRecordDoesNotReserveTwice) {
  ASSERT_EQ(shop.post("/reservations", "k", order("o", 3)).status, 201);
  shop.clock.advance(kDefaultKeyTtl * 2);
  const Answer again = shop.post("/reservations", "k", order("o", 3));
  EXPECT_EQ(again.status, 201);
  EXPECT_FALSE(again.replayed);
  EXPECT_EQ(stock("axe"), (Levels{kInitialStock - 3, 3, 0}));
}

TEST_F(InventoryTest, RefusesWhatItCannotUnderstand) {
  const auto refuse = [&](const Value& body) { return shop.post("/reservations", "k", body); };
  EXPECT_EQ(refuse({{"order", "o"}}).body["code"], "bad-field");
  EXPECT_EQ(refuse({{"order", "o"}, {"items", Value::array()}}).status, 400);
  EXPECT_EQ(refuse({{"order", 7}, {"items", {{{"sku", "axe"}, {"quantity", 1}}}}}).status, 400);
  EXPECT_EQ(refuse({{"order", "o"}, {"items", {{{"sku", "axe"}, {"quantity", 1.5}}}}}).status, 400);
  EXPECT_EQ(refuse({{"order", "o"}, {"items", {{{"sku", "axe"}, {"quantity", -1}}}}}).status, 400);
  EXPECT_EQ(refuse({{"order", "o"}, {"items", {{{"sku", "nothing"}, {"quantity", 1}}}}}).body["code"],
            "no-such-product");
  EXPECT_EQ(refuse(Value::array()).status, 400);
}

}  // namespace
}  // namespace skald::services
