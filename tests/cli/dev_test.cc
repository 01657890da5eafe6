// `skald dev` where something else has what it needs, and started again.

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>

#include "tests/cli/commands_fixture.h"

namespace skald::cli {
namespace {

using std::chrono::steady_clock;

class Dev : public Commands {
 protected:
  // Its first line is in `data_`/NAME.out.
  static Process dev(const std::string& name, const std::string& folder) {
    auto started = Process::start({SKALD_BINARY, "dev", "--data", data_ + "/" + folder, "--http", "127.0.0.1:0"},
                                  data_ + "/" + name + ".out");
    EXPECT_TRUE(started);
    return started.value_or(Process());
  }
  static Value endpoints(const std::string& folder) {
    std::ifstream in(data_ + "/" + folder + "/endpoints.json");
    return Value::parse(in, nullptr, false);
  }
};

TEST_F(Dev, ABrokersPortThatIsTakenIsNamed) {
  const std::string port = nats_.substr(nats_.rfind(':') + 1);
  const Ran ran = skald("dev --data " + data_ + "/second --http 127.0.0.1:0 --nats-port " + port);
  EXPECT_EQ(ran.exit_code, 5);
  EXPECT_NE(ran.err.find("port " + port + ": it is taken; choose another with --nats-port"), std::string::npos)
      << ran.err;
}

TEST_F(Dev, ItsBrokerIsFoundAgainWhereItWas) {
  std::string before;
  for (const char* name : {"first", "again"}) {
    Process process = dev(name, "twice");
    const std::string nats = word_behind("nats=", first_line(data_ + "/" + name + ".out"));
    EXPECT_FALSE(nats.empty());
    if (!before.empty()) EXPECT_EQ(nats, before);
    before = nats;
    process.signal(SIGTERM);
    EXPECT_TRUE(process.wait(Millis(20'000)));
  }
}

TEST_F(Dev, AnEngineThatIsRefusedAgainAndAgainEndsIt) {
  Process process = dev("refused", "refused");
  ASSERT_FALSE(word_behind("http=", first_line(data_ + "/refused.out")).empty());
  const Value started = endpoints("refused");
  const std::string http = started["http"];
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(http.substr(http.rfind(':') + 1))));
  const int taken = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(taken, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ASSERT_EQ(::kill(started["pids"]["engine"].get<pid_t>(), SIGKILL), 0);
  const auto deadline = steady_clock::now() + std::chrono::seconds(20);
  while (::bind(taken, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    ASSERT_LT(steady_clock::now(), deadline) << "the engine is gone";
    std::this_thread::yield();
  }
  ASSERT_EQ(::listen(taken, 1), 0);
  std::string what;
  while (!process.ended(what)) {
    ASSERT_LT(steady_clock::now(), deadline) << "it gives up";
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(what, "ended with code 5");
  ::close(taken);
}

}  // namespace
}  // namespace skald::cli
