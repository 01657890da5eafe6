#include "engine/runtime/commit_pace.h"

#include <algorithm>

namespace skald::runtime {

void CommitPace::appended(std::size_t events, Clock::time_point now) {
  if (now - window_ >= kWindow) {
    const std::size_t before = now - window_ < 2 * kWindow ? now_ : 0;
    constexpr std::size_t kMany = kMostEnough * kWindow / kMostPatience;
    many_come_ = before >= (many_come_ ? kMany * 3 / 4 : kMany);
    now_ = 0;
    window_ = now;
  }
  now_ += events;
  waiting_ += events;
}

void CommitPace::begun(Clock::time_point now) {
  begun_ = now;
  waiting_ = 0;
}

void CommitPace::ended(Clock::duration took) {
  const auto wanted = std::clamp<Clock::duration>(kTimes * took, kLeastPatience, kMostPatience);
  patience_ += (wanted - patience_) / kRemembered;
  took_ += (std::min<Clock::duration>(took, kMostTook) - took_) / kRemembered;
}

std::size_t CommitPace::enough() const { return static_cast<std::size_t>(kMostEnough * patience_ / kMostPatience); }

CommitPace::Clock::time_point CommitPace::wait_until() const {
  return many_come_ && !enough_wait() ? begun_ + patience_ : Clock::time_point::min();
}

}  // namespace skald::runtime
