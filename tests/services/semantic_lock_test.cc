// Hard case 26: a second saga reads what the first may undo. A reservation is a semantic lock: nobody else gets what it
// holds, and nobody is told that it is gone for good before it is.

#include <gtest/gtest.h>

#include "services/common/products.h"
#include "services/inventory/inventory.h"
#include "tests/services/support.h"

namespace skald::services {
namespace {

class SemanticLock : public ::testing::Test {
 protected:
  Answer reserve(const std::string& key, std::int64_t axes, std::int64_t bells = 0) {
    Value items = {{{"sku", "axe"}, {"quantity", axes}}};
    if (bells > 0) items.push_back({{"sku", "bell"}, {"quantity", bells}});
    return shop.post("/reservations", key, {{"order", "order-" + key}, {"items", items}});
  }
  Answer release(const std::string& key) {
    return shop.post("/reservations/release", "u:" + key, {{"forward_key", key}});
  }
  Answer commit(const std::string& key) {
    return shop.post("/reservations/commit", "c:" + key, {{"order", "order-" + key}});
  }
  Value axes() { return shop.get("/stock").body[0]; }

  TempFolder folder;
  Shop shop{inventory_service(), folder.path()};
};

TEST_F(SemanticLock, HardCase26_WhatAnotherHasReservedMayComeBack) {
  ASSERT_EQ(reserve("first", kInitialStock).status, 201);
  const Answer later = reserve("second", 1);
  EXPECT_EQ(later.status, 429);
  EXPECT_EQ(later.body["code"], "reserved-by-others");
  EXPECT_EQ(later.retry_after_s, inventory::kRetryAfterS);
  EXPECT_FALSE(later.final);
  EXPECT_EQ(axes(), (Value{{"sku", "axe"}, {"on_hand", 0}, {"reserved", kInitialStock}, {"sold", 0}}));
}

TEST_F(SemanticLock, HardCase26_TheSameKeyGetsWhatWasGivenBack) {
  ASSERT_EQ(reserve("first", kInitialStock).status, 201);
  ASSERT_EQ(reserve("second", 1).status, 429);
  ASSERT_EQ(release("first").status, 200);
  EXPECT_EQ(reserve("second", 1).status, 201);
  EXPECT_EQ(axes()["reserved"], 1);
}

TEST_F(SemanticLock, HardCase26_OnlyWhatIsSoldIsRefusedForGood) {
  ASSERT_EQ(reserve("first", kInitialStock).status, 201);
  ASSERT_EQ(reserve("second", 1).status, 429);
  ASSERT_EQ(commit("first").status, 200);
  const Answer refused = reserve("second", 1);
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.body["code"], "out-of-stock");
  EXPECT_TRUE(reserve("second", 1).replayed);
}

TEST_F(SemanticLock, HardCase26_WhatAllReservationsTogetherCannotGiveIsRefusedForGood) {
  ASSERT_EQ(reserve("sold", 10).status, 201);
  ASSERT_EQ(commit("sold").status, 200);
  ASSERT_EQ(reserve("first", 5).status, 201);
  EXPECT_EQ(reserve("most", kInitialStock - 10).status, 429) << "with the five of the first it could be had";
  EXPECT_EQ(reserve("more", kInitialStock - 9).status, 409);
}

TEST_F(SemanticLock, HardCase26_OneProductThatIsSoldOutDecidesForTheWholeOrder) {
  ASSERT_EQ(reserve("axes", kInitialStock).status, 201);
  EXPECT_EQ(reserve("both", 1, kInitialStock + 1).status, 409) << "there never are so many bells";
}

TEST_F(SemanticLock, HardCase26_NobodyGetsWhatIsReserved) {
  ASSERT_EQ(reserve("first", kInitialStock - 1).status, 201);
  ASSERT_EQ(reserve("second", 2).status, 429);
  ASSERT_EQ(reserve("third", 1).status, 201);
  ASSERT_EQ(release("first").status, 200);
  ASSERT_EQ(reserve("second", 2).status, 201);
  EXPECT_EQ(axes(), (Value{{"sku", "axe"}, {"on_hand", kInitialStock - 3}, {"reserved", 3}, {"sold", 0}}));
}

}  // namespace
}  // namespace skald::services
