#pragma once

// How long the engine is away after each kill: until /readyz is well again, or a submission was accepted, whichever is
// seen first.

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "tests/chaos/shoppers.h"
#include "tests/chaos/store.h"

namespace skald::chaos {

class RecoveryClock {
 public:
  // Borrows both, which outlive it.
  RecoveryClock(const Store& store, const Shoppers& shoppers);
  ~RecoveryClock();
  RecoveryClock(const RecoveryClock&) = delete;
  RecoveryClock& operator=(const RecoveryClock&) = delete;

  // The engine is being killed now. Where it is still away, the first kill counts.
  void killed();
  // {"count","p50","p99","max"} in milliseconds.
  Value figures() const;

 private:
  void watch();

  const Store& store_;
  const Shoppers& shoppers_;
  mutable std::mutex mutex_;
  std::optional<SteadyTime> since_;
  std::vector<double> took_ms_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;  // last: it uses all the rest
};

}  // namespace skald::chaos
