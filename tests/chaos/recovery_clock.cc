#include "tests/chaos/recovery_clock.h"

#include <httplib.h>

#include <algorithm>

namespace skald::chaos {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr Millis kTick{10};
constexpr Millis kAskTimeout{500};

double at_share(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

}  // namespace

RecoveryClock::RecoveryClock(const Store& store, const Shoppers& shoppers)
    : store_(store), shoppers_(shoppers), thread_([this] { watch(); }) {}

RecoveryClock::~RecoveryClock() {
  stopping_ = true;
  thread_.join();
}

void RecoveryClock::killed() {
  const std::lock_guard lock(mutex_);
  if (!since_) since_ = SteadyClock::now();
}

void RecoveryClock::watch() {
  const std::string url = store_.engine_url();
  while (!stopping_) {
    std::this_thread::sleep_for(kTick);
    std::optional<SteadyTime> since;
    {
      const std::lock_guard lock(mutex_);
      since = since_;
    }
    if (!since) continue;
    const auto asked_at = SteadyClock::now();
    httplib::Client client(url);
    client.set_connection_timeout(kAskTimeout);
    client.set_read_timeout(kAskTimeout);
    const auto ready = client.Get("/readyz");
    // The process that is being killed may still have answered.
    const bool is_ready = ready && ready->status == 200 && asked_at > *since + kAskTimeout / 5;
    const bool accepted = shoppers_.last_accepted() > *since + kAskTimeout / 5;
    if (!is_ready && !accepted) continue;
    const std::chrono::duration<double, std::milli> took = SteadyClock::now() - *since;
    const std::lock_guard lock(mutex_);
    took_ms_.push_back(took.count());
    since_.reset();
  }
}

Value RecoveryClock::figures() const {
  const std::lock_guard lock(mutex_);
  std::vector<double> sorted = took_ms_;
  std::sort(sorted.begin(), sorted.end());
  return {{"count", sorted.size()},
          {"p50", at_share(sorted, 0.5)},
          {"p99", at_share(sorted, 0.99)},
          {"max", sorted.empty() ? 0 : sorted.back()}};
}

}  // namespace skald::chaos
