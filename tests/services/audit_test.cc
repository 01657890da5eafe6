#include "services/audit/audit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/services/support.h"

namespace skald::services {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class AuditTest : public ::testing::Test {
 protected:
  static Value items() { return {{{"sku", "axe"}, {"quantity", 2}}}; }

  void reserve(const std::string& id) {
    ASSERT_EQ(inventory.post("/reservations", "r:" + id, {{"order", id}, {"items", items()}}).status, 201);
  }
  void create(const std::string& id) {
    ASSERT_EQ(checkout.post("/orders", "c:" + id, {{"order", id}, {"total", 500}, {"items", items()}}).status, 201);
  }
  void charge(const std::string& id, std::int64_t amount = 500) {
    const Value body = {{"order", id}, {"amount", amount}, {"card", "tok_ok"}};
    ASSERT_EQ(payments.post("/charges", "p:" + id, body).status, 201);
  }
  void confirm(const std::string& id) {
    ASSERT_EQ(inventory.post("/reservations/commit", "rc:" + id, {{"order", id}}).status, 200);
    ASSERT_EQ(checkout.post("/orders/confirm", "cc:" + id, {{"order", id}}).status, 200);
  }
  void cancel_order(const std::string& id) {
    ASSERT_EQ(checkout.post("/orders/cancel", "cu:" + id, {{"forward_key", "c:" + id}}).status, 200);
  }
  void release(const std::string& id) {
    ASSERT_EQ(inventory.post("/reservations/release", "ru:" + id, {{"forward_key", "r:" + id}}).status, 200);
  }
  // Changes a database behind its service's back.
  void tamper(const std::string& service, const std::string& sql) {
    const auto database = Database::open(database_path(folder.path(), service), "").value();
    ASSERT_TRUE(database->write([&](Connection& db) { return db.run(sql); }));
  }
  std::vector<std::string> violations(bool allow_open = false) {
    return audit(folder.path(), {.allow_open = allow_open}).value().violations;
  }

  TempFolder folder;
  Shop catalog{catalog_service(), folder.path()};
  Shop cart{cart_service(), folder.path()};
  Shop inventory{inventory_service(), folder.path()};
  Shop checkout{checkout_service(), folder.path()};
  Shop payments{payments_service(), folder.path()};
};

TEST_F(AuditTest, FindsNothingInANewStore) { EXPECT_THAT(violations(), IsEmpty()); }

TEST_F(AuditTest, CountsWhatCameOutRight) {
  reserve("good");
  create("good");
  charge("good");
  confirm("good");
  reserve("bad");
  create("bad");
  charge("bad");
  ASSERT_EQ(payments.post("/refunds", "pu", {{"forward_key", "p:bad"}}).status, 200);
  cancel_order("bad");
  release("bad");
  const auto report = audit(folder.path(), {}).value();
  EXPECT_THAT(report.violations, IsEmpty());
  const Value json = report.json();
  EXPECT_EQ(json["ok"], true);
  EXPECT_EQ(json["orders"], (Value{{"confirmed", 1}, {"cancelled", 1}, {"pending", 0}, {"total", 2}}));
  EXPECT_EQ(json["stock"]["sold"], 2);
  EXPECT_EQ(json["stock"]["total"], json["stock"]["expected"]);
  EXPECT_EQ(json["money"], (Value{{"charged", 1000}, {"refunded", 500}, {"net", 500}, {"confirmed_orders", 500}}));
  EXPECT_THAT(report.text(), HasSubstr("audit    ok"));
}

TEST_F(AuditTest, OpenOrdersAreViolationsUnlessAllowed) {
  reserve("o");
  create("o");
  EXPECT_THAT(violations(), UnorderedElementsAre("order 'o': pending", "order 'o': reservation still open for 2 axe"));
  EXPECT_THAT(violations(true), IsEmpty());
}

TEST_F(AuditTest, FindsAConfirmedOrderWithoutItsCharge) {
  reserve("o");
  create("o");
  confirm("o");
  EXPECT_THAT(violations(), ElementsAre("order 'o': confirmed with a total of 500, but 0 charged (no payment)"));
}

TEST_F(AuditTest, FindsAnOrderThatWasChargedTwice) {
  reserve("o");
  create("o");
  charge("o");
  ASSERT_EQ(payments.post("/charges", "again", {{"order", "o"}, {"amount", 500}, {"card", "tok_ok"}}).status, 201);
  confirm("o");
  EXPECT_THAT(violations(true),
              ElementsAre(HasSubstr("order 'o': confirmed with a total of 500, but 1000 charged (pay")));
}

TEST_F(AuditTest, FindsAConfirmedOrderWithoutItsStock) {
  create("o");
  charge("o");
  ASSERT_EQ(checkout.post("/orders/confirm", "cc", {{"order", "o"}}).status, 200);
  EXPECT_THAT(violations(), ElementsAre("order 'o': confirmed, but no stock sold for it"));
  reserve("o");
  EXPECT_THAT(violations(), ElementsAre("order 'o': confirmed, but no stock sold for it",
                                        "order 'o': confirmed, but still reserves 2 axe"));
}

TEST_F(AuditTest, FindsACancelledOrderWhoseChargeStands) {
  reserve("o");
  create("o");
  charge("o");
  cancel_order("o");
  release("o");
  EXPECT_THAT(violations(true), ElementsAre(HasSubstr("order 'o': cancelled, but 500 charged and not refunded (pay_")));
}

TEST_F(AuditTest, FindsChargesAndStockWithoutAnOrder) {
  charge("ghost");
  reserve("ghost");
  ASSERT_EQ(inventory.post("/reservations/commit", "rc", {{"order", "ghost"}}).status, 200);
  EXPECT_THAT(violations(true),
              ElementsAre(HasSubstr("order 'ghost': does not exist, but 500 charged and not refunded"),
                          "order 'ghost': does not exist, but sold 2 axe"));
}

TEST_F(AuditTest, FindsStockThatCameOrWent) {
  tamper("inventory", "update stock set on_hand = on_hand - 1 where sku = 'axe'");
  tamper("inventory", "update stock set on_hand = on_hand - 1, sold = sold + 1 where sku = 'bell'");
  EXPECT_THAT(violations(true),
              UnorderedElementsAre("stock of 'axe': on_hand 999999 + reserved 0 + sold 0 is 999999, not 1000000",
                                   "stock of 'bell': reserved 0 and sold 1, but the reservations say 0 and 0"));
}

TEST_F(AuditTest, SaysWhichDatabaseIsMissing) {
  std::filesystem::remove(database_path(folder.path(), "cart"));
  const auto report = audit(folder.path(), {});
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, "no-database");
  EXPECT_THAT(report.error().message, HasSubstr("cart.db"));
}

}  // namespace
}  // namespace skald::services
