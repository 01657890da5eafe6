#include "engine/bus/stream_publisher.h"

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "tests/bus/nats_fixture.h"

namespace skald::bus {
namespace {

using testing::eventually;
using testing::NatsServer;

constexpr Millis kTimeout{10'000};

class StreamPublisherTest : public ::testing::Test {
 protected:
  StreamPublisherTest() : connection_(testing::connect(server_)), other_(testing::connect(server_)) {
    EXPECT_TRUE(eventually([this] {
      return jetstream_
          .ensure_stream({{"name", "S"}, {"subjects", {"s.>"}}, {"storage", "file"}, {"retention", "limits"}})
          .has_value();
    }));
    // What the broker answers is heard by others too.
    answers_ = other_->subscribe("_INBOX.skald.>", [this](const Message& message) {
      acks_ += message.data.find("\"stream\":\"S\"") != std::string::npos ? 1 : 0;
    });
    EXPECT_TRUE(eventually([this] { return JetStream(*other_).stream("S").has_value(); }))
        << "and with it the interest";
  }

  void publish(const std::string& id, Pace pace) {
    publisher_.publish({"s.one", "", "body of " + id, {{"Nats-Msg-Id", id}}}, pace,
                       [this, id](const Result<std::uint64_t>& seq) { told(id, seq); });
  }
  void told(const std::string& id, const Result<std::uint64_t>& seq) {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(seqs_.count(id), 0U) << id << " is told twice";
    seqs_[id] = seq ? *seq : 0;
    if (!seq) errors_[id] = seq.error().code;
  }
  std::size_t known() {
    const std::lock_guard lock(mutex_);
    return seqs_.size();
  }
  // Each has the sequence at which the stream has it.
  void expect_each_is_there() {
    for (const auto& [id, seq] : seqs_) {
      const auto there = jetstream_.header_at("S", seq, "Nats-Msg-Id");
      ASSERT_TRUE(there && *there) << id << " at " << seq;
      EXPECT_EQ(**there, id);
    }
  }
  std::uint64_t messages() { return (*jetstream_.stream("S"))->messages; }

  NatsServer server_;
  std::unique_ptr<Connection> connection_, other_;
  JetStream jetstream_{*connection_};
  std::atomic<int> acks_{0};
  std::unique_ptr<Subscription> answers_;
  std::mutex mutex_;
  std::map<std::string, std::uint64_t> seqs_;
  std::map<std::string, std::string> errors_;
  StreamPublisher publisher_{*connection_, jetstream_, kTimeout};
};

TEST_F(StreamPublisherTest, OneAcknowledgementStandsForThoseBeforeIt) {
  publish("first", Pace::kNow);
  ASSERT_TRUE(eventually([this] { return known() == 1; }));
  for (int i = 0; i < 99; ++i) publish("m" + std::to_string(i), Pace::kSoon);
  publish("last", Pace::kNow);
  ASSERT_TRUE(eventually([this] { return known() == 101; }));
  expect_each_is_there();
  EXPECT_EQ(messages(), 101U);
  EXPECT_EQ(acks_, 2);
}

TEST_F(StreamPublisherTest, WhereNothingIsKnownEachIsAcknowledged) {
  for (int i = 0; i < 10; ++i) publish("m" + std::to_string(i), Pace::kSoon);
  publisher_.flush();
  ASSERT_TRUE(eventually([this] { return known() == 10; }));
  expect_each_is_there();
  EXPECT_EQ(acks_, 10);
  publisher_.reset();
  for (int i = 10; i < 15; ++i) publish("m" + std::to_string(i), Pace::kSoon);
  publisher_.flush();
  ASSERT_TRUE(eventually([this] { return known() == 15; }));
  expect_each_is_there();
  EXPECT_EQ(acks_, 15);
}

// Somebody else's message, where nobody else's should be.
TEST_F(StreamPublisherTest, WhereThereIsAGapEachIsPublishedAgainUnderItsId) {
  publish("first", Pace::kNow);
  ASSERT_TRUE(eventually([this] { return known() == 1; }));
  for (int i = 0; i < 5; ++i) publish("m" + std::to_string(i), Pace::kSoon);
  connection_->flush();
  ASSERT_TRUE(eventually([this] { return messages() == 6; }));
  ASSERT_TRUE(JetStream(*other_).publish({"s.two", "", "", {}}, kTimeout));
  publish("last", Pace::kNow);
  ASSERT_TRUE(eventually([this] { return known() == 7; }));
  expect_each_is_there();
  EXPECT_EQ(messages(), 8U) << "none is there twice";

  for (int i = 5; i < 10; ++i) publish("m" + std::to_string(i), Pace::kSoon);
  publish("at last", Pace::kNow);
  ASSERT_TRUE(eventually([this] { return known() == 13; })) << "and so it goes on";
  expect_each_is_there();
  EXPECT_EQ(messages(), 14U);
}

TEST_F(StreamPublisherTest, WhatTheBrokerHasAlreadyHasItsFirstSequence) {
  publish("first", Pace::kNow);
  ASSERT_TRUE(eventually([this] { return known() == 1; }));
  const std::uint64_t seq = seqs_.at("first");
  seqs_.clear();
  publish("second", Pace::kSoon);
  publish("first", Pace::kSoon);
  publish("third", Pace::kSoon);
  publish("fourth", Pace::kNow);
  ASSERT_TRUE(eventually([this] { return known() == 4; }));
  EXPECT_EQ(seqs_.at("first"), seq);
  expect_each_is_there();
  seqs_.clear();
  publish("second", Pace::kNow);
  ASSERT_TRUE(eventually([this] { return known() == 1; }));
  publish("fifth", Pace::kSoon);
  publish("sixth", Pace::kNow);
  ASSERT_TRUE(eventually([this] { return known() == 3; }));
  expect_each_is_there();
  EXPECT_EQ(messages(), 6U);
}

TEST_F(StreamPublisherTest, WhatNothingFollowsIsAcknowledgedBehindAFlush) {
  publish("first", Pace::kNow);
  ASSERT_TRUE(eventually([this] { return known() == 1; }));
  for (int i = 0; i < 5; ++i) publish("m" + std::to_string(i), Pace::kSoon);
  publisher_.flush();
  ASSERT_TRUE(eventually([this] { return known() == 6; }));
  expect_each_is_there();
  EXPECT_EQ(messages(), 6U);
}

TEST_F(StreamPublisherTest, OfALostConnectionAllAreToldAndNoneTwice) {
  publish("first", Pace::kNow);
  ASSERT_TRUE(eventually([this] { return known() == 1; }));
  server_.pause();
  for (int i = 0; i < 5; ++i) publish("m" + std::to_string(i), Pace::kSoon);
  publish("last", Pace::kNow);
  for (int i = 5; i < 10; ++i) publish("m" + std::to_string(i), Pace::kSoon);
  server_.kill();
  ASSERT_TRUE(eventually([this] { return known() >= 7; }));
  publisher_.flush();
  ASSERT_TRUE(eventually([this] { return known() == 12; }));
  for (const auto& [id, code] : errors_) EXPECT_EQ(code, "disconnected") << id;
  EXPECT_EQ(errors_.size(), 11U);
}

TEST_F(StreamPublisherTest, WhatTheBrokerWouldNotTakeIsSaidOfItAlone) {
  publish("first", Pace::kNow);
  ASSERT_TRUE(eventually([this] { return known() == 1; }));
  publish("before", Pace::kSoon);
  publisher_.publish({"s.one", "", std::string(2'000'000, 'x'), {{"Nats-Msg-Id", "large"}}}, Pace::kSoon,
                     [this](const Result<std::uint64_t>& seq) { told("large", seq); });
  publish("behind", Pace::kNow);
  ASSERT_TRUE(eventually([this] { return known() == 4; }));
  EXPECT_EQ(errors_, (std::map<std::string, std::string>{{"large", "too-large"}}));
  seqs_.erase("large");
  expect_each_is_there();
  EXPECT_EQ(messages(), 3U);
}

TEST_F(StreamPublisherTest, ManyThreadsPublishAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < kEach; ++i) {
        publish(std::to_string(t) + "." + std::to_string(i), i % 7 == 6 ? Pace::kNow : Pace::kSoon);
      }
      publisher_.flush();
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(eventually([this] { return known() == kThreads * kEach; }));
  EXPECT_TRUE(errors_.empty());
  expect_each_is_there();
  EXPECT_EQ(messages(), std::uint64_t{kThreads * kEach});
}

}  // namespace
}  // namespace skald::bus
