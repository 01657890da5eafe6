#include "cli/screen.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>

namespace skald::cli {
namespace {

// xterm's alternate screen; no cursor; no wrapping, so that a line that is wider than we think spoils no other.
constexpr const char* kTake = "\033[?1049h\033[?25l\033[?7l\033[2J";
constexpr const char* kGiveBack = "\033[?7h\033[?25h\033[?1049l";

void put(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data() + at, text.size() - at);
    if (written < 0 && errno != EINTR && errno != EAGAIN) return;
    at += written > 0 ? static_cast<std::size_t>(written) : 0;
  }
}

sigset_t ours() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH}) sigaddset(&set, number);
  return set;
}

}  // namespace

Screen::Screen() : keys_(::isatty(STDIN_FILENO) == 1 && ::tcgetattr(STDIN_FILENO, &before_) == 0) {
  const sigset_t set = ours();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC);
  reports_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  take();
}

Screen::~Screen() {
  give_back();
  ::close(signals_);
  ::close(reports_);
}

void Screen::take() {
  if (keys_) {
    termios mode = before_;
    mode.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);  // ^C and ^Z go on to be signals
    ::tcsetattr(STDIN_FILENO, TCSANOW, &mode);
  }
  put(kTake);
  measure();
}

void Screen::give_back() const {
  put(kGiveBack);
  if (keys_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
}

void Screen::measure() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0) return;
  columns_ = size.ws_col;
  rows_ = size.ws_row;
}

void Screen::show(const std::vector<std::string>& lines) const {
  std::string text = "\033[H";
  for (std::size_t i = 0; i < std::min(lines.size(), rows_); ++i) {
    text += lines[i] + "\033[K" + (i + 1 < std::min(lines.size(), rows_) ? "\r\n" : "");
  }
  put(text + "\033[J");
}

void Screen::report() const {
  const std::uint64_t one = 1;
  (void)!::write(reports_, &one, sizeof one);
}

Screen::Event Screen::signalled() {
  signalfd_siginfo info{};
  if (::read(signals_, &info, sizeof info) != sizeof info) return Event::kTime;
  if (info.ssi_signo == SIGWINCH) {
    measure();
    return Event::kResized;
  }
  if (info.ssi_signo != SIGTSTP) return Event::kInterrupted;
  give_back();
  ::raise(SIGSTOP);  // we go on here, once somebody lets us
  take();
  return Event::kResized;
}

Screen::Event Screen::wait(std::chrono::steady_clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  std::array<pollfd, 3> waits{{{signals_, POLLIN, 0}, {reports_, POLLIN, 0}, {keys_ ? STDIN_FILENO : -1, POLLIN, 0}}};
  const auto timeout = std::clamp<std::int64_t>(left.count(), 0, 60'000);
  if (::poll(waits.data(), waits.size(), static_cast<int>(timeout)) <= 0) return Event::kTime;
  if (waits[0].revents != 0) return signalled();
  if (waits[2].revents != 0) {
    if (::read(STDIN_FILENO, &key_, 1) == 1) return Event::kKey;
    keys_ = false;  // it is gone
    return Event::kTime;
  }
  std::uint64_t count = 0;
  (void)!::read(reports_, &count, sizeof count);
  return Event::kReport;
}

}  // namespace skald::cli
