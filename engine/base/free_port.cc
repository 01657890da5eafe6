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

// By a name that the kernel gives once, to whoever holds the socket. -1: another has it.
int reserve(int port) {
  const std::string name = "skald-port-" + std::to_string(port);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), address.sun_path + 1);  // behind a zero: it is no file's
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0) return fd;
  ::close(fd);
  return -1;
}

// Where connections have ended a moment ago, some servers can listen at once (`besides_ended`), others cannot.
bool is_free(int port, bool besides_ended) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = besides_ended ? 1 : 0;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return bound;
}

}  // namespace

bool take_port(int port) {
  (void)reserve(port);  // it may be already, for who gives it to us
  return is_free(port, true);
}

int free_port() {
  for (int i = 0; i < kTries; ++i) {
    const int port = static_cast<int>(kLowest + random_u64() % (kBeyond - kLowest));
    const int held = reserve(port);  // before it is tried, which its owner, about to listen, could stumble over
    if (held < 0) continue;
    if (is_free(port, false)) return port;  // held until the process ends
    ::close(held);
  }
  return 0;
}

}  // namespace skald
