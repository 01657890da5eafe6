#include "engine/bus/connection.h"

#include <sys/resource.h>

#include <algorithm>
#include <array>
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

TEST(Connection, WaitsForAServerAndComesBackToOne) {
  NatsServer server;
  server.kill();
  auto connection = Connection::open({server.url(), "test"});
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_FALSE((*connection)->connected());
  std::atomic<int> ups{0};
  std::atomic<int> downs{0};
  (*connection)->on_change([&](bool up) { ++(up ? ups : downs); });
  server.start();
  ASSERT_TRUE(eventually([&] { return (*connection)->connected() && ups == 1; }));
  server.kill();
  ASSERT_TRUE(eventually([&] { return !(*connection)->connected() && downs == 1; }));
  server.start();
  ASSERT_TRUE(eventually([&] { return (*connection)->connected() && ups == 2; }));
}

TEST(Connection, NothingIsKeptForABrokerThatIsAway) {
  NatsServer server;
  const auto connection = testing::connect(server);
  std::atomic<int> heard{0};
  const auto subscription = connection->subscribe("news", [&](const Message&) { ++heard; });
  ASSERT_TRUE(connection->publish({"news", "", "before", {}}));
  ASSERT_TRUE(eventually([&] { return heard == 1; }));
  server.kill();
  ASSERT_TRUE(eventually([&] { return !connection->connected(); }));
  const Status sent = connection->publish({"news", "", "meanwhile", {}});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, "disconnected");
  server.start();
  ASSERT_TRUE(eventually([&] { return connection->connected(); }));
  ASSERT_TRUE(connection->publish({"news", "", "after", {}}));
  ASSERT_TRUE(eventually([&] { return heard >= 2; }));
  EXPECT_EQ(heard, 2);
}

// libnats gives up for good where the first server that it reaches does not speak.
TEST(Connection, ComesToAServerThatWasHungWhenItWasMade) {
  NatsServer server;
  server.pause();
  const auto connection = Connection::open({server.url(), "test"});
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_FALSE((*connection)->connected());
  std::atomic<int> heard{0};
  const auto subscription = (*connection)->subscribe("news", [&](const Message&) { ++heard; });
  server.resume();
  ASSERT_TRUE(eventually([&] { return (*connection)->connected(); }));
  ASSERT_TRUE((*connection)->publish({"news", "", "", {}}));
  EXPECT_TRUE(eventually([&] { return heard == 1; }));
}

// Speaks just enough of the protocol to be connected to. The first client hears its last words, if any, and where these
// end in the middle of a message, no more; those after it get a message, if they want news.
class RudeServer {
 public:
  explicit RudeServer(std::string last_words = "", bool to_all = false)
      : last_words_(std::move(last_words)), to_all_(to_all) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    serving_ = std::thread([this] { serve(); });
  }
  ~RudeServer() {
    ::shutdown(listener_, SHUT_RDWR);
    serving_.join();
    for (const int client : clients_) ::close(client);
    ::close(listener_);
  }
  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  std::size_t clients() const { return count_; }
  // Reads all that the first client has sent. How the connection ended: 0, or an errno.
  int hear(std::size_t& bytes) const {
    std::vector<char> buffer(1 << 20);
    ssize_t size = 0;
    while ((size = ::read(clients_.front(), buffer.data(), buffer.size())) > 0) bytes += static_cast<std::size_t>(size);
    return size == 0 ? 0 : errno;
  }

 private:
  static constexpr const char* kWantsNews = "SUB news  2\r\n";  // its second subscription: the first is for answers

  void serve() {
    for (int client = -1; (client = ::accept(listener_, nullptr, nullptr)) >= 0;) {
      clients_.push_back(client);
      tell(client, R"(INFO {"server_id":"rude","version":"2.9.10","headers":true,"max_payload":1048576})"
                   "\r\n");
      hear_until(client, "PING\r\n");
      tell(client, "PONG\r\n");
      const bool first = count_++ == 0;
      if (last_words_.empty()) continue;
      if (first || to_all_) {
        tell(client, last_words_);
        if (last_words_.back() != '\n') ::shutdown(client, SHUT_RDWR);
      } else {
        const std::string asked = hear_until(client, kWantsNews);
        if (asked.find(kWantsNews) != std::string::npos) tell(client, "MSG news 2 4\r\ngood\r\n");
      }
    }
  }
  static std::string hear_until(int client, const std::string& end) {
    std::array<char, 4'096> heard{};
    std::string all;
    for (ssize_t size = 1; size > 0 && all.find(end) == std::string::npos;) {
      size = ::read(client, heard.data(), heard.size());
      if (size > 0) all.append(heard.data(), static_cast<std::size_t>(size));
    }
    return all;
  }
  static void tell(int client, const std::string& bytes) {
    EXPECT_EQ(::send(client, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }

  const std::string last_words_;
  const bool to_all_;
  const int port_ = free_port();
  int listener_ = -1;
  std::vector<int> clients_;
  std::atomic<std::size_t> count_{0};
  std::thread serving_;
};

// So it does on most errors that the server names, such as that of one which was hung.
TEST(Connection, ComesBackWhereTheServerHasThrownItOut) {
  const RudeServer server("-ERR 'Authentication Timeout'\r\n");
  const auto connection = Connection::open({server.url(), "test"});
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_TRUE(eventually([&] { return server.clients() == 2 && (*connection)->connected(); }));
}

TEST(Connection, IsNotTriedMoreThanTenTimesASecond) {
  const auto start = std::chrono::steady_clock::now();
  const RudeServer server("-ERR 'Authentication Timeout'\r\n", true);
  const auto connection = Connection::open({server.url(), "test"});
  ASSERT_TRUE(connection) << connection.error().message;
  ASSERT_TRUE(eventually([&] { return server.clients() >= 6; }));
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(400));
}

