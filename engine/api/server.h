#pragma once

// The engine's HTTP door. It holds thousands of waiters and event streams on a few threads: one has all connections and
// takes submissions, others serve whatever reads the store or waits, so that nobody who submits waits for a reader.

#include <cstddef>
#include <memory>
#include <string>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/runtime/engine.h"

namespace skald::api {

// Stands in each answer, by which a client knows an engine.
inline constexpr const char* kEngineHeader = "X-Skald";
inline constexpr std::size_t kMaxBody = 2 * 1024 * 1024;  // bytes of a request's, unless an option says otherwise

struct ServerOptions {
  std::string address = "127.0.0.1:7525";  // host:port; port 0: any free one
  std::string token;                       // empty: none is asked for
  unsigned threads = 2;                    // beside the connections' own
  std::size_t max_connections = 20'000;
  std::size_t max_body = kMaxBody;
  Millis idle{60'000};  // a connection without a request
};

class Server {
 public:
  // Errors: "bad-address" (kInvalid), "address-taken" (kConflict).
  static Result<std::unique_ptr<Server>> start(runtime::Engine& engine, const ServerOptions& options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // "http://127.0.0.1:7525"
  const std::string& url() const;
  // Closes all connections; no handler runs after it returns. Callbacks of the engine may still come: they do nothing,
  // but what they hold is of this server, which is to be destroyed when the engine has stopped.
  void stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace skald::api
