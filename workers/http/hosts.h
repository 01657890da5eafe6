#pragma once

// The hosts that have been called: a breaker each, and the connections that are kept. Thread-safe.
//
// At most kMaxHosts are remembered. Of more, the one that was called longest ago is forgotten, with its breaker; those
// that are being called stay.

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "workers/sidecar/breaker.h"
#include "workers/sidecar/connection.h"

namespace skald::workers::http {

inline constexpr std::size_t kMaxHosts = 256;
inline constexpr std::size_t kMaxIdleConnections = 4;  // of one host

class Hosts {
 public:
  // Both outlive it.
  Hosts(std::string ca_file, const Clock& clock, Deadlines& deadlines)
      : ca_file_(std::move(ca_file)), clock_(clock), deadlines_(deadlines) {}

 private:
  struct Host {
    explicit Host(const Clock& clock);
    Breaker breaker;
    std::vector<std::unique_ptr<Connection>> idle;
    std::size_t in_use = 0;
    std::uint64_t last_used = 0;
  };

 public:
  // A host that is being called, by one caller; it is not forgotten meanwhile.
  class Lease {
   public:
    Lease(Hosts& hosts, const std::string& origin) : hosts_(hosts), origin_(origin), host_(hosts.take(origin)) {}
    ~Lease() { hosts_.give_back(host_, std::move(connection_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;

    Breaker& breaker() { return host_.breaker; }
    HttpReply call(const HttpRequest& request);

   private:
    Hosts& hosts_;
    const std::string origin_;
    Host& host_;
    std::unique_ptr<Connection> connection_;
  };

  // The breakers that are not closed, by host; at most as many as a presence should name.
  std::map<std::string, std::string> breakers() const;

 private:
  Host& take(const std::string& origin);
  std::unique_ptr<Connection> connection(Host& host, const std::string& origin);
  void give_back(Host& host, std::unique_ptr<Connection> connection);
  void forget_one();

  const std::string ca_file_;
  const Clock& clock_;
  Deadlines& deadlines_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Host> hosts_;  // by origin
  std::uint64_t uses_ = 0;
};

}  // namespace skald::workers::http
