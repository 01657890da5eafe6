// The dispatcher alone, over a broker whose every answer the test gives.

#include "engine/runtime/dispatcher.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <vector>

#include "tests/runtime/scripted_broker.h"

namespace skald::runtime {
namespace {

class DispatcherTest : public ::testing::Test {
 protected:
  DispatcherTest() {
    order_.act.task = "shop.first";
    order_.act.key = "key";
    order_.act.attempt = 1;
    order_.act.dispatch = 1;
    dispatcher_.start();
    EXPECT_TRUE(eventually([&] { return dispatcher_.prepared(); }));
  }
  TaskOrder cancelling() const {
    TaskOrder order = order_;
    order.act.cancelling = true;
    return order;
  }

  SystemClock clock_;
  ScriptedBroker broker_;
  Reports reports_;
  Dispatcher dispatcher_{broker_, clock_, reports_, {}};
  TaskOrder order_;
};

const Error kUnanswered = make_error(ErrorKind::kTimeout, "request-timeout", "the test's broker does not answer");
const Error kRefused = make_error(ErrorKind::kUnavailable, "broker-refused", "the test's broker is full");

// Sets the dispatcher's time by hand.
class Hands final : public Clock {
 public:
  Time now() const override { return Time{now_ms}; }
  std::atomic<std::int64_t> now_ms{1'000'000};
};

TEST(DispatcherCounts, FollowWhatComesAndGoes) {
  Hands clock;
  ScriptedBroker broker;
  Reports reports;
  Dispatcher dispatcher(broker, clock, reports, {}, Drive::kTurns);
  dispatcher.turn();
  ASSERT_TRUE(dispatcher.prepared());
  std::vector<TaskOrder> orders(3);
  for (std::size_t i = 0; i < orders.size(); ++i) {
    orders[i].act.task = i == 2 ? "shop.other" : "shop.first";
    orders[i].act.key = "key" + std::to_string(i);
    orders[i].act.since = Time{100 + static_cast<std::int64_t>(i)};
  }
  using Waiting = std::map<std::string, std::pair<std::uint64_t, Time>>;
  dispatcher.dispatch(orders);
  EXPECT_EQ(dispatcher.waiting(), (Waiting{{"shop.first", {2, Time{100}}}, {"shop.other", {1, Time{102}}}}));
  EXPECT_EQ(dispatcher.stats().unacknowledged, 3U);
  ASSERT_TRUE(broker.answer(std::uint64_t{7}));
  ASSERT_TRUE(broker.answer(fail(kUnanswered)));
  EXPECT_EQ(dispatcher.stats().unacknowledged, 2U);
  dispatcher.dispatch({orders[0]});
  EXPECT_EQ(dispatcher.stats().unacknowledged, 3U) << "it goes out again";
  EXPECT_EQ(dispatcher.waiting().at("shop.first").first, 2U);
  dispatcher.end(orders[0].act, false);
  dispatcher.end(orders[2].act, false);
  EXPECT_EQ(dispatcher.waiting(), (Waiting{{"shop.first", {1, Time{101}}}}));
  dispatcher.dispatch({orders[0]});
  dispatcher.end(orders[0].act, false);
  EXPECT_EQ(dispatcher.waiting(), (Waiting{{"shop.first", {1, Time{100}}}})) << "looked for half a second ago at most";
  clock.now_ms += Dispatcher::kOldestEvery.count();
  EXPECT_EQ(dispatcher.waiting(), (Waiting{{"shop.first", {1, Time{101}}}}));
  dispatcher.adopt(orders[2], 9);
  EXPECT_EQ(dispatcher.stats().unacknowledged, 1U);
  EXPECT_EQ(dispatcher.stats().waiting, 2U);
}

TEST_F(DispatcherTest, ARefusedPublishIsTriedAgainWithoutBotheringTheSaga) {
  dispatcher_.dispatch({order_});
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(broker_.answer(fail(kRefused)));
  ASSERT_TRUE(broker_.answer(std::uint64_t{7}));
  EXPECT_EQ(reports_.acknowledged_count, 1);
  EXPECT_EQ(reports_.lost_count, 0);
  EXPECT_EQ(dispatcher_.stats().refused, 3U);
}

TEST_F(DispatcherTest, AnUnansweredPublishIsReportedAndAwaitsItsOrder) {
  dispatcher_.dispatch({order_});
  ASSERT_TRUE(broker_.answer(fail(kUnanswered)));
  ASSERT_TRUE(eventually([&] { return reports_.lost_count == 1; }));
  dispatcher_.change(order_);
  ASSERT_TRUE(broker_.answer(std::uint64_t{7}));
  EXPECT_EQ(reports_.acknowledged_count, 1);
}

TEST_F(DispatcherTest, WhatWasRefusedAndIsCancelledWasNeverOut) {
  dispatcher_.dispatch({order_});
  broker_.connect(false);
  ASSERT_TRUE(broker_.answer(fail(kRefused)));
  dispatcher_.change(cancelling());
  broker_.connect(true);
  EXPECT_TRUE(eventually([&] { return reports_.withdrawn_count == 1; }));
}

TEST_F(DispatcherTest, WhatMayHaveArrivedIsNeverCalledWithdrawn) {
  dispatcher_.dispatch({order_});
  ASSERT_TRUE(broker_.answer(fail(kUnanswered)));
  ASSERT_TRUE(eventually([&] { return reports_.lost_count == 1; }));
  broker_.connect(false);
  dispatcher_.change(order_);  // the same message again, but the broker is away
  dispatcher_.change(cancelling());
  broker_.connect(true);
  ASSERT_TRUE(eventually([&] { return broker_.cancels() == 1; }));
  // Another attempt that is withdrawn behind it proves that the turn is over.
  TaskOrder other = cancelling();
  other.act.key = "other";
  broker_.connect(false);
  dispatcher_.dispatch({other});
  broker_.connect(true);
  ASSERT_TRUE(eventually([&] { return reports_.withdrawn_count >= 1; }));
  EXPECT_EQ(reports_.withdrawn_count, 1) << "the first may have been done";
}

TEST_F(DispatcherTest, AnAttemptOfBeforeARestartIsNeverCalledWithdrawn) {
  broker_.connect(false);
  dispatcher_.expect(order_);
  dispatcher_.change(cancelling());
  broker_.connect(true);
  ASSERT_TRUE(eventually([&] { return broker_.cancels() == 1; }));
  EXPECT_EQ(reports_.withdrawn_count, 0);
}

TEST_F(DispatcherTest, AnAttemptOfBeforeTheBrokerWasAwayIsNeverCalledWithdrawn) {
  dispatcher_.dispatch({order_});
  ASSERT_TRUE(broker_.answer(std::uint64_t{7}));
  EXPECT_FALSE(dispatcher_.may_be_redelivered("key", 1));
  broker_.connect(false);
  EXPECT_TRUE(dispatcher_.may_be_redelivered("key", 1));
  dispatcher_.change(cancelling());
  broker_.connect(true);
  ASSERT_TRUE(eventually([&] { return broker_.cancels() == 1; }));
  EXPECT_TRUE(eventually([&] { return broker_.withdrawn() == std::vector<std::uint64_t>{7}; }));
  // Another attempt that is withdrawn behind it proves that the turn is over.
  TaskOrder other = order_;
  other.act.key = "other";
  ASSERT_TRUE(eventually([&] { return dispatcher_.prepared(); }));
  dispatcher_.dispatch({other});
  ASSERT_TRUE(broker_.answer(std::uint64_t{8}));
  other.act.cancelling = true;
  dispatcher_.change(other);
  ASSERT_TRUE(eventually([&] { return reports_.withdrawn_count >= 1; }));
  EXPECT_EQ(reports_.withdrawn_count, 1) << "the broker may have forgotten that it handed out the first";
}

TEST_F(DispatcherTest, AnAttemptOfAnEngineBeforeMayBeRedelivered) {
  dispatcher_.adopt(order_, 7);
  EXPECT_TRUE(dispatcher_.may_be_redelivered("key", 1));
  EXPECT_TRUE(dispatcher_.may_be_redelivered("unknown", 1));
}

// Without a thread, and with a clock that the test sets.
class Reconciling : public ::testing::Test {
 protected:
  Reconciling() {
    order_.act.task = "shop.first";
    order_.act.key = "key";
    order_.act.attempt = 1;
    order_.act.dispatch = 1;
  }

