#include "engine/base/free_port.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

namespace skald {
namespace {

constexpr int kDrawn = 400;  // of 22,528: without care two of them would almost surely be the same

TEST(FreePort, IsGivenOnce) {
  std::set<int> ports;
  for (int i = 0; i < kDrawn; ++i) ports.insert(free_port());
  EXPECT_EQ(ports.size(), static_cast<std::size_t>(kDrawn));
  EXPECT_GT(*ports.begin(), 0);
}

TEST(FreePort, IsNotGivenToAnotherProcessBesides) {
  std::set<int> ports;
  for (int i = 0; i < kDrawn; ++i) ports.insert(free_port());
  const pid_t other = ::fork();
  if (other == 0) {
    int twice = 0;
    for (int i = 0; i < kDrawn; ++i) twice += ports.count(free_port()) > 0 ? 1 : 0;
    ::_exit(twice);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(other, &status, 0), other);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(FreePort, OneThatSomebodyListensOnIsNotTaken) {
  const int port = free_port();
  EXPECT_TRUE(take_port(port)) << "it is ours";
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(fd, 1), 0);
  EXPECT_FALSE(take_port(port));
  ::close(fd);
  EXPECT_TRUE(take_port(port));
}

}  // namespace
}  // namespace skald
