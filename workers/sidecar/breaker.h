#pragma once

// A circuit breaker: after `failures` in a row it opens and lets nothing pass for `open_for`; then one call is tried,
// and its outcome closes or opens it again. What counts as a failure is the caller's to say. Thread-safe.

#include <cstdint>
#include <mutex>
#include <string>

#include "engine/base/time.h"

namespace skald::workers {

class Breaker {
 public:
  Breaker(std::uint32_t failures, Millis open_for, const Clock& clock)
      : failures_(failures), open_for_(open_for), clock_(clock) {}

  // Whether a call may be made now; one that may must be followed by report() or forget().
  bool enter();
  void report(bool good);
  // The call was not made after all.
  void forget();

  // How long until it is worth trying; zero: now.
  Millis wait() const;
  // "closed", "open", "half-open".
  std::string state() const;

 private:
  const std::uint32_t failures_;
  const Millis open_for_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::uint32_t in_a_row_ = 0;
  bool open_ = false;
  bool trying_ = false;
  Time open_until_;
};

}  // namespace skald::workers
