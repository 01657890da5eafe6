// Tasks that the dispatcher sends in one message, and what becomes of one without the others.

#include <gtest/gtest.h>

#include "engine/runtime/dispatcher.h"
#include "tests/runtime/scripted_broker.h"

namespace skald::runtime {
namespace {

using Letters = std::vector<std::vector<std::string>>;

const Error kUnanswered = make_error(ErrorKind::kTimeout, "request-timeout", "the test's broker does not answer");
const Error kRefused = make_error(ErrorKind::kUnavailable, "broker-refused", "the test's broker is full");

class Together : public ::testing::Test {
 protected:
  Together() {
    dispatcher_.on_together([](const std::string& type, std::size_t) { return type == "shop.long" ? 1U : 3U; });
    dispatcher_.turn();
    EXPECT_TRUE(dispatcher_.prepared());
  }
  static TaskOrder order(const std::string& key, const std::string& type = "shop.short") {
    TaskOrder order;
    order.act.task = type;
    order.act.key = key;
    order.act.attempt = 1;
    order.act.dispatch = 1;
    return order;
  }
  // In one message, which the broker has at `seq`.
  void send(std::uint64_t seq) {
    dispatcher_.dispatch({order("a"), order("b"), order("c")});
    ASSERT_EQ(broker_.letters().back(), (std::vector<std::string>{"a", "b", "c"}));
    ASSERT_TRUE(broker_.answer(seq));
  }
  void cancel(const std::string& key) {
    TaskOrder cancelled = order(key);
    cancelled.act.cancelling = true;
    dispatcher_.change(cancelled);
    dispatcher_.turn();
  }

