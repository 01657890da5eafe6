#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/definition/durations.h"

namespace skald::definition {
namespace {

constexpr std::int64_t kMaxAttemptCount = 1'000'000;

bool expect_mapping(const DocNode& node, std::string_view name, Problems& problems) {
  if (node.is_mapping()) return true;
  problems.add(node, fmt::format("'{}' is a mapping", name));
  return false;
}

void read_backoff(const DocNode& node, RetryPolicy& policy, Problems& problems) {
  if (!expect_mapping(node, "backoff", problems)) return;
  check_keys(node, {"constant", "linear", "exponential"}, "'backoff'", problems);
  if (node.entries.size() != 1) {
    return problems.add(node, "'backoff' has one of constant, linear, exponential");
  }
  const auto& [name, how] = node.entries.front();
  if (how.type != DocNode::Type::kNull && !expect_mapping(how, name, problems)) return;
  if (name == "constant") {
    policy.backoff = RetryPolicy::Backoff::kConstant;
    check_keys(how, {}, "'constant'", problems);
  } else if (name == "linear") {
    policy.backoff = RetryPolicy::Backoff::kLinear;
    check_keys(how, {"increment"}, "'linear'", problems);
    if (const auto* increment = how.find("increment")) {
      policy.increment = read_duration(*increment, problems).value_or(Millis(0));
    }
  } else if (name == "exponential") {
    policy.backoff = RetryPolicy::Backoff::kExponential;
    check_keys(how, {"factor"}, "'exponential'", problems);
    if (const auto* factor = how.find("factor")) {
      if (factor->type == DocNode::Type::kScalar && factor->scalar.is_number() && factor->scalar.get<double>() >= 1 &&
          factor->scalar.get<double>() <= 100) {
        policy.factor = factor->scalar.get<double>();
      } else {
        problems.add(*factor, "'factor' is a number from 1 to 100");
      }
    }
  }
}

void read_attempt_limit(const DocNode& node, RetryRead& read, Problems& problems) {
  if (!expect_mapping(node, "attempt", problems)) return;
  check_keys(node, {"count", "duration"}, "'limit.attempt'", problems);
  if (const auto* count = node.find("count")) {
    const bool whole = count->type == DocNode::Type::kScalar && count->scalar.is_number_integer();
    if (whole && count->scalar.get<std::int64_t>() >= 1 && count->scalar.get<std::int64_t>() <= kMaxAttemptCount) {
      read.policy.max_attempts = count->scalar.get<std::uint32_t>();
    } else {
      problems.add(*count, fmt::format("'count' is a whole number from 1 to {}: tries in all", kMaxAttemptCount));
    }
  }
  if (const auto* duration = node.find("duration")) read.attempt_timeout = read_duration(*duration, problems);
}

void read_limit(const DocNode& node, RetryRead& read, Problems& problems) {
  if (!expect_mapping(node, "limit", problems)) return;
  check_keys(node, {"attempt", "duration"}, "'limit'", problems);
  if (const auto* attempt = node.find("attempt")) read_attempt_limit(*attempt, read, problems);
  if (const auto* duration = node.find("duration")) read.policy.max_duration = read_duration(*duration, problems);
}

void read_jitter(const DocNode& node, RetryPolicy& policy, Problems& problems) {
  if (!expect_mapping(node, "jitter", problems)) return;
  check_keys(node, {"from", "to"}, "'jitter'", problems);
  const auto* from = node.find("from");
  const auto* to = node.find("to");
  if (from == nullptr || to == nullptr) return problems.add(node, "'jitter' has 'from' and 'to'");
  const auto low = read_duration(*from, problems, true);
  const auto high = read_duration(*to, problems, true);
  if (!low || !high) return;
  if (*low > *high) return problems.add(*from, "'from' is above 'to'");
  policy.full_jitter = false;
  policy.jitter = {*low, *high};
}

}  // namespace

RetryPolicy default_retry() { return {}; }

RetryPolicy default_undo_retry() {
  RetryPolicy policy;
  policy.max_attempts.reset();
  policy.max_delay = Millis(60'000);
  return policy;
}

Millis RetryPolicy::wait_before(std::uint32_t next, double fraction) const {
  const double steps = next < 2 ? 0 : next - 2;
  auto wait = static_cast<double>(delay.count());
  if (backoff == Backoff::kLinear) {
    wait += steps * static_cast<double>((increment.count() != 0 ? increment : delay).count());
  } else if (backoff == Backoff::kExponential) {
    wait *= std::pow(factor, std::min(steps, 1000.0));
  }
  wait = std::min(wait, static_cast<double>(std::max(max_delay, delay).count()));
  if (jitter) {
    const auto [low, high] = *jitter;
    return Millis(static_cast<std::int64_t>(wait)) + low +
           Millis(static_cast<std::int64_t>(fraction * static_cast<double>((high - low).count())));
  }
  return Millis(static_cast<std::int64_t>(full_jitter ? wait * fraction : wait));
}

std::optional<RetryRead> read_retry(const DocNode& node, RetryPolicy defaults, Problems& problems) {
  if (!expect_mapping(node, "retry", problems)) return std::nullopt;
  check_keys(node, {"delay", "backoff", "limit", "jitter", "when", "exceptWhen"}, "'retry'", problems);
  RetryRead read;
  read.policy = defaults;
  // A policy that is written says all: what it leaves out is not done.
  read.policy.max_attempts.reset();
  read.policy.backoff = RetryPolicy::Backoff::kConstant;
  read.policy.full_jitter = false;
  if (const auto* delay = node.find("delay")) {
    read.policy.delay = read_duration(*delay, problems, true).value_or(defaults.delay);
  }
  if (const auto* backoff = node.find("backoff")) read_backoff(*backoff, read.policy, problems);
  if (const auto* limit = node.find("limit")) read_limit(*limit, read, problems);
  if (const auto* jitter = node.find("jitter")) read_jitter(*jitter, read.policy, problems);
  return read;
}

}  // namespace skald::definition
