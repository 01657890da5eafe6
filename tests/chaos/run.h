#pragma once

// One chaos run: the schedule's acts upon the store under load, and the verdict.

#include <string>

#include "engine/base/value.h"
#include "tests/chaos/schedule.h"

namespace skald::chaos {

struct RunOptions {
  std::uint64_t seed = 1;
  Millis duration{0};
  double per_second = 6;  // checkouts
  double intensity = 1;   // of the faults
  Millis drain{240'000};  // within which all must have ended when the faults are over
  bool quiet = false;     // no word on standard error while it runs
  std::string folder;     // kept where something does not hold
};

// {"ok", "violations", ...}: see README.md. Error: "not-ready".
Result<Value> run(const RunOptions& options);

}  // namespace skald::chaos
