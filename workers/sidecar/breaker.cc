#include "workers/sidecar/breaker.h"

#include <algorithm>

namespace skald::workers {

bool Breaker::enter() {
  const std::lock_guard lock(mutex_);
  if (!open_) return true;
  if (trying_ || clock_.now() < open_until_) return false;
  trying_ = true;
  return true;
}

void Breaker::report(bool good) {
  const std::lock_guard lock(mutex_);
  const bool was_trial = trying_;
  trying_ = false;
  if (good) {
    in_a_row_ = 0;
    open_ = false;
    return;
  }
  ++in_a_row_;
  if (was_trial || in_a_row_ >= failures_) {
    open_ = true;
    open_until_ = clock_.now() + open_for_;
  }
}

void Breaker::forget() {
  const std::lock_guard lock(mutex_);
  trying_ = false;
}

Millis Breaker::wait() const {
  const std::lock_guard lock(mutex_);
  if (!open_) return Millis(0);
  // A clock that was set back does not keep it shut.
  return std::clamp(open_until_ - clock_.now(), Millis(0), open_for_);
}

std::string Breaker::state() const {
  const std::lock_guard lock(mutex_);
  if (!open_) return "closed";
  return trying_ || clock_.now() >= open_until_ ? "half-open" : "open";
}

}  // namespace skald::workers
