#pragma once

// Spaces operations out, so that no more than so many begin in a second.

#include <algorithm>
#include <chrono>
#include <thread>

namespace skald::cli {

class Pace {
 public:
  // 0: without a bound.
  explicit Pace(double per_second)
      : step_(per_second > 0
                  ? std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1 / per_second))
                  : Clock::duration::zero()) {}

  // Returns when the next operation may begin.
  void wait() {
    std::this_thread::sleep_until(next_);
    next_ = std::max(next_, Clock::now()) + step_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  const Clock::duration step_;
  Clock::time_point next_ = Clock::now();
};

}  // namespace skald::cli
