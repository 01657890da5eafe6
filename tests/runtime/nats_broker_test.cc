// What the runtime asks of the broker that users run.

#include "engine/runtime/nats_broker.h"

#include <gtest/gtest.h>

#include <future>

#include "tests/bus/nats_fixture.h"

namespace skald::runtime {
namespace {

using skald::testing::eventually;

class NatsBrokerTest : public ::testing::Test {
 protected:
  NatsBrokerTest() {
    NatsBroker::Options options;
    options.url = server_.url();
    options.store_id = "store";
    options.secret = std::string(32, 's');
    broker_ = std::move(*NatsBroker::open(options));
    EXPECT_TRUE(eventually([&] { return broker_->connected() && broker_->prepare().has_value(); }));
  }
  static TaskOrder order(const std::string& key) {
    TaskOrder order;
    order.run = make_run_id(Time{1'700'000'000'000}, 3, 7);
    order.saga = *parse_saga_id("one");
    order.act.task = "shop.first";
    order.act.key = key;
    order.act.attempt = 1;
    order.act.dispatch = 1;
    order.act.input = Payload(Value::object());
    return order;
  }
  Result<std::uint64_t> publish(const TaskOrder& order) {
    std::promise<Result<std::uint64_t>> done;
    broker_->publish_tasks({&order}, [&done](Result<std::uint64_t> seq) { done.set_value(std::move(seq)); });
    return done.get_future().get();
  }

