#include "services/common/faults.h"

#include <array>
#include <limits>
#include <string>

#include "services/common/fields.h"

namespace skald::services {
namespace {

constexpr double kMaxLatencyMs = 60'000;
constexpr std::array kNames = {"latency_ms", "error_rate", "drop_rate", "crash_rate", "seed"};

Status check_names(const Value& switches) {
  if (!switches.is_object()) return fail(ErrorKind::kInvalid, "bad-field", "the body must be a JSON object");
  for (const auto& [name, value] : switches.items()) {
    if (std::find(kNames.begin(), kNames.end(), name) == kNames.end()) {
      return fail(
          ErrorKind::kInvalid, "bad-field",
          "there is no fault switch '" + name + "'; there are latency_ms, error_rate, drop_rate, crash_rate and seed");
    }
  }
  return {};
}

}  // namespace

Status Faults::set(const Value& switches) {
  SKALD_TRY(check_names(switches));
  Switches next;
  SKALD_ASSIGN(double latency_ms, number_field(switches, "latency_ms", 0, kMaxLatencyMs, 0));
  next.latency_ms = static_cast<std::int64_t>(latency_ms);
  SKALD_ASSIGN(next.error_rate, number_field(switches, "error_rate", 0, 1, 0));
  SKALD_ASSIGN(next.drop_rate, number_field(switches, "drop_rate", 0, 1, 0));
  SKALD_ASSIGN(next.crash_rate, number_field(switches, "crash_rate", 0, 1, 0));
  if (switches.contains("seed")) {
    SKALD_ASSIGN(next.seed, integer_field(switches, "seed", 0, std::int64_t{1} << 53));
  }
  std::lock_guard lock(mutex_);
  switches_ = next;
  generator_.seed(static_cast<std::uint64_t>(next.seed));
  return {};
}

Value Faults::json() const {
  std::lock_guard lock(mutex_);
  return {{"latency_ms", switches_.latency_ms},
          {"error_rate", switches_.error_rate},
          {"drop_rate", switches_.drop_rate},
          {"crash_rate", switches_.crash_rate},
          {"seed", switches_.seed}};
}

FaultPlan Faults::draw() {
  std::lock_guard lock(mutex_);
  // Always the same number of draws a request, so that one switch does not move the others' luck.
  const auto happens = [&](double rate) {
    return std::generate_canonical<double, std::numeric_limits<double>::digits>(generator_) < rate;
  };
  FaultPlan plan;
  plan.latency = Millis(switches_.latency_ms);
  plan.error = happens(switches_.error_rate);
  plan.drop = happens(switches_.drop_rate);
  const bool crash = happens(switches_.crash_rate);
  const bool before = happens(0.5);
  plan.crash_before = crash && before;
  plan.crash_after = crash && !before;
  return plan;
}

}  // namespace skald::services
