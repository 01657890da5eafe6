#pragma once

// The HTTP side of a service: JSON in and out, RFC 7807 problems, fault switches, connections that close without an
// answer where a fault asks for it. Every service also has GET /healthz, and GET and PUT /_faults.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "services/common/answer.h"
#include "services/common/effects.h"
#include "services/common/faults.h"

namespace skald::services {

inline constexpr std::size_t kMaxBodyBytes = 256 * 1024;
inline constexpr std::size_t kConnectionThreads = 96;  // connections served at once; further ones wait

struct Request {
  std::vector<std::string> parameters;  // what the groups of the route's pattern matched
  Keyed keyed;                          // key, route and body
};

// Called by many threads at once.
using RouteHandler = std::function<Result<Answer>(const Request&)>;

struct Route {
  std::string method;   // GET, POST or PUT
  std::string pattern;  // regular expression over the whole path
  RouteHandler handler;
};

// "host:port", port 0 for any free one. Error: "bad-address".
struct Address {
  std::string host;
  int port = 0;
};
Result<Address> parse_address(const std::string& text);

class HttpServer {
 public:
  struct Options {
    std::string service;        // for logs and /healthz
    bool allow_faults = false;  // otherwise PUT /_faults is 403
  };

  HttpServer(Options options, std::vector<Route> routes);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Binds and listens; returns the port. Error: "cannot-listen".
  Result<int> listen(const Address& address);
  // Serves until `stop`, then returns when the requests in hand have been answered.
  void serve();
  // Ends `serve`, once it runs. Callable from any thread, once.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace skald::services
