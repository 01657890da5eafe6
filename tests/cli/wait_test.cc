// `skald submit --wait` against servers that are old, or that go away.

#include "cli/commands/wait.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <thread>

#include "tests/cli/stand_in_server.h"

namespace skald::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const Value kSubmission = {{"workflow", "t/flow"}, {"id", "one"}};
const Value kRunning = {{"id", "one"}, {"status", "running"}};
const Value kCompleted = {{"id", "one"}, {"status", "completed"}};

Globals globals_of(const std::string& url) {
  Globals globals;
  globals.server = url;
  globals.timeout_s = 10;
  return globals;
}

TEST(SubmitAndWait, IsOneRequest) {
  StandInServer server;
  server.answer("POST /v1/sagas", kCompleted);
  const auto saga = submit_and_wait(globals_of(server.url()), kSubmission, false);
  ASSERT_TRUE(saga) << saga.error().message;
  EXPECT_EQ(*saga, kCompleted);
  ASSERT_EQ(server.asked().size(), 1U);
  EXPECT_THAT(server.asked()[0], StartsWith("POST /v1/sagas?wait=20000ms {"));
}

TEST(SubmitAndWait, GoesOnWithAServerThatAnswersASubmissionAtOnce) {
  StandInServer server;
  server.answer("POST /v1/sagas", kRunning);
  server.answer("/v1/sagas/one", kCompleted);
  const auto saga = submit_and_wait(globals_of(server.url()), kSubmission, false);
  ASSERT_TRUE(saga) << saga.error().message;
  EXPECT_EQ(*saga, kCompleted);
  ASSERT_EQ(server.asked().size(), 2U);
  EXPECT_EQ(server.asked()[1], "/v1/sagas/one?wait=20000ms");
}

TEST(SubmitAndWait, WaitsNoLongerThanItMay) {
  StandInServer server;
  server.answer("POST /v1/sagas", kRunning);
  server.answer("/v1/sagas/one", kRunning);
  Globals globals = globals_of(server.url());
  globals.timeout_s = 0.2;
  const auto saga = submit_and_wait(globals, kSubmission, true);
  ASSERT_FALSE(saga);
  EXPECT_EQ(saga.error().code, "wait-timeout");
  EXPECT_THAT(server.asked().front(), Not(HasSubstr("wait=20000ms"))) << "not as long as without a bound";
}

TEST(SubmitAndWait, MakesUpAnIdWhereThereIsNone) {
  StandInServer server;
  server.answer("POST /v1/sagas", kCompleted);
  ASSERT_TRUE(submit_and_wait(globals_of(server.url()), {{"workflow", "t/flow"}}, false));
  EXPECT_THAT(server.asked()[0], HasSubstr(R"("id":"flow-)"));
}

TEST(SubmitAndWait, SaysThatTheServerRefused) {
  const StandInServer server;
  const auto saga = submit_and_wait(globals_of(server.url()), kSubmission, false);
  ASSERT_FALSE(saga);
  EXPECT_EQ(saga.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(server.asked().size(), 1U);
}

// Takes one request on a port of its own, and then closes the connection and the port.
class Dying {
 public:
  Dying() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    const int on = 1;
    ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(listener_, 1), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~Dying() { ::close(listener_); }
  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void die() {
    const int client = ::accept(listener_, nullptr, nullptr);
    std::string request(4'096, '\0');
    EXPECT_GT(::read(client, request.data(), request.size()), 0);
    ::close(listener_);
    listener_ = -1;
    const linger at_once{1, 0};  // nothing of it stays on the port
    ::setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    ::close(client);
  }

 private:
  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
};

TEST(SubmitAndWait, GoesOnWhenTheServerIsBack) {
  Dying first;
  std::optional<StandInServer> second;
  std::thread restart([&] {
    first.die();
    second.emplace(first.port(), std::map<std::string, Value>{{"/v1/sagas/one", kCompleted}});
  });
  const auto saga = submit_and_wait(globals_of(first.url()), kSubmission, false);
  restart.join();
  ASSERT_TRUE(saga) << saga.error().message;
  EXPECT_EQ(*saga, kCompleted);
  EXPECT_EQ(second->asked(), std::vector<std::string>{"/v1/sagas/one?wait=20000ms"});
}

TEST(SubmitAndWait, SaysThatNothingWasStartedWhereTheServerThatIsBackDoesNotKnowIt) {
  Dying first;
  std::optional<StandInServer> second;
  std::thread restart([&] {
    first.die();
    second.emplace(first.port());
  });
  const auto saga = submit_and_wait(globals_of(first.url()), kSubmission, false);
  restart.join();
  ASSERT_FALSE(saga);
  EXPECT_EQ(saga.error().kind, ErrorKind::kUnreachable);
  EXPECT_THAT(saga.error().message, HasSubstr("before saga one was started"));
}

TEST(SubmitAndWait, NamesTheSagaWhereTheServerStaysAway) {
  Dying server;
  std::thread end([&] { server.die(); });
  Globals globals = globals_of(server.url());
  globals.timeout_s = 0.5;
  const auto saga = submit_and_wait(globals, kSubmission, false);
  end.join();
  ASSERT_FALSE(saga);
  EXPECT_EQ(saga.error().kind, ErrorKind::kUnreachable);
  EXPECT_THAT(saga.error().message, HasSubstr("skald show one"));
}

}  // namespace
}  // namespace skald::cli
