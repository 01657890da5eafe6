// The door on Boost.Beast: it listens, accepts, and ends. Nothing here knows what is asked for.

#include <fmt/format.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

#include "engine/api/server.h"
#include "engine/api/session.h"

namespace skald::api {
namespace {

constexpr int kBacklog = 4'096;

// What is left in one may hold what belongs to the other: both drop it before either is gone.
class Context : public asio::io_context {
 public:
  using asio::execution_context::shutdown;
  using asio::io_context::io_context;
};

}  // namespace

// One thread has all connections: threads that share a context wake each other for each request. Of what is asked for
// it serves only what takes no time; all else the others do. The acceptor, its timer and the list of sessions are
// touched on that thread alone, once it runs.
struct Server::Impl {
  Impl(runtime::Engine& engine, const ServerOptions& options)
      : shared(engine, options, handling.get_executor()), acceptor(context), retry(context) {}

  ~Impl() {
    context.shutdown();
    handling.shutdown();
  }

  void accept() {
    acceptor.async_accept(context, [this](const boost::system::error_code& error, tcp::socket socket) {
      if (!acceptor.is_open()) return;
      if (error) {
        // Out of descriptors, most likely: what is open goes on, and the next try waits a moment.
        retry.expires_after(Millis(100));
        retry.async_wait([this](const boost::system::error_code& cancelled) {
          if (!cancelled && acceptor.is_open()) accept();
        });
        return;
      }
      auto session = make_session(std::move(socket), shared);
      remember(session);
      session->start();
      accept();
    });
  }

  void remember(const std::shared_ptr<Session>& session) {
    if (sessions.size() > 2 * shared.connections + 64) {
      std::erase_if(sessions, [](const std::weak_ptr<Session>& each) { return each.expired(); });
    }
    sessions.push_back(session);
  }

  void close() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    retry.cancel();
    for (const auto& each : sessions) {
      if (const auto session = each.lock()) session->close();
    }
  }

  Context handling;
  SessionContext shared;
  Context context{1};  // of all connections
  tcp::acceptor acceptor;
  asio::steady_timer retry;
  std::vector<std::weak_ptr<Session>> sessions;
  asio::executor_work_guard<asio::io_context::executor_type> open{handling.get_executor()};
  std::thread connections;
  std::vector<std::thread> handlers;
  std::string url;
};

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(); }
const std::string& Server::url() const { return impl_->url; }

Result<std::unique_ptr<Server>> Server::start(runtime::Engine& engine, const ServerOptions& options) {
  const std::size_t colon = options.address.rfind(':');
  boost::system::error_code error;
  const auto host = asio::ip::make_address(options.address.substr(0, colon), error);
  char* end = nullptr;
  const std::string port_text = colon == std::string::npos ? "" : options.address.substr(colon + 1);
  const unsigned long port = std::strtoul(port_text.c_str(), &end, 10);
  if (error || port_text.empty() || *end != '\0' || port > 65'535) {
    return fail(ErrorKind::kInvalid, "bad-address",
                fmt::format("'{}' is no address to listen on; expected one such as 127.0.0.1:7525", options.address));
  }
  auto impl = std::make_unique<Impl>(engine, options);
  const tcp::endpoint endpoint(host, static_cast<std::uint16_t>(port));
  impl->acceptor.open(endpoint.protocol(), error);
  if (!error) impl->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) impl->acceptor.bind(endpoint, error);
  if (!error) impl->acceptor.listen(kBacklog, error);
  if (error) {
    return fail(ErrorKind::kConflict, "address-taken",
                fmt::format("cannot listen on {}: {}; choose another with --http", options.address, error.message()));
  }
  const auto bound = impl->acceptor.local_endpoint();
  const std::string shown = host.is_v6() ? "[" + host.to_string() + "]" : host.to_string();
  impl->url = fmt::format("http://{}:{}", shown, bound.port());
  impl->accept();
  impl->connections = std::thread([context = &impl->context] { context->run(); });
  for (unsigned i = 0; i < std::max(1U, options.threads); ++i) {
    impl->handlers.emplace_back([handling = &impl->handling] { handling->run(); });
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

void Server::stop() {
  if (!impl_->connections.joinable()) return;
  asio::post(impl_->context, [impl = impl_.get()] { impl->close(); });
  impl_->connections.join();
  impl_->open.reset();  // behind what the connections' ends have left to do
  for (std::thread& thread : impl_->handlers) thread.join();
}

}  // namespace skald::api
