#include "engine/base/free_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string>

#include "engine/base/hash.h"

namespace skald {
namespace {

constexpr std::uint64_t kLowest = 10'240;
constexpr std::uint64_t kBeyond = 32'768;
constexpr int kTries = 200;

// By a name that the kernel gives once, to whoever holds the socket: it stays open, until the process ends.
bool reserve(int port) {
  const std::string name = "skald-port-" + std::to_string(port);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), address.sun_path + 1);  // behind a zero: it is no file's
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0) return true;
  ::close(fd);
  return false;
}

}  // namespace

bool is_free_port(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;  // connections that have ended do not count
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return bound;
}

int free_port() {
  for (int i = 0; i < kTries; ++i) {
    const int port = static_cast<int>(kLowest + random_u64() % (kBeyond - kLowest));
    if (is_free_port(port) && reserve(port)) return port;
  }
  return 0;
}

}  // namespace skald
