#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "engine/base/time.h"

namespace skald::cli {
namespace {

constexpr std::size_t kWidth = 30;
constexpr std::size_t kNarrowest = 5;  // a bar that is shorter says nothing
constexpr double kSoon = 1;            // in seconds: before it, how long it takes is a guess
constexpr auto kEvery = std::chrono::milliseconds(100);

std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string progress_line(const std::string& what, std::size_t done, std::size_t all, double seconds,
                          std::size_t columns) {
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  std::string numbers = fmt::format("{}/{} {:.0f}/s", done, all, rate);
  if (done < all && rate > 0 && seconds >= kSoon) {
    const double left = static_cast<double>(all - done) / rate;
    numbers +=
        fmt::format(", {} left", format_duration(Millis(static_cast<std::int64_t>(std::max(left, 1.0)) * 1'000)));
  }
  const std::size_t taken = what.size() + numbers.size() + 5;
  const std::size_t room = columns > taken ? std::min(columns - taken, kWidth) : 0;
  if (room < kNarrowest) return fmt::format("{} {}", what, numbers).substr(0, columns);
  const std::size_t full = std::min(done, all) * room / std::max<std::size_t>(all, 1);
  return fmt::format("{} [{:<{}}] {}", what, std::string(full, '#'), room, numbers);
}

Progress::Progress(std::string what, std::size_t all, bool wanted)
    : what_(std::move(what)), all_(std::max<std::size_t>(all, 1)), shown_(wanted && ::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (there_) fmt::print(stderr, "\n");
}

void Progress::show(std::size_t done) {
  const auto now = Clock::now();
  if (!shown_ || (now < next_ && done < all_)) return;
  next_ = now + kEvery;
  there_ = true;
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  // One column stays free: in the last one, some terminals wrap.
  fmt::print(stderr, "\r{}\033[K", progress_line(what_, done, all_, seconds, terminal_columns() - 1));
  std::fflush(stderr);
}

void Progress::clear() {
  if (!there_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  there_ = false;
  next_ = {};
}

}  // namespace skald::cli
