#include "engine/runtime/commit_pace.h"

namespace skald::runtime {

void CommitPace::appended(std::size_t events, Clock::time_point now) {
  if (now - window_ >= kWindow) {
    before_ = now - window_ < 2 * kWindow ? now_ : 0;
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

CommitPace::Clock::time_point CommitPace::wait_until() const {
  const bool enough_will_come = before_ * kPatience >= kEnough * kWindow;
  return enough_will_come && waiting_ < kEnough ? begun_ + kPatience : Clock::time_point::min();
}

}  // namespace skald::runtime
