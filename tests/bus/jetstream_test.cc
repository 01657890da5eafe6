#include "engine/bus/jetstream.h"

#include <atomic>
#include <future>
#include <mutex>
#include <set>

#include "engine/bus/pull.h"
#include "tests/bus/nats_fixture.h"

namespace skald::bus {
namespace {

using testing::eventually;
using testing::NatsServer;

Value work_queue() {
  return {{"name", "WORK"},    {"subjects", {"work.>"}}, {"retention", "workqueue"},           {"storage", "file"},
          {"num_replicas", 1}, {"discard", "old"},       {"duplicate_window", 120'000'000'000}};
}

Value worker(const std::string& name, const std::string& subject) {
  return {{"durable_name", name},      {"filter_subject", subject}, {"ack_policy", "explicit"},
          {"ack_wait", 2'000'000'000}, {"max_deliver", -1},         {"deliver_policy", "all"}};
}

class JetStreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const Status made = jetstream_.ensure_stream(work_queue());
    ASSERT_TRUE(made) << made.error().message;
  }
  std::uint64_t put(const std::string& data, const std::string& id = "") {
    Message message{"work.a", "", data, {}};
    if (!id.empty()) message.headers.emplace_back("Nats-Msg-Id", id);
    const auto seq = jetstream_.publish(message, Millis(3'000));
    EXPECT_TRUE(seq) << seq.error().message;
    return seq.value_or(0);
  }
  // Takes messages into `taken_` and acknowledges them.
  PullSubscription::Options options() {
    PullSubscription::Options options;
    options.stream = "WORK";
    options.consumer = "a";
    options.ensure = [this]() -> Status {
      SKALD_TRY(jetstream_.ensure_stream(work_queue()));
      return jetstream_.ensure_consumer("WORK", worker("a", "work.a"));
    };
    options.room = [] { return 4; };
    options.take = [this](const Message& message) {
      EXPECT_TRUE(acknowledge(*connection_, message.reply));
      const std::lock_guard lock(mutex_);
      taken_.insert(message.data);
    };
    return options;
  }
  std::unique_ptr<PullSubscription> pull() { return std::make_unique<PullSubscription>(*connection_, options()); }
  std::size_t taken() {
    const std::lock_guard lock(mutex_);
    return taken_.size();
  }

  NatsServer server_;
  std::unique_ptr<Connection> connection_ = testing::connect(server_);
  JetStream jetstream_{*connection_};
  std::mutex mutex_;
  std::multiset<std::string> taken_;
};

TEST_F(JetStreamTest, PublishesAnswerWithTheStreamsSequence) {
  EXPECT_EQ(put("one"), 1U);
  EXPECT_EQ(put("two", "id"), 2U);
  EXPECT_EQ(put("again", "id"), 2U) << "the same message id is kept once";
  const auto info = jetstream_.stream("WORK");
  ASSERT_TRUE(info && *info);
  EXPECT_EQ((*info)->messages, 2U);
  EXPECT_EQ((*info)->last_seq, 2U);
  EXPECT_FALSE((*info)->created.empty());
}

TEST_F(JetStreamTest, WhatIsNotThereIsNone) {
  EXPECT_EQ(jetstream_.stream("NONE")->has_value(), false);
  EXPECT_EQ(jetstream_.consumer("WORK", "none")->has_value(), false);
  EXPECT_EQ(jetstream_.last("WORK", "work.a")->has_value(), false);
  EXPECT_FALSE(*jetstream_.header_at("WORK", 1, "Nats-Msg-Id"));
  EXPECT_EQ(*jetstream_.delete_consumer("WORK", "none"), false);
  EXPECT_EQ(*jetstream_.delete_message("WORK", 1), false);
  const auto lost = jetstream_.publish({"nobodys", "", "", {}}, Millis(1'000));
  ASSERT_FALSE(lost);
}

TEST_F(JetStreamTest, AStreamThatExistsStaysAsItIs) {
  put("one");
  Value other = work_queue();
  other["retention"] = "limits";
  EXPECT_TRUE(jetstream_.ensure_stream(other));
  EXPECT_EQ((*jetstream_.stream("WORK"))->messages, 1U);
}

TEST_F(JetStreamTest, OldMessagesCanBePurged) {
  for (int i = 0; i < 5; ++i) put("x");
  ASSERT_TRUE(jetstream_.purge_before("WORK", 4));
  EXPECT_EQ((*jetstream_.stream("WORK"))->messages, 2U);
}

TEST_F(JetStreamTest, MessagesCanBeWithdrawn) {
  const std::uint64_t seq = put("one", "first");
  EXPECT_EQ(*jetstream_.header_at("WORK", seq, "Nats-Msg-Id"), "first");
  EXPECT_EQ(*jetstream_.header_at("WORK", seq, "Nats-Other"), "");
  EXPECT_EQ(*jetstream_.delete_message("WORK", seq), true);
  EXPECT_FALSE(*jetstream_.header_at("WORK", seq, "Nats-Msg-Id"));
  EXPECT_EQ(*jetstream_.delete_message("WORK", seq), false);
  const std::uint64_t behind = put("two");
  EXPECT_EQ(*jetstream_.delete_message("WORK", seq), false);
  EXPECT_EQ(*jetstream_.delete_message("WORK", behind), true);
}

TEST_F(JetStreamTest, CompareAndSetLetsOneWin) {
  const auto claim = [this](const std::string& expected) {
    Message message{"work.claim", "", "me", {{"Nats-Expected-Last-Subject-Sequence", expected}}};
    return jetstream_.publish(message, Millis(3'000));
  };
  ASSERT_TRUE(claim("0"));
  EXPECT_FALSE(claim("0"));
  const auto last = jetstream_.last("WORK", "work.claim");
  ASSERT_TRUE(last && *last);
  EXPECT_EQ((*last)->seq, 1U);
  EXPECT_EQ((*last)->data, "me");
}

TEST_F(JetStreamTest, APullHandsOutEverythingOnce) {
  const auto subscription = pull();
  for (int i = 0; i < 50; ++i) put(std::to_string(i));
  ASSERT_TRUE(eventually([&] { return taken() == 50; }));
  ASSERT_TRUE(eventually([&] { return (*jetstream_.stream("WORK"))->messages == 0; }));
  const auto info = jetstream_.consumer("WORK", "a");
  ASSERT_TRUE(info && *info);
  EXPECT_EQ((*info)->delivered_seq, 50U);
  EXPECT_EQ(*jetstream_.consumers("WORK"), std::vector<std::string>{"a"});
}

TEST_F(JetStreamTest, APullGoesOnAfterTheServerWasKilled) {
  const auto subscription = pull();
  put("before");
  ASSERT_TRUE(eventually([&] { return taken() >= 1; }));
  connection_->on_change([&](bool up) {
    if (up) subscription->reset();
  });
  server_.kill();
  server_.start();
  ASSERT_TRUE(eventually([&] { return connection_->connected(); }));
  ASSERT_TRUE(eventually([&] { return jetstream_.publish({"work.a", "", "after", {}}, Millis(1'000)).has_value(); }));
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex_);
    return taken_.count("after") >= 1;
  }));
  connection_->on_change({});
}

TEST_F(JetStreamTest, APullMakesADeletedConsumerAnew) {
  const auto subscription = pull();
  put("before");
  ASSERT_TRUE(eventually([&] { return taken() == 1; }));
  ASSERT_TRUE(*jetstream_.delete_consumer("WORK", "a"));
  put("after");
  // "before" may come once more: its acknowledgement was on its way when the consumer went.
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex_);
    return taken_.count("after") == 1;
  }));
}

TEST_F(JetStreamTest, APullMakesAConsumerAnewThatWasDeletedWhileNothingWasAsked) {
  std::atomic<std::size_t> room{0};
  std::atomic<bool> looked{false};
  PullSubscription::Options options = this->options();
  options.room = [&]() -> std::size_t {
    looked = true;
    return room;
  };
  PullSubscription subscription(*connection_, std::move(options));
  ASSERT_TRUE(eventually([&] { return looked.load(); }));
  ASSERT_TRUE(*jetstream_.delete_consumer("WORK", "a"));
  put("one");
  room = 4;
  subscription.wake();
  EXPECT_TRUE(eventually([&] { return taken() == 1; }, Millis(60'000)));
}

TEST_F(JetStreamTest, AResetWhileTheConsumerIsBeingMadeIsNotLost) {
  std::promise<PullSubscription*> made;
  bool first = true;
  PullSubscription::Options options = this->options();
  options.ensure = [&]() -> Status {
    SKALD_TRY(jetstream_.ensure_consumer("WORK", worker("a", "work.a")));
    if (!first) return {};
    first = false;
    // As at a connect: it is deleted for another, and the subscription told.
    SKALD_TRY(jetstream_.delete_consumer("WORK", "a"));
    made.get_future().get()->reset();
    return {};
  };
  PullSubscription subscription(*connection_, std::move(options));
  made.set_value(&subscription);
  put("one");
  EXPECT_TRUE(eventually([&] { return taken() == 1; }, PullSubscription::kExpires));
}

// A thousand idle workers of a type, of which a consumer holds the requests of 512, must not press the broker.
TEST_F(JetStreamTest, WhoIsRefusedBecauseTooManyWaitAsksLessAndLess) {
  Value narrow = worker("a", "work.a");
  narrow["max_waiting"] = 1;
  ASSERT_TRUE(jetstream_.ensure_consumer("WORK", narrow));
  std::atomic<int> asked{0};
  PullSubscription::Options options = this->options();
  options.ensure = [] { return Status(); };
  options.room = [&asked] {
    ++asked;
    return 4;
  };
  const auto start = std::chrono::steady_clock::now();
  const PullSubscription one(*connection_, options);
  const PullSubscription other(*connection_, options);
  ASSERT_TRUE(eventually([&] { return asked >= 6; }, Millis(60'000)));  // one waits, the other was refused five times
  EXPECT_GT(std::chrono::steady_clock::now() - start, 10 * PullSubscription::kRetryEvery);
  put("one");
  EXPECT_TRUE(eventually([&] { return taken() == 1; }));
}

TEST_F(JetStreamTest, WhatIsHandedBackComesAgain) {
  ASSERT_TRUE(jetstream_.ensure_consumer("WORK", worker("a", "work.a")));
  put("one");
  std::atomic<std::uint32_t> deliveries{0};
  PullSubscription::Options options;
  options.stream = "WORK";
  options.consumer = "a";
  options.ensure = [] { return Status(); };
  options.room = [] { return 1; };
  options.take = [&](const Message& message) {
    const auto info = delivery_info(message.reply);
    ASSERT_TRUE(info);
    EXPECT_EQ(info->stream_seq, 1U);
    deliveries = info->deliveries;
    if (info->deliveries < 3) {
      EXPECT_TRUE(hand_back(*connection_, message.reply, Millis(10)));
    } else {
      EXPECT_TRUE(acknowledge(*connection_, message.reply));
    }
  };
  const PullSubscription subscription(*connection_, std::move(options));
  EXPECT_TRUE(eventually([&] { return deliveries == 3; }));
}

TEST(DeliveryInfo, ReadsBothFormsOfTheReplySubject) {
  const auto old_form = delivery_info("$JS.ACK.WORK.a.2.17.5.1700000000000000000.0");
  ASSERT_TRUE(old_form);
  EXPECT_EQ(old_form->deliveries, 2U);
  EXPECT_EQ(old_form->stream_seq, 17U);
  const auto new_form = delivery_info("$JS.ACK._.hash.WORK.a.2.17.5.1700000000000000000.0.rnd");
  ASSERT_TRUE(new_form);
  EXPECT_EQ(new_form->stream_seq, 17U);
  for (const char* bad : {"", "$JS.ACK", "a.b.c.d.e.f.g.h.i", "$JS.ACK.WORK.a.x.17.5.1.0"}) {
    EXPECT_FALSE(delivery_info(bad)) << bad;
  }
}

}  // namespace
}  // namespace skald::bus
