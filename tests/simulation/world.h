#pragma once

// Simulated time and chance: everything that happens in a simulation is an entry of one queue, and everything that is
// drawn comes from one seed, so that a seed repeats exactly.

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "engine/base/time.h"

namespace skald::simulation {

// splitmix64.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next();
  // In [0, bound); bound > 0.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  bool chance(double probability) { return static_cast<double>(next() >> 11) * 0x1.0p-53 < probability; }
  // In [low, high].
  Millis between(std::int64_t low_ms, std::int64_t high_ms) {
    return Millis(low_ms + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high_ms - low_ms + 1))));
  }

 private:
  std::uint64_t state_;
};

class World {
 public:
  explicit World(std::uint64_t seed) : random(seed) {}

  Random random;

  // The true time; the engine's clock may differ (SimClock).
  Time now() const { return now_; }
  void after(Millis delay, std::function<void()> happening);
  // What is due at the same time happens in a drawn order. False where nothing is left.
  bool step();
  std::uint64_t steps() const { return steps_; }

 private:
  struct Entry {
    Time due;
    std::uint64_t draw;
    std::uint64_t number;  // entries of one draw keep their order
    std::function<void()> happening;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const;
  };

  Time now_{1'750'000'000'000};
  std::uint64_t steps_ = 0;
  std::uint64_t numbers_ = 0;
  std::priority_queue<Entry, std::vector<Entry>, Later> queue_;
};

// The clock of a machine, which may be wrong and may jump.
class SimClock final : public Clock {
 public:
  SimClock(const World& world, const Millis& skew) : world_(world), skew_(skew) {}
  Time now() const override { return world_.now() + skew_; }

 private:
  const World& world_;
  const Millis& skew_;
};

}  // namespace skald::simulation
