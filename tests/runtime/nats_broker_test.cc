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
    broker_->publish_task(order, [&done](Result<std::uint64_t> seq) { done.set_value(std::move(seq)); });
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