  skald::testing::NatsServer server_;
  std::unique_ptr<NatsBroker> broker_;
};

TEST_F(NatsBrokerTest, AMessageInThePlaceOfAnotherIsNotTakenForIt) {
  const auto mine = publish(order("mine"));
  const auto others = publish(order("others"));
  ASSERT_TRUE(mine && others);
  TaskOrder dispatched_again = order("mine");
  dispatched_again.act.dispatch = 2;
  EXPECT_EQ(*broker_->present(order("mine"), *mine), true);
  EXPECT_EQ(*broker_->present(order("mine"), *others), false);
  EXPECT_EQ(*broker_->present(dispatched_again, *mine), false);
  EXPECT_EQ(*broker_->present(order("gone"), *others + 1), false);
}

TEST_F(NatsBrokerTest, WhatIsWithdrawnIsGone) {
  const auto mine = publish(order("mine"));
  ASSERT_TRUE(mine);
  EXPECT_EQ(*broker_->withdraw(*mine), true);
  EXPECT_EQ(*broker_->withdraw(*mine), false);
  EXPECT_EQ(*broker_->present(order("mine"), *mine), false);
}

TEST_F(NatsBrokerTest, MessagesAreFoundBehindAPlaceAmongOthersAndGaps) {
  std::vector<TaskOrder> orders;
  std::vector<std::uint64_t> places;
  for (int i = 0; i < 100; ++i) {
    orders.push_back(order("key" + std::to_string(i)));
    orders.back().act.task = i % 2 == 0 ? "shop.first" : "shop.second";
    const auto seq = publish(orders.back());
    ASSERT_TRUE(seq);
    places.push_back(*seq);
  }
  for (std::size_t i = 40; i < 80; ++i) {
    if (i % 4 == 3) continue;
    ASSERT_TRUE(*broker_->withdraw(places[i]));
    places[i] = 0;
  }
  const auto of = [&](const std::vector<std::size_t>& which) {
    std::vector<TaskOrder> wanted;
    wanted.reserve(which.size());
    for (const std::size_t i : which) wanted.push_back(orders[i]);
    return wanted;
  };
  const auto found = broker_->find(of({0, 35, 43, 44, 79, 99}), 0);
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found, (std::vector<std::uint64_t>{places[0], places[35], places[43], 0, places[79], places[99]}));
  EXPECT_EQ(*broker_->find(of({20, 34, 35}), places[34]), (std::vector<std::uint64_t>{0, 0, places[35]}));
  EXPECT_EQ(*broker_->find(of({99}), places[99]), std::vector<std::uint64_t>{0});
  orders[99].act.dispatch = 2;
  EXPECT_EQ(*broker_->find(of({99}), 0), std::vector<std::uint64_t>{0});
}

TEST_F(NatsBrokerTest, TasksThatGoTogetherAreFoundInTheirMessage) {
  const auto alone = publish(order("alone"));
  std::promise<Result<std::uint64_t>> done;
  const TaskOrder a = order("a");
  const TaskOrder b = order("b");
  broker_->publish_tasks({&a, &b}, [&done](const Result<std::uint64_t>& seq) { done.set_value(seq); });
  const auto together = done.get_future().get();
  ASSERT_TRUE(alone && together);
  EXPECT_EQ(*broker_->present(order("a"), *together), true);
  EXPECT_EQ(*broker_->present(order("b"), *together), true);
  EXPECT_EQ(*broker_->present(order("alone"), *together), false);
  EXPECT_EQ(*broker_->present(order("a"), *alone), false);
  TaskOrder dispatched_again = order("b");
  dispatched_again.act.dispatch = 2;
  EXPECT_EQ(*broker_->find({order("b"), dispatched_again, order("alone"), order("a")}, 0),
            (std::vector<std::uint64_t>{*together, 0, *alone, *together}));
}

TEST_F(NatsBrokerTest, ResultsAreTakenUpToWhatIsAcknowledged) {
  EXPECT_EQ(broker_->results()->last_seq, 0U);
  const auto connection = *bus::Connection::open({server_.url(), "worker"});
  ASSERT_TRUE(eventually([&] { return connection->connected(); }));
  bus::JetStream jetstream(*connection);
  const auto add = [&] { return *jetstream.publish({"skald.v1.result.0", "", "result", {}}, Millis(5'000)); };
  add();
  EXPECT_EQ(broker_->results()->taken_up_to, 0U) << "nobody has asked for them yet";
  std::mutex mutex;
  std::vector<ResultDelivery> taken;
  const auto have = [&](std::uint64_t seq) {
    return eventually([&] {
      const std::lock_guard lock(mutex);
      return !taken.empty() && taken.back().seq == seq;
    });
  };
  broker_->consume_results([&](ResultDelivery delivery) {
    const std::lock_guard lock(mutex);
    taken.push_back(std::move(delivery));
  });
  add();
  ASSERT_TRUE(have(2));
  EXPECT_EQ(broker_->results()->last_seq, 2U);
  EXPECT_EQ(broker_->results()->taken_up_to, 0U) << "they were handed out and not acknowledged";
  broker_->acknowledge_results(taken[0]);
  EXPECT_TRUE(eventually([&] { return broker_->results()->taken_up_to == 1; }));
  broker_->acknowledge_results(taken[1]);
  EXPECT_TRUE(eventually([&] { return broker_->results()->taken_up_to == 2; }));
  // At every connect the consumer is made anew, and hands out again what is still there.
  ASSERT_TRUE(broker_->prepare());
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return taken.size() == 4;
  }));
  EXPECT_EQ(broker_->results()->taken_up_to, 0U);
  broker_->acknowledge_results(taken.back());
  EXPECT_TRUE(eventually([&] { return broker_->results()->taken_up_to == 2; }));
  const std::uint64_t third = add();
  ASSERT_TRUE(have(third));
  ASSERT_TRUE(jetstream.delete_message("SKALD_RESULTS", third));
  broker_->acknowledge_results(taken.back());
  EXPECT_TRUE(eventually([&] { return broker_->results()->taken_up_to == 3; })) << "what is gone is not awaited";
  broker_->stop();
}

// What is acknowledged goes while others come, and not only when the engine reconciles; what is not stays.
TEST_F(NatsBrokerTest, ResultsThatAreAcknowledgedAreRemovedAsTheyGrow) {
  constexpr std::uint64_t kMessages = 40;
  std::mutex mutex;
  std::vector<ResultDelivery> taken;
  broker_->consume_results([&](ResultDelivery delivery) {
    const std::lock_guard lock(mutex);
    taken.push_back(std::move(delivery));
  });
  const auto connection = *bus::Connection::open({server_.url(), "worker"});
  ASSERT_TRUE(eventually([&] { return connection->connected(); }));
  bus::JetStream jetstream(*connection);
  const std::string body(2 * NatsBroker::kTrimEvery / kMessages, 'r');
  for (std::uint64_t i = 0; i < kMessages; ++i) {
    ASSERT_TRUE(jetstream.publish({"skald.v1.result.0", "", body, {}}, Millis(5'000)));
  }
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return taken.size() == kMessages;
  }));
  broker_->acknowledge_results(taken[kMessages / 2]);
  const std::uint64_t acknowledged = taken[kMessages / 2].seq;
  ASSERT_TRUE(eventually([&] {
    const auto stream = jetstream.stream("SKALD_RESULTS");
    return stream && *stream && (*stream)->first_seq == acknowledged;
  }));
  EXPECT_EQ((*jetstream.stream("SKALD_RESULTS"))->last_seq, taken.back().seq);
  broker_->stop();
}

}  // namespace
}  // namespace skald::runtime