  SetClock clock_;
  ScriptedBroker broker_;
  Reports reports_;
  TaskOrder order_;
};

TEST_F(Reconciling, HardCase30_AQueueThatWasRolledBackBehindTheLastNoteIsNoticed) {
  // The note is older than the acknowledgement that stands in the pending row.
  Dispatcher dispatcher(broker_, clock_, reports_, {"today", 5}, Drive::kTurns);
  dispatcher.adopt(order_, 9);
  broker_.set_stream(7, {});
  dispatcher.turn();
  EXPECT_EQ(reports_.lost_count, 1);
  EXPECT_EQ(dispatcher.stats().epochs, 1U);
}

TEST_F(Reconciling, HardCase30_AMessageThatItsConsumerWillNeverHandOutIsSentAgain) {
  Dispatcher dispatcher(broker_, clock_, reports_, {"today", 9}, Drive::kTurns);
  dispatcher.adopt(order_, 9);
  broker_.set_stream(12, {12, 1});
  look(dispatcher, clock_, 4);
  EXPECT_EQ(reports_.lost_count, 0) << "a worker may have it in hand";
  broker_.set_stream(12, {12, 0});
  look(dispatcher, clock_, 3);
  EXPECT_EQ(reports_.lost_count, 1) << "it lies in the queue, the consumer is past it, and nobody has it";
}

TEST_F(Reconciling, AMessageThatWaitsForItsWorkerIsLeftAlone) {
  Dispatcher dispatcher(broker_, clock_, reports_, {"today", 9}, Drive::kTurns);
  dispatcher.adopt(order_, 9);
  broker_.set_stream(12, {8, 0});
  look(dispatcher, clock_, 5);
  EXPECT_EQ(reports_.lost_count, 0);
  broker_.set_present(false);
  look(dispatcher, clock_, 3);
  EXPECT_EQ(reports_.lost_count, 1) << "now it is gone, and no result has come";
}

TEST_F(Reconciling, WhatIsGoneIsNotLostWhileItsResultMayBeAmongThoseThatAreNotTaken) {
  Dispatcher dispatcher(broker_, clock_, reports_, {"today", 9}, Drive::kTurns);
  dispatcher.adopt(order_, 9);
  broker_.set_stream(12, {12, 0});
  broker_.set_present(false);
  broker_.set_results({7, 6});
  look(dispatcher, clock_, 4);
  EXPECT_EQ(reports_.lost_count, 0);
  broker_.answers = false;
  look(dispatcher, clock_, 2);
  EXPECT_EQ(reports_.lost_count, 0);
  broker_.answers = true;
  broker_.set_results({90, 7});
  look(dispatcher, clock_, 1);
  EXPECT_EQ(reports_.lost_count, 1) << "those that have come since are not its";
}

TEST_F(Reconciling, NothingIsPublishedBeforeTheBrokerWasLookedAt) {
  Dispatcher dispatcher(broker_, clock_, reports_, {"today", 9}, Drive::kTurns);
  broker_.set_stream(3, {});
  dispatcher.dispatch({order_});
  EXPECT_EQ(dispatcher.stats().published, 0U);
  dispatcher.turn();
  EXPECT_EQ(dispatcher.stats().epochs, 1U);
  EXPECT_EQ(dispatcher.stats().published, 1U);
}

TEST_F(Reconciling, TheNoteOfANewStreamComesBehindWhatIsLost) {
  Dispatcher dispatcher(broker_, clock_, reports_, {"yesterday", 9}, Drive::kTurns);
  dispatcher.adopt(order_, 9);
  look(dispatcher, clock_, 2);
  ASSERT_EQ(reports_.lost_count, 1);
  ASSERT_EQ(reports_.notes.size(), 1U);
  EXPECT_EQ(reports_.notes.back().created, "yesterday") << "an engine that dies now must find it begun anew again";
  EXPECT_EQ(reports_.notes.back().unnoted_from, 0U) << "and what is published from now on";
  TaskOrder again = order_;
  again.act.dispatch = 2;
  dispatcher.change(again);
  look(dispatcher, clock_, 1);
  EXPECT_EQ(reports_.notes.back().created, "today");
}

TEST_F(Reconciling, EveryAttemptHasItsTurnToBeLookedFor) {
  constexpr std::size_t kAll = Dispatcher::kMaxGoneChecks * 2 + 10;
  Dispatcher dispatcher(broker_, clock_, reports_, {"today", 0}, Drive::kTurns);
  for (std::size_t i = 0; i < kAll; ++i) {
    order_.act.key = "key-" + std::to_string(i);
    dispatcher.adopt(order_, i + 1);
  }
  broker_.set_gone(order_.act.key);
  broker_.set_stream(kAll, {});
  look(dispatcher, clock_, 4);
  EXPECT_EQ(broker_.asked(), kAll);
  look(dispatcher, clock_, 4);
  EXPECT_EQ(reports_.lost_count, 1) << "the one that is gone, and no other";
}

TEST_F(Reconciling, WhatIsAcknowledgedWhileTheBrokerAnswersIsNoRollback) {
  Dispatcher dispatcher(broker_, clock_, reports_, {"today", 9}, Drive::kTurns);
  broker_.set_stream(9, {});
  dispatcher.turn();
  dispatcher.dispatch({order_});
  broker_.while_answering = [&] {
    broker_.while_answering = {};
    ASSERT_TRUE(broker_.answer(std::uint64_t{10}));
  };
  look(dispatcher, clock_, 1);
  EXPECT_EQ(dispatcher.stats().epochs, 0U);
  EXPECT_EQ(reports_.lost_count, 0);
}

TEST_F(Reconciling, ABrokerThatGoesAndComesBackWhileItIsPreparedIsPreparedAgain) {
  Dispatcher dispatcher(broker_, clock_, reports_, {"today", 9}, Drive::kTurns);
  broker_.set_stream(9, {});
  dispatcher.dispatch({order_});
  broker_.while_preparing = [&] {
    broker_.connect(false);
    broker_.connect(true);
  };
  dispatcher.turn();
  EXPECT_FALSE(dispatcher.prepared()) << "it may be another";
  EXPECT_EQ(dispatcher.stats().published, 0U);
  dispatcher.turn();
  EXPECT_TRUE(dispatcher.prepared());
  EXPECT_EQ(dispatcher.stats().published, 1U);
}

TEST_F(Reconciling, WhatAClosedAttemptLeavesInTheQueueIsTakenOut) {
  Dispatcher dispatcher(broker_, clock_, reports_, {"today", 9}, Drive::kTurns);
  dispatcher.adopt(order_, 9);
  broker_.set_stream(9, {});
  dispatcher.turn();
  dispatcher.end(order_.act, true);
  dispatcher.turn();
  EXPECT_EQ(broker_.withdrawn(), std::vector<std::uint64_t>{9});
}

TEST_F(Reconciling, PlacesInALostStreamAreNotTakenOutOfTheNewOne) {
  Dispatcher dispatcher(broker_, clock_, reports_, {"today", 9}, Drive::kTurns);
  dispatcher.adopt(order_, 9);
  broker_.set_stream(9, {});
  dispatcher.turn();
  dispatcher.end(order_.act, true);
  broker_.set_stream(2, {});  // begun anew: others' messages will lie at its ninth place
  look(dispatcher, clock_, 2);
  EXPECT_EQ(dispatcher.stats().epochs, 1U);
  EXPECT_EQ(broker_.withdrawn(), std::vector<std::uint64_t>{});
}

TEST_F(Reconciling, ACancelledAttemptTakesOutNoMessageButItsOwn) {
  Dispatcher dispatcher(broker_, clock_, reports_, {"today", 9}, Drive::kTurns);
  dispatcher.adopt(order_, 9);
  broker_.set_stream(9, {});
  broker_.set_present(false);  // another's lies in its place
  TaskOrder cancelled = order_;
  cancelled.act.cancelling = true;
  dispatcher.change(cancelled);
  dispatcher.turn();
  EXPECT_EQ(broker_.cancels(), 1);
  EXPECT_EQ(broker_.withdrawn(), std::vector<std::uint64_t>{});
  EXPECT_EQ(reports_.withdrawn_count, 0) << "a worker may have it";

  order_.act.key = "another";
  dispatcher.dispatch({order_});
  ASSERT_TRUE(broker_.answer(std::uint64_t{10}));
  broker_.set_present(true);
  cancelled = order_;
  cancelled.act.cancelling = true;
  dispatcher.change(cancelled);
  dispatcher.turn();
  EXPECT_EQ(broker_.withdrawn(), std::vector<std::uint64_t>{10});
  EXPECT_EQ(reports_.withdrawn_count, 1);
}

}  // namespace
}  // namespace skald::runtime
