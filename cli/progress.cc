#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace skald::cli {
namespace {

constexpr std::size_t kWidth = 30;
constexpr auto kEvery = std::chrono::milliseconds(100);

}  // namespace

Progress::Progress(std::string what, std::size_t all)
    : what_(std::move(what)), all_(std::max<std::size_t>(all, 1)), shown_(::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) fmt::print(stderr, "\n");
}

void Progress::show(std::size_t done) {
  const auto now = Clock::now();
  if (!shown_ || (now < next_ && done < all_)) return;
  next_ = now + kEvery;
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  const std::size_t full = done * kWidth / all_;
  fmt::print(stderr, "\r{} [{:<{}}] {}/{} {:.0f}/s ", what_, std::string(full, '#'), kWidth, done, all_,
             seconds > 0 ? static_cast<double>(done) / seconds : 0);
  std::fflush(stderr);
}

}  // namespace skald::cli