// The library would take what the next connection says for the rest of the message, for ever.
TEST(Connection, ComesBackWhereItWasCutInTheMiddleOfAMessage) {
  for (const char* cut :
       {"MSG news 2 10\r\nhalf", "MSG news 2 10\r", "MSG ne", "HMSG news 2 12 17\r\nNATS/1.0\r\n\r"}) {
    const RudeServer server(cut);
    const auto connection = Connection::open({server.url(), "test"});
    ASSERT_TRUE(connection) << connection.error().message;
    std::atomic<int> heard{0};
    const auto news = (*connection)->subscribe("news", [&](const Message& message) {
      if (message.data == "good") ++heard;
    });
    EXPECT_TRUE(eventually([&] { return heard == 1; })) << cut;
    EXPECT_EQ(server.clients(), 2U) << cut;
  }
}

// libnats closes so (SO_LINGER). Otherwise it might arrive long after others, over a connection made since
// (docs/decisions/0011).
TEST(Connection, WhatIsUnsentWhenItEndsIsDropped) {
  constexpr int kMessages = 16;
  const std::string block(512 * 1024, 'x');
  const RudeServer server;
  auto connection = Connection::open({server.url(), "test"});
  ASSERT_TRUE(connection) << connection.error().message;
  ASSERT_TRUE(eventually([&] { return server.clients() == 1 && (*connection)->connected(); }));
  for (int i = 0; i < kMessages; ++i) ASSERT_TRUE((*connection)->publish({"news", "", block, {}}));
  connection->reset();
  std::size_t heard = 0;
  EXPECT_EQ(server.hear(heard), ECONNRESET);
  EXPECT_LT(heard, kMessages * block.size()) << "more than the sockets hold";
}

TEST(Connection, AHungServerHoldsAPublisherOnlyBriefly) {
  NatsServer server;
  const auto connection = testing::connect(server);
  server.pause();
  const std::string block(512 * 1024, 'x');
  const auto start = std::chrono::steady_clock::now();
  // More than the sockets on the way hold.
  int sent = 0;
  while (sent < 200 && connection->publish({"news", "", block, {}})) ++sent;
  EXPECT_LT(sent, 200) << "it must fail when the sockets are full";
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
  ASSERT_TRUE(eventually([&] { return !connection->connected(); }));
  const auto again = std::chrono::steady_clock::now();
  EXPECT_FALSE(connection->publish({"news", "", block, {}}));
  EXPECT_LT(std::chrono::steady_clock::now() - again, std::chrono::seconds(1)) << "it is not waited for again";
  server.resume();
  EXPECT_TRUE(eventually([&] { return connection->connected(); }));
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

TEST(Connection, ComesToTheFirstOfSeveralServersThatIsThere) {
  const std::string nobody = "nats://127.0.0.1:" + std::to_string(free_port());
  NatsServer first;
  const NatsServer second;
  const auto connection = Connection::open({nobody + "," + first.url() + "," + second.url(), "test"});
  ASSERT_TRUE(connection) << connection.error().message;
  std::atomic<int> heard{0};
  const auto news = (*connection)->subscribe("news", [&](const Message&) { ++heard; });
  ASSERT_TRUE((*connection)->connected());
  ASSERT_TRUE(eventually([&] { return testing::connect(first)->publish({"news", "", "", {}}) && heard > 0; }));
  first.kill();
  heard = 0;
  EXPECT_TRUE(eventually([&] { return testing::connect(second)->publish({"news", "", "", {}}) && heard > 0; }));
}

TEST(Connection, RefusesAnAddressThatIsNone) {
  for (const char* url : {"http://nowhere:x", "", "nats://127.0.0.1:1,http://nowhere:x"}) {
    const auto connection = Connection::open({url, "test"});
    ASSERT_FALSE(connection) << url;
    EXPECT_EQ(connection.error().code, "bad-url") << url;
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
