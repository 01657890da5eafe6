#pragma once

// About the median of how long things take: each moves it by a sixteenth of itself. Not thread-safe.

#include <algorithm>
#include <chrono>

namespace skald::workers {

class TypicalTime {
 public:
  using Duration = std::chrono::steady_clock::duration;

  // It is kept between `least` and `most`, so that it can come back.
  TypicalTime(Duration at_first, Duration least, Duration most) : typical_(at_first), least_(least), most_(most) {}

  void took(Duration time) {
    typical_ += time > typical_ ? typical_ / kStep : -typical_ / kStep;
    typical_ = std::clamp(typical_, least_, most_);
  }
  // What was is no measure any more.
  void took_too_long() { typical_ = most_; }
  Duration get() const { return typical_; }

 private:
  static constexpr int kStep = 16;

  Duration typical_;
  Duration least_;
  Duration most_;
};

}  // namespace skald::workers
