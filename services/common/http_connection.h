#pragma once

// One connection of the HTTP server, as cpp-httplib's Stream. Ours rather than the library's, because ours can close
// without an answer, and waits between requests without polling.

#include <httplib.h>

#include <array>
#include <string>

namespace skald::services {

// For one thread. Owns the socket.
class HttpConnection final : public httplib::Stream {
 public:
  // A thread belongs to each open connection, so idle ones do not stay.
  static constexpr int kIdleTimeoutMs = 15'000;

  explicit HttpConnection(int socket) : socket_(socket) {}
  ~HttpConnection() override;
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // Waits until a request begins. False if the peer left, `stop_event` became readable, or nothing came for long.
  bool wait_for_request(int stop_event);
  // From here on nothing is written, so that the peer sees the end of the connection where it expects an answer.
  void drop() { dropped_ = true; }
  // The connection that the calling thread serves, or null.
  static HttpConnection*& current();

  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* into, size_t size) override;
  ssize_t write(const char* bytes, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  int socket() const override { return socket_; }

 private:
  static constexpr size_t kBufferSize = 4096;

  int socket_;
  bool dropped_ = false;
  std::array<char, kBufferSize> buffer_{};
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace skald::services