  SetClock clock_;
  ScriptedBroker broker_;
  Reports reports_;
  Dispatcher dispatcher_{broker_, clock_, reports_, {}, Drive::kTurns};
};

TEST_F(Together, GoThoseOfATypeThatItsWorkersTake) {
  dispatcher_.dispatch({order("a"), order("l1", "shop.long"), order("b"), order("x", "shop.other"), order("c"),
                        order("d"), order("l2", "shop.long")});
  EXPECT_EQ(broker_.letters(), (Letters{{"a", "b", "c"}, {"l1"}, {"x"}, {"d"}, {"l2"}}));
  EXPECT_EQ(dispatcher_.stats().published, 7U);
  for (std::uint64_t seq = 1; seq <= 5; ++seq) ASSERT_TRUE(broker_.answer(seq));
  EXPECT_EQ(reports_.acknowledged_count, 7);
  EXPECT_EQ(dispatcher_.stats().unacknowledged, 0U);
}

TEST_F(Together, GoNotThoseThatAreLarge) {
  std::vector<TaskOrder> orders{order("a"), order("b"), order("c")};
  orders[1].act.input = Payload(Value(std::string(Dispatcher::kMaxTogetherBytes, 'x')));
  dispatcher_.dispatch(orders);
  EXPECT_EQ(broker_.letters(), (Letters{{"a"}, {"b"}, {"c"}}));
}

TEST_F(Together, WhatIsRefusedGoesAgainAlone) {
  dispatcher_.dispatch({order("a"), order("b")});
  ASSERT_TRUE(broker_.answer(fail(kRefused)));
  dispatcher_.turn();
  EXPECT_EQ(broker_.letters(), (Letters{{"a", "b"}, {"a"}, {"b"}}));
  EXPECT_EQ(reports_.lost_count, 0);
}

TEST_F(Together, WhatWentUnansweredIsLookedForOneByOne) {
  dispatcher_.dispatch({order("a"), order("b")});
  ASSERT_TRUE(broker_.answer(fail(kUnanswered)));
  broker_.queue("b", 7);
  dispatcher_.turn();
  clock_.pass(Millis(1));
  dispatcher_.turn();
  EXPECT_EQ(reports_.acknowledged_count, 1);
  EXPECT_EQ(reports_.lost_count, 1);
  EXPECT_EQ(reports_.same_count, 1);
}

TEST_F(Together, OneThatIsFoundAndThenAnsweredIsThereOnce) {
  dispatcher_.dispatch({order("a")});
  dispatcher_.doubt(order("a"));
  broker_.queue("a", 7);
  dispatcher_.turn();
  ASSERT_TRUE(broker_.answer(std::uint64_t{7}));
  EXPECT_EQ(reports_.acknowledged_count, 2);
  dispatcher_.end(order("a").act, true);
  dispatcher_.turn();
  EXPECT_EQ(broker_.withdrawn(), std::vector<std::uint64_t>{7});
}

TEST_F(Together, OneThatClosesLeavesTheOthersInTheQueue) {
  send(7);
  dispatcher_.end(order("a").act, true);
  dispatcher_.end(order("b").act, false);
  dispatcher_.turn();
  EXPECT_EQ(broker_.withdrawn(), std::vector<std::uint64_t>{});
  dispatcher_.end(order("c").act, true);
  dispatcher_.turn();
  EXPECT_EQ(broker_.withdrawn(), std::vector<std::uint64_t>{7});
}

TEST_F(Together, OneThatIsCancelledStaysForTheOthers) {
  send(7);
  for (const std::uint64_t delivered_up_to : {6, 7}) {
    broker_.set_stream(7, {delivered_up_to, 1});
    cancel(delivered_up_to == 6 ? "a" : "b");
  }
  EXPECT_EQ(broker_.cancels(), 2);
  EXPECT_EQ(broker_.withdrawn(), std::vector<std::uint64_t>{});
  EXPECT_EQ(reports_.withdrawn_count + reports_.lost_count, 0) << "who gets it answers for them";
}

TEST_F(Together, TheLastOfAMessageIsCancelledLikeOneAlone) {
  send(7);
  dispatcher_.end(order("a").act, false);
  dispatcher_.end(order("c").act, false);
  broker_.set_stream(7, {7, 1});
  cancel("b");
  EXPECT_EQ(broker_.withdrawn(), std::vector<std::uint64_t>{7}) << "so that no other worker gets it";
  EXPECT_EQ(reports_.withdrawn_count, 0) << "one has it";
}

TEST_F(Together, WhatAWorkerLeftUndoneIsFoundGone) {
  send(7);
  dispatcher_.end(order("a").act, false);
  broker_.set_stream(7, {7, 0});
  broker_.set_gone("b");
  broker_.set_gone("c");
  look(dispatcher_, clock_, 4);
  EXPECT_EQ(reports_.lost_count, 2);
}

TEST_F(Together, AfterARestartTheyAreKnownByTheirPlace) {
  Dispatcher next(broker_, clock_, reports_, {"today", 9}, Drive::kTurns);
  next.adopt(order("a"), 9);
  next.adopt(order("b"), 9);
  broker_.set_stream(9, {});
  next.turn();
  next.end(order("a").act, true);
  next.turn();
  EXPECT_EQ(broker_.withdrawn(), std::vector<std::uint64_t>{});
  next.end(order("b").act, true);
  next.turn();
  EXPECT_EQ(broker_.withdrawn(), std::vector<std::uint64_t>{9});
}

TEST_F(Together, AfterARestartOneInDoubtMayBeInAMessageOfAnother) {
  Dispatcher next(broker_, clock_, reports_, {"today", 9}, Drive::kTurns);
  next.adopt(order("a"), 9);
  next.doubt(order("b"));
  broker_.set_stream(9, {});
  broker_.queue("b", 9);
  next.end(order("a").act, true);
  next.turn();
  EXPECT_EQ(reports_.acknowledged_count, 1);
  EXPECT_EQ(broker_.withdrawn(), std::vector<std::uint64_t>{});
}

TEST_F(Together, PlacesInALostStreamHoldNothing) {
  send(7);
  broker_.set_stream(2, {});  // begun anew
  look(dispatcher_, clock_, 1);
  EXPECT_EQ(reports_.lost_count, 3);
  TaskOrder again = order("a");
  again.act.dispatch = 2;
  dispatcher_.change(again);
  ASSERT_TRUE(broker_.answer(std::uint64_t{7}));
  dispatcher_.end(again.act, true);
  dispatcher_.turn();
  EXPECT_EQ(broker_.withdrawn(), std::vector<std::uint64_t>{7}) << "which is its own now";
}

}  // namespace
}  // namespace skald::runtime
