// Catalog and cart.

#include <gtest/gtest.h>

#include "services/common/products.h"
#include "tests/services/support.h"

namespace skald::services {
namespace {

TEST(Catalog, ListsTwentyProductsWithPrices) {
  const TempFolder folder;
  Shop shop(catalog_service(), folder.path());
  const Value list = shop.get("/products").body;
  ASSERT_EQ(list.size(), kProductCount);
  for (const Value& product : list) {
    EXPECT_GT(product["price"].get<std::int64_t>(), 0);
    EXPECT_EQ(shop.get("/products/" + product["sku"].get<std::string>()).body, product);
  }
  EXPECT_EQ(shop.get("/products/nothing").status, 404);
}

TEST(Catalog, PricesItems) {
  const TempFolder folder;
  Shop shop(catalog_service(), folder.path());
  const Value items = {{{"sku", "axe"}, {"quantity", 2}}, {{"sku", "mead"}, {"quantity", 3}}};
  const Answer priced = shop.post("/prices", "", {{"items", items}});
  EXPECT_EQ(priced.status, 200);
  const std::int64_t axe = find_product("axe")->price;
  EXPECT_EQ(priced.body["items"][0]["price"], axe);
  EXPECT_EQ(priced.body["items"][0]["amount"], 2 * axe);
  EXPECT_EQ(priced.body["total"], 2 * axe + 3 * find_product("mead")->price);
  EXPECT_EQ(shop.post("/prices", "", {{"items", {{{"sku", "nothing"}, {"quantity", 1}}}}}).status, 404);
  EXPECT_EQ(shop.post("/prices", "", Value::object()).status, 400);
}

class CartTest : public ::testing::Test {
 protected:
  Answer put(const std::string& sku, const Value& quantity) {
    return shop.call("PUT", "/carts/c/items/" + sku, "", {{"quantity", quantity}});
  }

  TempFolder folder;
  Shop shop{cart_service(), folder.path()};
};

TEST_F(CartTest, HoldsWhatShoppersPutIn) {
  EXPECT_EQ(shop.get("/carts/c").status, 404);
  EXPECT_EQ(put("mead", 2).status, 200);
  EXPECT_EQ(put("axe", 1).status, 200);
  EXPECT_EQ(put("mead", 3).status, 200);
  const Value items = {{{"sku", "axe"}, {"quantity", 1}}, {{"sku", "mead"}, {"quantity", 3}}};
  EXPECT_EQ(shop.get("/carts/c").body, (Value{{"id", "c"}, {"items", items}}));
  EXPECT_EQ(put("mead", 0).body["items"].size(), 1U);
}

TEST_F(CartTest, RefusesWhatIsNotSoldOrCounted) {
  EXPECT_EQ(put("nothing", 1).status, 404);
  EXPECT_EQ(put("axe", -1).status, 400);
  EXPECT_EQ(put("axe", "one").status, 400);
}

TEST_F(CartTest, IsClearedOnceForAKey) {
  ASSERT_EQ(put("axe", 1).status, 200);
  EXPECT_EQ(shop.post("/carts/c/clear", "", Value::object()).status, 400);
  EXPECT_EQ(shop.post("/carts/c/clear", "k", Value::object()).status, 200);
  EXPECT_EQ(shop.get("/carts/c").body["items"].size(), 0U);
  // What the shopper puts in afterwards is not lost to a repeat.
  ASSERT_EQ(put("bell", 1).status, 200);
  EXPECT_TRUE(shop.post("/carts/c/clear", "k", Value::object()).replayed);
  EXPECT_EQ(shop.get("/carts/c").body["items"].size(), 1U);
}

TEST_F(CartTest, ClearingAnUnknownCartIsWell) {
  EXPECT_EQ(shop.post("/carts/unknown/clear", "k", Value::object()).status, 200);
}

}  // namespace
}  // namespace skald::services
