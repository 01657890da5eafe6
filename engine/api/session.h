#pragma once

// One connection of the door: it reads a request, hands it to the router, writes the answer, and again.

#include <atomic>
#include <boost/asio/io_context.hpp>
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
  SessionContext(runtime::Engine& the_engine, const ServerOptions& the_options,
                 asio::io_context::executor_type the_handlers)
      : engine(the_engine), options(the_options), handlers(std::move(the_handlers)) {}

  runtime::Engine& engine;
  const ServerOptions options;
  const asio::io_context::executor_type handlers;  // where requests are served that may take a while
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

// All of the session runs on the socket's executor, which must be of a single thread.
std::shared_ptr<Session> make_session(tcp::socket&& socket, SessionContext& context);

}  // namespace skald::api
