#include "services/payments/payments.h"

#include <gtest/gtest.h>

#include "tests/services/support.h"

namespace skald::services {
namespace {

class PaymentsTest : public ::testing::Test {
 protected:
  Answer charge(const std::string& key, const std::string& card) {
    return shop.post("/charges", key, {{"order", "o"}, {"amount", 500}, {"card", card}});
  }

  Answer refund(const std::string& undo_key, const std::string& forward_key) {
    return shop.post("/refunds", undo_key, {{"forward_key", forward_key}});
  }

  Value payments() { return shop.get("/payments").body; }

  TempFolder folder;
  Shop shop{payments_service(), folder.path()};
};

TEST_F(PaymentsTest, ChargesOnceForAKey) {
  const Answer first = charge("k", "tok_ok");
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(charge("k", "tok_ok").body, first.body);
  ASSERT_EQ(payments().size(), 1U);
  EXPECT_EQ(payments()[0], (Value{{"id", first.body["id"]}, {"order", "o"}, {"amount", 500}, {"status", "charged"}}));
}

TEST_F(PaymentsTest, DeclinesForGood) {
  for (const char* card : {"tok_declined", "tok_nobody"}) {
    const Answer answer = charge(card, card);
    EXPECT_EQ(answer.status, 402);
    EXPECT_EQ(answer.body["title"], "Payment declined");
    EXPECT_TRUE(charge(card, card).replayed);
  }
  EXPECT_EQ(payments().size(), 0U);
}

TEST_F(PaymentsTest, AFlakyCardWorksTheThirdTimeForEachKey) {
  for (const char* key : {"k1", "k2"}) {
    for (int i = 0; i < payments::kFlakyFailures; ++i) {
      const Answer answer = charge(key, "tok_flaky");
      EXPECT_EQ(answer.status, 503);
      EXPECT_EQ(answer.retry_after_s, 1);
    }
    EXPECT_EQ(charge(key, "tok_flaky").status, 201);
    EXPECT_EQ(charge(key, "tok_flaky").status, 201);
  }
  EXPECT_EQ(payments().size(), 2U);
}

TEST_F(PaymentsTest, AFlakyCardRemembersItsTriesOverARestart) {
  ASSERT_EQ(charge("k", "tok_flaky").status, 503);
  Shop after(payments_service(), folder.path());
  const Value body = {{"order", "o"}, {"amount", 500}, {"card", "tok_flaky"}};
  EXPECT_EQ(after.post("/charges", "k", body).status, 503);
  EXPECT_EQ(after.post("/charges", "k", body).status, 201);
}

TEST_F(PaymentsTest, ASlowCardAnswersLateButNotAgain) {
  EXPECT_EQ(charge("k", "tok_slow").delay, payments::kSlowAnswer);
  EXPECT_EQ(charge("k", "tok_slow").delay, Millis(0));
}

TEST_F(PaymentsTest, ALostAnswerIsLostOnlyTheFirstTime) {
  EXPECT_TRUE(charge("k", "tok_lost").drop_connection);
  EXPECT_EQ(payments().size(), 1U);
  const Answer again = charge("k", "tok_lost");
  EXPECT_FALSE(again.drop_connection);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(payments().size(), 1U);
}

TEST_F(PaymentsTest, RefundsOnce) {
  ASSERT_EQ(charge("k", "tok_ok").status, 201);
  EXPECT_EQ(refund("u", "k").body["status"], "refunded");
  EXPECT_EQ(refund("u2", "k").body["status"], "already-undone");
  EXPECT_EQ(payments()[0]["status"], "refunded");
  EXPECT_EQ(charge("k", "tok_ok").body["code"], "undone");
}

TEST_F(PaymentsTest, ARefundThatOvertakesItsChargeWins) {
  EXPECT_EQ(refund("u", "k").body["status"], "nothing");
  EXPECT_EQ(charge("k", "tok_ok").body["code"], "undone");
  EXPECT_EQ(payments().size(), 0U);
}

TEST_F(PaymentsTest, ADeclinedChargeCanBeUndone) {
  ASSERT_EQ(charge("k", "tok_declined").status, 402);
  EXPECT_EQ(refund("u", "k").body["status"], "nothing");
}

TEST_F(PaymentsTest, AnExpiredRecordDoesNotChargeTwice) {
  ASSERT_EQ(charge("k", "tok_ok").status, 201);
  shop.clock.advance(kDefaultKeyTtl * 2);
  EXPECT_EQ(charge("k", "tok_ok").status, 201);
  EXPECT_EQ(payments().size(), 1U);
}

}  // namespace
}  // namespace skald::services
