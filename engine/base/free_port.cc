#include "engine/base/free_port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/hash.h"

namespace skald {
namespace {

constexpr std::uint64_t kLowest = 10'240;
constexpr std::uint64_t kBeyond = 32'768;
constexpr int kTries = 200;

bool is_free(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return bound;
}

}  // namespace

int free_port() {
  for (int i = 0; i < kTries; ++i) {
    const int port = static_cast<int>(kLowest + random_u64() % (kBeyond - kLowest));
    if (is_free(port)) return port;
  }
  return 0;
}

}  // namespace skald
