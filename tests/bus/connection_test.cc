#include "engine/bus/connection.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <vector>

#include "tests/bus/nats_fixture.h"

namespace skald::bus {
namespace {

using testing::eventually;
using testing::NatsServer;

TEST(Connection, DeliversWithHeadersAndAnswersRequests) {
  const NatsServer server;
  const auto one = testing::connect(server);
  const auto other = testing::connect(server);
  auto echo = other->subscribe("echo", [&other](const Message& message) {
    EXPECT_TRUE(other->publish({message.reply, "", message.data + "!", message.headers}));
  });
  Result<Message> answer = fail(ErrorKind::kInternal, "none", "");
  ASSERT_TRUE(eventually([&] {
    answer = one->request({"echo", "", "hello", {{"traceparent", "00-x"}}}, Millis(2'000));
    return answer.has_value();  // the subscription may need a moment to reach the server
  }));
  EXPECT_EQ(answer->data, "hello!");
  EXPECT_EQ(answer->header("traceparent"), "00-x");
  EXPECT_EQ(answer->header("missing"), "");
}

TEST(Connection, SaysWhenNobodyListens) {
  const NatsServer server;
  const auto answer = testing::connect(server)->request({"nobody", "", "", {}}, Millis(2'000));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, "no-responders");
}

TEST(Connection, ARequestThatIsNotAnsweredTimesOut) {
  const NatsServer server;
  const auto connection = testing::connect(server);
  auto silent = connection->subscribe("silent", [](const Message&) {});
  ASSERT_TRUE(eventually([&] {
    const auto answer = connection->request({"silent", "", "", {}}, Millis(50));
    return !answer && answer.error().code == "request-timeout";
  }));
}

TEST(Connection, UnansweredRequestsFailWhenTheServerDies) {
  NatsServer server;
  const auto connection = testing::connect(server);
  auto silent = connection->subscribe("silent", [](const Message&) {});
  std::atomic<bool> failed{false};
  const auto asked = std::chrono::steady_clock::now();
  connection->request({"silent", "", "", {}}, Millis(60'000), [&](const Result<Message>& answer) {
    EXPECT_FALSE(answer);
    failed = true;
  });
  server.kill();
  ASSERT_TRUE(eventually([&] { return failed.load(); }));
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(30));
}

// A thousand requests of both paces: each is answered once, over a server that dies and comes back.
TEST(Connection, AnswersWhatGoesSoonAsWhatGoesNow) {
  NatsServer server;
  const auto opened = Connection::open({server.url(), "test"});
  ASSERT_TRUE(opened) << opened.error().message;
  Connection& connection = **opened;
  const auto other = testing::connect(server);
  auto echo = other->subscribe("echo", [&other](const Message& message) {
    (void)other->publish({message.reply, "", message.data, {}});
  });
  constexpr int kRequests = 1'000;
  const auto ask_all = [&connection](std::atomic<int>& answered, std::atomic<int>& right) {
    for (int i = 0; i < kRequests; ++i) {
      connection.request(
          {"echo", "", std::to_string(i), {}}, Millis(20'000),
          [&answered, &right, i](const Result<Message>& answer) {
            right += answer && answer->data == std::to_string(i) ? 1 : 0;
            ++answered;
          },
          i % 3 == 0 ? Pace::kNow : Pace::kSoon);
    }
    connection.flush();
  };
  const auto echoes = [&] { return connection.request({"echo", "", "", {}}, Millis(500)).has_value(); };
  ASSERT_TRUE(eventually(echoes));
  std::atomic<int> answered = 0;
  std::atomic<int> right = 0;
  ask_all(answered, right);
  ASSERT_TRUE(eventually([&] { return answered == kRequests; }));
  EXPECT_EQ(right, kRequests);

  std::atomic<int> answered_in_all = 0;
  ask_all(answered_in_all, right);
  server.kill();
  EXPECT_TRUE(eventually([&] { return answered_in_all == kRequests; })) << "whether it was lost or not";

  server.start();
  ASSERT_TRUE(eventually(echoes));
  answered = 0;
  right = 0;
  ask_all(answered, right);
  ASSERT_TRUE(eventually([&] { return answered == kRequests; }));
  EXPECT_EQ(right, kRequests);
}

TEST(Connection, SendsWhatStillGathersWhenItEnds) {
  const NatsServer server;
  std::atomic<int> heard = 0;
  const auto other = testing::connect(server);
  auto all = other->subscribe("news", [&](const Message&) { ++heard; });
  const auto opened = Connection::open({server.url(), "test"});
  ASSERT_TRUE(opened) << opened.error().message;
  ASSERT_TRUE(eventually([&] { return (*opened)->publish({"news", "", "", {}}) && heard > 0; }));
  heard = 0;
  {
    const auto short_lived = Connection::open({server.url(), "test"});
    ASSERT_TRUE(short_lived) << short_lived.error().message;
    for (int i = 0; i < 100; ++i) ASSERT_TRUE((*short_lived)->publish({"news", "", "", {}}, Pace::kSoon));
  }
  EXPECT_TRUE(eventually([&] { return heard >= 100; }));
}

// What the handlers have published goes when they have run, without a flush.
TEST(Connection, SendsWhatAHandlerHasPublishedSoon) {
  const NatsServer server;
  const auto one = testing::connect(server);
  const auto other = testing::connect(server);
  auto echo = other->subscribe("echo", [&other](const Message& message) {
    EXPECT_TRUE(other->publish({message.reply, "", message.data, {}}, Pace::kSoon));
  });
  const auto ask = [&one] { return one->request({"echo", "", "", {}}, Millis(5'000)); };
  ASSERT_TRUE(eventually([&] { return ask().has_value(); }))
      << "the subscription may need a moment to reach the server";
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(ask());
}

TEST(Connection, ItsOwnThreadIsNotLetWaitForItself) {
  const NatsServer server;
  const auto connection = testing::connect(server);
  std::mutex mutex;
  std::string code;
  auto waits = connection->subscribe("news", [&](const Message&) {
    const auto answer = connection->request({"nobody", "", "", {}}, Millis(5'000));
    const std::lock_guard lock(mutex);
    code = answer ? "answered" : answer.error().code;
  });
  ASSERT_TRUE(connection->publish({"news", "", "", {}}));
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return !code.empty();
  }));
  EXPECT_EQ(code, "waits-for-itself");
}

// Far more than the sockets on the way hold, while the server does not read: it goes on as the server does, in order.
TEST(Connection, WhatTheSocketDoesNotTakeGoesLaterInOrder) {
  NatsServer server;
  const auto one = testing::connect(server);
  const auto other = testing::connect(server);
  constexpr int kBlocks = 24;
  std::mutex mutex;
  std::vector<int> heard;
  auto all = other->subscribe("blocks", [&](const Message& message) {
    const std::lock_guard lock(mutex);
    heard.push_back(std::stoi(message.data));
  });
  const auto count = [&] {
    const std::lock_guard lock(mutex);
    return heard.size();
  };
  ASSERT_TRUE(eventually([&] { return one->publish({"blocks", "", "-1", {}}) && count() > 0; }));
  server.pause();
  std::string block(512 * 1024, ' ');
  for (int i = 0; i < kBlocks; ++i) {
    const std::string number = std::to_string(i);
    std::copy(number.begin(), number.end(), block.begin());
    ASSERT_TRUE(one->publish({"blocks", "", block, {}}, i % 2 == 0 ? Pace::kNow : Pace::kSoon)) << i;
  }
  server.resume();
  one->flush();
  ASSERT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return !heard.empty() && heard.back() == kBlocks - 1;
  }));
  std::vector<int> expected(kBlocks);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(std::vector<int>(heard.end() - kBlocks, heard.end()), expected);
}

// Which of them it was, the library does not say.
TEST(Connection, ThatNobodyListensIsSaidToAllThatWait) {
  const NatsServer server;
  const auto connection = testing::connect(server);
  auto silent = connection->subscribe("silent", [](const Message&) {});
  ASSERT_TRUE(eventually([&] {
    return connection->request({"silent", "", "", {}}, Millis(50)).error().code == "request-timeout";
  }));
  std::atomic<int> told{0};
  const auto count = [&told](const Result<Message>& answer) {
    told += !answer && answer.error().code == "no-responders" ? 1 : 0;
  };
  for (const char* subject : {"silent", "nobody"}) connection->request({subject, "", "", {}}, Millis(60'000), count);
  EXPECT_TRUE(eventually([&] { return told == 2; }));
}

TEST(Connection, SaysThatNoFileDescriptorIsLeft) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit none = before;
  none.rlim_cur = 0;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto connection = Connection::open({"nats://127.0.0.1:1", "test"});
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, "no-descriptors");
}

TEST(Connection, RefusesAnAddressThatIsNone) {
  for (const char* url :
       {"http://nowhere:x", "", ",", "nats://127.0.0.1:1,http://nowhere:x", "nats://127.0.0.1:1,,nats://127.0.0.1:2"}) {
    const auto connection = Connection::open({url, "test"});
    ASSERT_FALSE(connection) << url;
    EXPECT_EQ(connection.error().code, "bad-url") << url;
    EXPECT_NE(connection.error().message.find("expected nats://HOST:PORT"), std::string::npos) << "it says what to do";
  }
}

TEST(Connection, RefusesWhatTheBrokerWouldNotTake) {
  const NatsServer server;
  const auto connection = testing::connect(server);
  const Status sent = connection->publish({"a", "", std::string(2 * 1024 * 1024, 'x'), {}});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, "too-large");
}

}  // namespace
}  // namespace skald::bus
