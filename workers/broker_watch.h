#pragma once

// Tells, once each, that the broker is away for more than a moment, and that it is back.
// Threading: one thread.

#include <chrono>
#include <string>

#include "engine/base/time.h"

namespace skald::workers {

class BrokerWatch {
 public:
  using Clock = std::chrono::steady_clock;

  // `url`: of the broker; the log has it without a password.
  explicit BrokerWatch(const std::string& url, Clock::time_point now = Clock::now());

  void see(bool connected, Clock::time_point now);

  static constexpr Millis kMoment{2'000};

 private:
  const std::string where_;
  Clock::time_point seen_;
  bool missed_ = false;
};

}  // namespace skald::workers
