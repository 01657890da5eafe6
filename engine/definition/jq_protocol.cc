#include "engine/definition/jq_protocol.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

namespace skald::definition {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

bool send_all(int socket, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t sent = ::send(socket, data, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    data += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

// Waits until there is something to read. False when the deadline has passed.
bool wait_readable(int socket, std::optional<SteadyTime> deadline) {
  while (true) {
    int wait_ms = -1;
    if (deadline) {
      const auto left = std::chrono::duration_cast<Millis>(*deadline - std::chrono::steady_clock::now()).count();
      if (left <= 0) return false;
      wait_ms = static_cast<int>(left) + 1;
    }
    pollfd poll_for{socket, POLLIN, 0};
    const int ready = ::poll(&poll_for, 1, wait_ms);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
  }
}

bool receive_all(int socket, char* data, std::size_t size, std::optional<SteadyTime> deadline, bool* timed_out) {
  while (size > 0) {
    if (!wait_readable(socket, deadline)) {
      if (timed_out != nullptr) *timed_out = true;
      return false;
    }
    const ssize_t got = ::recv(socket, data, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    data += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

bool frame_comes(int socket, Millis within) { return wait_readable(socket, std::chrono::steady_clock::now() + within); }

bool send_frame(int socket, const Value& message) {
  std::string body(4, '\0');
  Value::to_msgpack(message, body);
  const std::size_t size = body.size() - 4;
  if (size > kMaxFrameBytes) return false;
  for (int i = 0; i < 4; ++i) body[static_cast<std::size_t>(i)] = static_cast<char>(size >> (24 - 8 * i) & 0xFF);
  return send_all(socket, body.data(), body.size());
}

std::optional<Value> receive_frame(int socket, std::optional<Millis> within, bool* timed_out) {
  std::optional<SteadyTime> deadline;
  if (within) deadline = std::chrono::steady_clock::now() + *within;
  unsigned char head[4];
  if (!receive_all(socket, reinterpret_cast<char*>(head), sizeof head, deadline, timed_out)) return std::nullopt;
  std::size_t size = 0;
  for (const unsigned char byte : head) size = size << 8 | byte;
  if (size > kMaxFrameBytes) return std::nullopt;
  std::string body(size, '\0');
  if (!receive_all(socket, body.data(), size, deadline, timed_out)) return std::nullopt;
  Value message = Value::from_msgpack(body, true, false);
  if (!message.is_object()) return std::nullopt;
  return message;
}

}  // namespace skald::definition
