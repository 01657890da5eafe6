#pragma once

// A private nats-server with JetStream, for one test. It ends with it.

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

#include "engine/base/free_port.h"
#include "engine/bus/connection.h"

namespace skald::testing {

// Waits for a condition that others bring about; false when it has not come true in time.
inline bool eventually(const std::function<bool()>& condition,
                       std::chrono::milliseconds within = std::chrono::milliseconds(15'000)) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

inline bool accepts(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool up = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  ::close(fd);
  return up;
}

class NatsServer {
 public:
  NatsServer() : port_(free_port()) {
    std::string folder = std::filesystem::temp_directory_path() / "skald-nats-XXXXXX";
    folder_ = ::mkdtemp(folder.data());
    start();
  }
  ~NatsServer() {
    kill();
    std::filesystem::remove_all(folder_);
  }
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;

  std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }

  // As after a power cut of the process: SIGKILL.
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  void wipe() { std::filesystem::remove_all(folder_ + "/jetstream"); }
  // Behind it, the server does nothing.
  void pause() {
    ::kill(pid_, SIGSTOP);
    ::waitpid(pid_, nullptr, WUNTRACED);
  }
  void resume() { ::kill(pid_, SIGCONT); }

  void start() {
    pid_ = ::fork();
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      const int null = ::open("/dev/null", O_WRONLY);
      ::dup2(null, STDOUT_FILENO);
      ::dup2(null, STDERR_FILENO);
      const std::string port = std::to_string(port_);
      const char* const argv[] = {"nats-server", "-js",           "-a",   "127.0.0.1", "-p", port.c_str(),
                                  "-sd",         folder_.c_str(), nullptr};
      ::execvp("nats-server", const_cast<char* const*>(argv));
      ::execv("/usr/sbin/nats-server", const_cast<char* const*>(argv));
      ::_exit(127);
    }
    EXPECT_TRUE(eventually([this] { return accepts(port_); })) << "nats-server does not start";
  }

 private:
  int port_;
  std::string folder_;
  pid_t pid_ = -1;
};

inline std::unique_ptr<bus::Connection> connect(const NatsServer& server) {
  auto connection = bus::Connection::open({server.url(), "test"});
  EXPECT_TRUE(connection) << connection.error().message;
  EXPECT_TRUE(eventually([&] { return (*connection)->connected(); }));
  return std::move(*connection);
}

}  // namespace skald::testing
