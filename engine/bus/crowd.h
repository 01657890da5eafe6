#pragma once

// Whether messages come so many at a time, or so fast, that waiting a millisecond for others is worth it (Pace::kSoon):
// each write to the socket costs the same, and a message alone is better off without the wait.
//
// Threading: none; its owner's lock.

#include <chrono>
#include <cstddef>

#include "engine/bus/connection.h"

namespace skald::bus {

class Crowd {
 public:
  using Clock = std::chrono::steady_clock;

  // So many more, together.
  Pace add(std::size_t messages, Clock::time_point now = Clock::now());

  static constexpr std::size_t kMany = 8;  // together
  static constexpr std::chrono::milliseconds kWindow{8};
  static constexpr std::size_t kFast = 80;  // in a window: ten a millisecond

 private:
  Clock::time_point begun_;
  std::size_t before_ = 0;  // in the window before this one
  std::size_t now_ = 0;
};

}  // namespace skald::bus
