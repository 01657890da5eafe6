#include "services/common/http_connection.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace skald::services {
namespace {

constexpr int kTransferTimeoutMs = 5'000;

bool ready(int socket, short events, int timeout_ms) {
  pollfd entry{socket, events, 0};
  int count = 0;
  do {
    count = ::poll(&entry, 1, timeout_ms);
  } while (count < 0 && errno == EINTR);
  return count > 0;
}

}  // namespace

HttpConnection::~HttpConnection() {
  ::shutdown(socket_, SHUT_RDWR);
  ::close(socket_);
}

HttpConnection*& HttpConnection::current() {
  thread_local HttpConnection* connection = nullptr;
  return connection;
}

bool HttpConnection::wait_for_request(int stop_event) {
  if (begin_ < end_) return true;
  std::array<pollfd, 2> entries{{{socket_, POLLIN, 0}, {stop_event, POLLIN, 0}}};
  int count = 0;
  do {
    count = ::poll(entries.data(), entries.size(), kIdleTimeoutMs);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  // A request that has arrived counts as in hand, also while the server stops.
  char byte = 0;
  return entries[0].revents != 0 && ::recv(socket_, &byte, 1, MSG_PEEK) == 1;
}

bool HttpConnection::is_readable() const { return begin_ < end_ || ready(socket_, POLLIN, kTransferTimeoutMs); }

bool HttpConnection::is_writable() const { return !dropped_ && ready(socket_, POLLOUT, kTransferTimeoutMs); }

ssize_t HttpConnection::read(char* into, size_t size) {
  if (begin_ == end_) {
    if (!ready(socket_, POLLIN, kTransferTimeoutMs)) return -1;
    const ssize_t received = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (received <= 0) return received;
    begin_ = 0;
    end_ = static_cast<size_t>(received);
  }
  const size_t count = std::min(size, end_ - begin_);
  std::memcpy(into, buffer_.data() + begin_, count);
  begin_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t HttpConnection::write(const char* bytes, size_t size) {
  if (!is_writable()) return -1;
  return ::send(socket_, bytes, size, MSG_NOSIGNAL);
}

void HttpConnection::get_remote_ip_and_port(std::string& ip, int& port) const {
  // Only loopback is served and nothing here looks at the peer's address.
  ip.clear();
  port = -1;
}

void HttpConnection::get_local_ip_and_port(std::string& ip, int& port) const { get_remote_ip_and_port(ip, port); }

}  // namespace skald::services
