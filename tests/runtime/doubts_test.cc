// What became of publishes that nobody answered: the dispatcher over a broker whose every answer the test gives.

#include <gtest/gtest.h>

#include "tests/runtime/scripted_broker.h"

namespace skald::runtime {
namespace {

const Error kUnanswered = make_error(ErrorKind::kTimeout, "request-timeout", "the test's broker does not answer");

TaskOrder order_of(const std::string& key) {
  TaskOrder order;
  order.act.task = "shop.first";
  order.act.key = key;
  order.act.attempt = 1;
  order.act.dispatch = 1;
  return order;
}

class Doubts : public ::testing::Test {
 protected:
  Doubts() { broker_.set_stream(9, {}); }

  SetClock clock_;
  ScriptedBroker broker_;
  Reports reports_;
  // Of what lies up to the fifth, the store knew all.
  Dispatcher dispatcher_{broker_, clock_, reports_, {"today", 9, 5}, Drive::kTurns};
};

TEST_F(Doubts, WhatLiesInTheQueueIsNotPublishedAgain) {
  dispatcher_.doubt(order_of("key"));
  broker_.queue("key", 8);
  dispatcher_.turn();
  EXPECT_EQ(reports_.acknowledged_count, 1);
  EXPECT_EQ(reports_.lost_count, 0);
  EXPECT_EQ(dispatcher_.stats().published, 0U);
  EXPECT_EQ(dispatcher_.stats().unacknowledged, 0U);
  dispatcher_.end(order_of("key").act, true);
  dispatcher_.turn();
  EXPECT_EQ(broker_.withdrawn(), std::vector<std::uint64_t>{8}) << "where it lies is known now";
}

TEST_F(Doubts, ItIsLookedForBehindWhatTheStoreKnew) {
  dispatcher_.adopt(order_of("known"), 7);
  dispatcher_.doubt(order_of("key"));
  dispatcher_.turn();
  ASSERT_EQ(broker_.searches().size(), 1U);
  const auto search = broker_.searches().front();
  EXPECT_EQ(search.keys, std::vector<std::string>{"key"});
  EXPECT_EQ(search.after, 5U);
}

TEST_F(Doubts, AnAnswerOverAConnectionBeforeSaysNothingOfThisBroker) {
  dispatcher_.turn();
  dispatcher_.dispatch({order_of("key")});
  broker_.connect(false);
  broker_.connect(true);
  ASSERT_TRUE(broker_.answer(std::uint64_t{12}));
  EXPECT_EQ(reports_.acknowledged_count, 0);
  broker_.queue("key", 10);
  dispatcher_.turn();
  ASSERT_EQ(broker_.searches().size(), 1U);
  EXPECT_EQ(broker_.searches().front().after, 9U);
  EXPECT_EQ(reports_.acknowledged_count, 1);
}

TEST_F(Doubts, WhatIsNowhereIsPublishedOnceEveryResultIsTaken) {
  dispatcher_.doubt(order_of("key"));
  broker_.set_results({4, 2});
  dispatcher_.turn();
  EXPECT_EQ(reports_.lost_count, 0) << "the third result or the fourth may be its";
  broker_.set_results({7, 3});
  dispatcher_.turn();
  EXPECT_EQ(reports_.lost_count, 0);
  broker_.set_results({7, 4});
  dispatcher_.turn();
  EXPECT_EQ(reports_.lost_count, 1) << "what has come since is not its: it was in the queue no more";
  EXPECT_EQ(reports_.same_count, 1);
  EXPECT_EQ(broker_.searches().size(), 1U);
  dispatcher_.change(order_of("key"));
  EXPECT_EQ(dispatcher_.stats().published, 1U);
}

TEST_F(Doubts, WhereResultsTakeLongItIsLookedForAgain) {
  dispatcher_.doubt(order_of("key"));
  dispatcher_.doubt(order_of("other"));
  broker_.set_results({4, 2});
  dispatcher_.turn();
  clock_.pass(Dispatcher::kSearchHolds);
  broker_.set_results({7, 4});
  broker_.queue("key", 9);  // it was in the buffers of a broker that hung
  dispatcher_.turn();
  dispatcher_.turn();
  EXPECT_EQ(broker_.searches().size(), 2U);
  EXPECT_EQ(reports_.acknowledged_count, 1);
  EXPECT_EQ(reports_.lost_count, 0);
  broker_.set_results({9, 7});
  dispatcher_.turn();
  EXPECT_EQ(reports_.lost_count, 1) << "the other";
}

TEST_F(Doubts, AResultThatExplainsItEndsTheSearch) {
  dispatcher_.doubt(order_of("key"));
  broker_.set_results({4, 2});
  dispatcher_.turn();
  dispatcher_.end(order_of("key").act, false);
  broker_.set_results({4, 4});
  dispatcher_.turn();
  EXPECT_EQ(reports_.lost_count, 0);
  EXPECT_EQ(dispatcher_.stats().waiting, 0U);
}

TEST_F(Doubts, ResultsThatAreNoLongerThereExplainNothing) {
  dispatcher_.doubt(order_of("key"));
  broker_.set_results({400, 2});
  dispatcher_.turn();
  broker_.set_results({3, 3});  // the stream was made anew
  dispatcher_.turn();
  EXPECT_EQ(reports_.lost_count, 1);
}

TEST_F(Doubts, ABrokerThatComesBackIsSearchedAnew) {
  dispatcher_.doubt(order_of("key"));
  broker_.set_results({4, 2});
  dispatcher_.turn();
  ASSERT_EQ(broker_.searches().size(), 1U);
  broker_.connect(false);
  broker_.connect(true);
  broker_.queue("key", 9);  // an older copy: its worker's acknowledgement is forgotten
  dispatcher_.turn();
  EXPECT_EQ(broker_.searches().size(), 2U);
  EXPECT_EQ(reports_.acknowledged_count, 1);
  EXPECT_EQ(reports_.lost_count, 0);
}

TEST_F(Doubts, WhereTheBrokerDoesNotAnswerItIsAskedAgain) {
  dispatcher_.doubt(order_of("key"));
  broker_.answers = false;
  dispatcher_.turn();
  broker_.answers = true;
  broker_.while_searching = [this] { broker_.set_results({4, 2}); };
  dispatcher_.turn();
  ASSERT_EQ(broker_.searches().size(), 1U);
  broker_.answers = false;
  broker_.set_results({4, 4});
  dispatcher_.turn();
  EXPECT_EQ(reports_.lost_count, 0) << "whether its result is taken nobody knows";
  broker_.answers = true;
  dispatcher_.turn();
  EXPECT_EQ(reports_.lost_count, 1);
}

TEST_F(Doubts, WhatABrokerSaidThatWentMeanwhileDoesNotCount) {
  dispatcher_.doubt(order_of("key"));
  broker_.while_searching = [this] {
    broker_.connect(false);
    broker_.connect(true);
  };
  dispatcher_.turn();
  EXPECT_EQ(reports_.lost_count, 0);
  dispatcher_.turn();
  EXPECT_EQ(broker_.searches().size(), 2U);
  EXPECT_EQ(reports_.lost_count, 1);
}

TEST_F(Doubts, APublishThatGoesUnansweredIsLookedForBehindWhatWasThere) {
  dispatcher_.turn();
  ASSERT_TRUE(dispatcher_.prepared());
  dispatcher_.dispatch({order_of("first")});
  ASSERT_TRUE(broker_.answer(std::uint64_t{12}));
  dispatcher_.dispatch({order_of("key")});
  ASSERT_TRUE(broker_.answer(fail(kUnanswered)));
  broker_.queue("key", 13);
  dispatcher_.turn();
  ASSERT_EQ(broker_.searches().size(), 1U);
  EXPECT_EQ(broker_.searches().front().after, 12U);
  EXPECT_EQ(reports_.acknowledged_count, 2);
  EXPECT_EQ(dispatcher_.stats().published, 2U);
}

TEST_F(Doubts, TheNoteStaysBeforeWhatTheStoreDoesNotKnow) {
  const auto look = [this] {
    clock_.pass(Dispatcher::kReconcileEvery);
    dispatcher_.turn();
    return reports_.notes.back().unnoted_from;
  };
  EXPECT_EQ(look(), 9U);
  dispatcher_.dispatch({order_of("first")});
  ASSERT_TRUE(broker_.answer(std::uint64_t{12}));
  dispatcher_.dispatch({order_of("second")});
  EXPECT_EQ(look(), 9U) << "that the broker has the first is not in the store";
  dispatcher_.noted({{"first", 1, 12}});
  EXPECT_EQ(look(), 12U) << "the second, unanswered, lies behind this or nowhere";
  ASSERT_TRUE(broker_.answer(std::uint64_t{13}));
  EXPECT_EQ(look(), 12U);
  dispatcher_.noted({{"second", 1, 11}});
  EXPECT_EQ(look(), 12U) << "that was of a message before";
  dispatcher_.noted({{"second", 1, 13}});
  EXPECT_EQ(look(), 13U);
  dispatcher_.adopt(order_of("third"), 8);
  EXPECT_EQ(look(), 13U);
}

TEST_F(Doubts, ANoteFromBeforeStaysUntilItsDoubtsAreSettled) {
  dispatcher_.doubt(order_of("key"));
  broker_.set_results({4, 2});
  dispatcher_.turn();
  EXPECT_EQ(reports_.notes.back().unnoted_from, 5U);
}

TEST_F(Doubts, WhatIsToBeAnotherDispatchIsNotPublishedAsTheOneBefore) {
  dispatcher_.doubt(order_of("key"));
  broker_.set_stream(2, {});
  dispatcher_.turn();
  ASSERT_EQ(reports_.lost_count, 1);
  TaskOrder order = order_of("key");
  order.act.timeout = Millis(1'000);  // changed by something else, before the report was heard
  dispatcher_.change(order);
  EXPECT_EQ(dispatcher_.stats().published, 0U);
  order.act.dispatch = 2;
  dispatcher_.change(order);
  EXPECT_EQ(dispatcher_.stats().published, 1U);
}

TEST_F(Doubts, InAStreamThatWasMadeAnewNothingIsLookedFor) {
  dispatcher_.doubt(order_of("key"));
  broker_.set_stream(2, {});
  dispatcher_.turn();
  EXPECT_EQ(broker_.searches().size(), 0U);
  EXPECT_EQ(reports_.lost_count, 1);
  EXPECT_EQ(reports_.same_count, 0) << "a worker may have had it";
}

}  // namespace
}  // namespace skald::runtime
