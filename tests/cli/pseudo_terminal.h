#pragma once

// A program on a terminal of its own, as a person has it: keys in, what is shown out.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace skald::cli {

class PseudoTerminal {
 public:
  // `more`: "NAME=value" for its environment.
  explicit PseudoTerminal(std::vector<std::string> command, std::vector<std::string> more = {}, int columns = 100,
                          int rows = 30) {
    winsize size{static_cast<unsigned short>(rows), static_cast<unsigned short>(columns), 0, 0};
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::forkpty(&fd_, nullptr, nullptr, &size);
    if (pid_ == 0) {
      ::setenv("TERM", "xterm-256color", 1);
      for (std::string& variable : more) ::putenv(variable.data());
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
  }
  ~PseudoTerminal() {
    ::close(fd_);
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;

  void type(const std::string& keys) const {
    EXPECT_EQ(::write(fd_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
  }
  void signal(int number) const { ::kill(pid_, number); }
  void resize(int columns, int rows) const {
    const winsize size{static_cast<unsigned short>(rows), static_cast<unsigned short>(columns), 0, 0};
    ::ioctl(fd_, TIOCSWINSZ, &size);
  }

  // Reads until `text` has been shown behind what was last waited for, colours and the like aside. False: not within a
  // minute.
  bool shows(const std::string& text) {
    const auto deadline = Clock::now() + std::chrono::seconds(60);
    while (true) {
      const std::size_t at = plain(shown_).find(text, seen_);
      if (at != std::string::npos) {
        seen_ = at + text.size();
        return true;
      }
      if (Clock::now() > deadline || !read()) return false;
    }
  }
  // Reads until what was shown ends so: what was written just before may still be on its way. Likewise.
  bool comes_to(const std::string& end) {
    const auto deadline = Clock::now() + std::chrono::seconds(60);
    const auto there = [&] {
      return shown_.size() >= end.size() && shown_.compare(shown_.size() - end.size(), end.size(), end) == 0;
    };
    while (!there()) {
      if (Clock::now() > deadline || !read()) return false;
    }
    return true;
  }
  // All that it has shown so far, with everything in it.
  const std::string& shown() const { return shown_; }

  bool echoes() const {
    termios mode{};
    return ::tcgetattr(fd_, &mode) == 0 && (mode.c_lflag & ECHO) != 0;
  }
  // Waits until it has stopped (SIGTSTP).
  bool stops() { return waited(WUNTRACED) && WIFSTOPPED(status_); }
  // Its exit code, or 128 and the signal; -1: it does not end.
  int ends() {
    while (read()) {
    }
    if (!waited(0)) return -1;
    pid_ = -1;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  // Without control sequences (ECMA-48) and control characters other than line ends.
  static std::string plain(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\033' && i + 1 < text.size() && text[i + 1] == '[') {
        i += 2;
        while (i < text.size() && (text[i] < '@' || text[i] > '~')) ++i;
      } else if (static_cast<unsigned char>(text[i]) >= 0x20 || text[i] == '\n') {
        out += text[i];
      }
    }
    return out;
  }

  // What comes within a second, if anything does. False: it has closed the terminal.
  bool read() {
    pollfd ready{fd_, POLLIN, 0};
    if (::poll(&ready, 1, 1'000) == 0) return true;
    std::array<char, 4'096> buffer{};
    const ssize_t size = ::read(fd_, buffer.data(), buffer.size());
    if (size <= 0) return false;
    shown_.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
  }
  bool waited(int options) {
    const auto deadline = Clock::now() + std::chrono::seconds(60);
    while (Clock::now() < deadline) {
      const pid_t pid = ::waitpid(pid_, &status_, options | WNOHANG);
      if (pid == pid_) return true;
      if (pid < 0) return false;
      // Its output is read meanwhile: a full terminal would hold it up.
      pollfd ready{fd_, POLLIN, 0};
      if (::poll(&ready, 1, 20) > 0 && (ready.revents & POLLIN) != 0) read();
    }
    return false;
  }

  int fd_ = -1;
  pid_t pid_ = -1;
  int status_ = 0;
  std::string shown_;
  std::size_t seen_ = 0;
};

}  // namespace skald::cli
