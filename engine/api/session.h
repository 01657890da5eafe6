#pragma once

// One connection of the door: it reads a request, hands it to the router, writes the answer, and again.

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>

#include "engine/api/router.h"
#include "engine/api/server.h"
#include "engine/runtime/engine.h"

namespace skald::api {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

// What the sessions of one server share. Outlives them.
struct SessionContext {
  SessionContext(runtime::Engine& the_engine, const ServerOptions& the_options)
      : engine(the_engine), options(the_options) {}

  runtime::Engine& engine;
  const ServerOptions options;
  const Router router = make_router();
  std::atomic<std::size_t> connections{0};
};

// Lives until its connection ends. Both calls may come from any thread.
class Session {
 public:
  virtual ~Session() = default;
  virtual void start() = 0;
  virtual void close() = 0;
};

// The socket's executor must be a strand: all of the session runs on it.
std::shared_ptr<Session> make_session(tcp::socket&& socket, SessionContext& context);

}  // namespace skald::api
