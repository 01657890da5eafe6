#pragma once

// Faults on purpose, for tests of what stands before the service: late answers, errors, lost answers, crashes.

#include <cstdint>
#include <mutex>
#include <random>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/base/value.h"

namespace skald::services {

// What one request suffers.
struct FaultPlan {
  Millis latency{0};
  bool error = false;         // 500 before the effect
  bool drop = false;          // after the effect is durable, close the connection without an answer
  bool crash_before = false;  // end the process before the effect
  bool crash_after = false;   // end the process after the effect is durable, before the answer
};

// Thread-safe. Kept in memory only: a service that starts has no faults.
class Faults {
 public:
  // Replaces all switches by {"latency_ms","error_rate","drop_rate","crash_rate","seed"}; absent ones are 0. Rates are
  // from 0 to 1. The same seed gives the same plans in the order in which requests ask. Error: "bad-field".
  Status set(const Value& switches);
  Value json() const;
  FaultPlan draw();

 private:
  struct Switches {
    std::int64_t latency_ms = 0;
    double error_rate = 0;
    double drop_rate = 0;
    double crash_rate = 0;
    std::int64_t seed = 0;
  };

  mutable std::mutex mutex_;
  Switches switches_;
  std::mt19937_64 generator_;
};

}  // namespace skald::services
