#include "workers/http/hosts.h"

namespace skald::workers::http {
namespace {

constexpr std::uint32_t kBreakerFailures = 5;
constexpr Millis kBreakerOpenFor{5'000};
constexpr Millis kConnectTimeout{5'000};
constexpr std::size_t kMaxToldBreakers = 16;

}  // namespace

Hosts::Host::Host(const Clock& clock) : breaker(kBreakerFailures, kBreakerOpenFor, clock) {}

Hosts::Host& Hosts::take(const std::string& origin) {
  const std::lock_guard lock(mutex_);
  Host& host = hosts_.try_emplace(origin, clock_).first->second;
  ++host.in_use;
  host.last_used = ++uses_;
  if (hosts_.size() > kMaxHosts) forget_one();
  return host;
}

void Hosts::forget_one() {
  auto oldest = hosts_.end();
  for (auto at = hosts_.begin(); at != hosts_.end(); ++at) {
    if (at->second.in_use > 0) continue;
    if (oldest == hosts_.end() || at->second.last_used < oldest->second.last_used) oldest = at;
  }
  if (oldest != hosts_.end()) hosts_.erase(oldest);
}

std::unique_ptr<Connection> Hosts::connection(Host& host, const std::string& origin) {
  {
    const std::lock_guard lock(mutex_);
    if (!host.idle.empty()) {
      auto kept = std::move(host.idle.back());
      host.idle.pop_back();
      return kept;
    }
  }
  ConnectionOptions options;
  options.origin = origin;
  options.ca_file = ca_file_;
  options.connect_timeout = kConnectTimeout;
  options.encode_paths = false;
  return std::make_unique<Connection>(std::move(options), deadlines_);
}

void Hosts::give_back(Host& host, std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  --host.in_use;
  if (connection != nullptr && host.idle.size() < kMaxIdleConnections) host.idle.push_back(std::move(connection));
}

HttpReply Hosts::Lease::call(const HttpRequest& request) {
  connection_ = hosts_.connection(host_, origin_);
  return connection_->call(request);
}

std::map<std::string, std::string> Hosts::breakers() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::string> told;
  for (const auto& [origin, host] : hosts_) {
    const std::string state = host.breaker.state();
    if (state != "closed" && told.size() < kMaxToldBreakers) told.emplace(origin, state);
  }
  return told;
}

}  // namespace skald::workers::http
