#include "engine/bus/connection.h"

#include <atomic>

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
  ASSERT_TRUE(echo);
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
  auto connection = Connection::open({server.url(), "test", true});
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

TEST(Connection, RefusesAnAddressThatIsNone) {
  const auto connection = Connection::open({"http://nowhere:x", "test", true});
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, "bad-url");
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
