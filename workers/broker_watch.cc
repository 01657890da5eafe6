#include "workers/broker_watch.h"

#include <utility>

#include "engine/base/log.h"

namespace skald::workers {

BrokerWatch::BrokerWatch(const std::string& url, Clock::time_point now)
    : where_(url.substr(url.rfind('@') + 1)), seen_(now) {}

void BrokerWatch::see(bool connected, Clock::time_point now) {
  if (connected) {
    if (std::exchange(missed_, false)) logger("worker")->info("the broker is there again url={}", where_);
    seen_ = now;
  } else if (now - seen_ > kMoment && !std::exchange(missed_, true)) {
    logger("worker")->warn("no broker answers, so no task comes; trying until one does url={}", where_);
  }
}

}  // namespace skald::workers
