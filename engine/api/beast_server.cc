// The door on Boost.Beast: connections, requests, chunked streams. Nothing here knows what is asked for.

#include <fmt/format.h>
#include <sys/socket.h>

#include <atomic>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_set>
#include <vector>

#include "engine/api/problems.h"
#include "engine/api/router.h"
#include "engine/api/server.h"
#include "engine/base/log.h"

namespace skald::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr std::size_t kMaxHeader = 16 * 1024;
constexpr int kBacklog = 4'096;
constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kDrainStep = 64 * 1024;
constexpr std::size_t kMostDrained = 16 * 1024 * 1024;

std::string percent_decoded(std::string_view text, bool plus_is_space) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 && digit(text[i + 2]) >= 0) {
      decoded.push_back(static_cast<char>(digit(text[i + 1]) << 4 | digit(text[i + 2])));
      i += 2;
    } else {
      decoded.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return decoded;
}

Request request_of(http::request<http::string_body>&& raw) {
  Request request;
  request.method = std::string(raw.method_string());
  const std::string target(raw.target());
  const std::size_t mark = std::min(target.find('?'), target.size());
  request.path = percent_decoded(std::string_view(target).substr(0, mark), false);
  std::string_view rest = std::string_view(target).substr(std::min(mark + 1, target.size()));
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    request.query.emplace(percent_decoded(pair.substr(0, equals), true),
                          percent_decoded(pair.substr(std::min(equals + 1, pair.size())), true));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  request.accept = std::string(raw[http::field::accept]);
  request.authorization = std::string(raw[http::field::authorization]);
  request.body = std::move(raw.body());
  return request;
}

// What the sessions of one server share.
struct Shared {
  Shared(runtime::Engine& the_engine, const ServerOptions& the_options) : engine(the_engine), options(the_options) {}

  runtime::Engine& engine;
  const ServerOptions options;
  const Router router = make_router();
  std::atomic<std::size_t> connections{0};
};

class Session;

// One exchange of a session. It holds the session only weakly once that is gone.
class BeastExchange final : public Exchange, public std::enable_shared_from_this<BeastExchange> {
 public:
  BeastExchange(std::weak_ptr<Session> session, asio::any_io_executor executor, Request request)
      : session_(std::move(session)), executor_(std::move(executor)), request_(std::move(request)), timer_(executor_) {}

  const Request& request() const override { return request_; }
  void respond(Response response) override;
  void begin_stream(std::string content_type) override;
  void write(std::string chunk, std::function<void()> written) override;
  void end_stream() override;

  void on_done(std::function<void()> done) override {
    post([self = shared_from_this(), done = std::move(done)]() mutable {
      if (self->done_) return done();
      self->on_done_ = std::move(done);
    });
  }
  void post(std::function<void()> job) override { asio::post(executor_, std::move(job)); }
  void after(Millis delay, std::function<void()> job) override {
    post([self = shared_from_this(), delay, job = std::move(job)]() mutable {
      if (self->done_) return;
      self->timer_.expires_after(delay);
      self->timer_.async_wait([self, job = std::move(job)](const boost::system::error_code& error) {
        if (!error && !self->done_) job();
      });
    });
  }

  // On the session's strand: the answer is complete, or the client has gone.
  void finish() {
    if (done_) return;
    done_ = true;
    timer_.cancel();
    const auto done = std::move(on_done_);
    on_done_ = nullptr;
    if (done) done();
  }

 private:
  const std::weak_ptr<Session> session_;
  const asio::any_io_executor executor_;
  const Request request_;
  asio::steady_timer timer_;
  std::function<void()> on_done_;
  bool done_ = false;
};

// One connection. Everything runs on its strand.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket&& socket, Shared& shared) : stream_(std::move(socket)), shared_(shared) { ++shared_.connections; }
  ~Session() { --shared_.connections; }

  void start() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] {
      boost::system::error_code ignored;
      self->stream_.socket().set_option(tcp::no_delay(true), ignored);
      if (self->shared_.connections > self->shared_.options.max_connections) {
        self->keep_alive_ = false;
        return self->write(problem(503, "too-many-connections", "the server holds as many connections as it may"));
      }
      self->read();
    });
  }

  void close() {
    asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->shut(); });
  }

  void respond(Response response) {
    if (answering_) return;
    answering_ = true;
    write(std::move(response));
  }

  void begin_stream(const std::string& content_type) {
    if (answering_) return;
    answering_ = true;
    streaming_ = true;
    stream_header_.result(http::status::ok);
    stream_header_.version(11);
    stream_header_.set(http::field::content_type, content_type);
    stream_header_.set(http::field::cache_control, "no-store");
    stream_header_.keep_alive(keep_alive_);
    stream_header_.chunked(true);
    header_serializer_.emplace(stream_header_);
    writing_ = true;
    http::async_write_header(stream_, *header_serializer_,
                             [self = shared_from_this()](const beast::error_code& error, std::size_t) {
                               self->writing_ = false;
                               if (error) return self->shut();
                               self->write_next();
                             });
  }

  void stream(std::string chunk, std::function<void()> written) {
    if (!streaming_) return;
    chunks_.push_back({std::move(chunk), std::move(written)});
    write_next();
  }

  void end_stream() {
    if (!streaming_) return;
    chunks_.push_back({"", {}});
    write_next();
  }

 private:
  struct Chunk {
    std::string bytes;  // empty: the last
    std::function<void()> written;
  };

  void read() {
    parser_.emplace();
    parser_->body_limit(shared_.options.max_body);
    parser_->header_limit(kMaxHeader);
    answering_ = false;
    stream_.expires_after(shared_.options.idle);
    http::async_read(
        stream_, buffer_, *parser_,
        [self = shared_from_this()](const beast::error_code& error, std::size_t) { self->on_read(error); });
  }

  void on_read(const beast::error_code& error) {
    if (error == http::error::body_limit) {
      keep_alive_ = false;
      linger_ = true;
      answering_ = true;
      return write(
          problem(413, "body-too-large", fmt::format("a request's body may have {} bytes", shared_.options.max_body)));
    }
    if (error == http::error::header_limit) {
      keep_alive_ = false;
      answering_ = true;
      return write(problem(400, "header-too-large", fmt::format("a request's header may have {} bytes", kMaxHeader)));
    }
    if (error) return shut();
    stream_.expires_never();
    auto raw = parser_->release();
    keep_alive_ = raw.keep_alive();
    exchange_ = std::make_shared<BeastExchange>(weak_from_this(), stream_.get_executor(), request_of(std::move(raw)));
    watch_for_end();
    shared_.router.serve(exchange_, shared_.engine, shared_.options.token);
  }

  // While an answer is owed, a connection that becomes readable and has nothing to read has ended.
  void watch_for_end() {
    stream_.socket().async_wait(
        tcp::socket::wait_read, [self = shared_from_this(), exchange = exchange_](const beast::error_code& error) {
          if (error || self->exchange_ != exchange) return;
          char byte = 0;
          const ssize_t peeked = ::recv(self->stream_.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
          const bool nothing_yet = peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
          if (nothing_yet) return self->watch_for_end();  // woken by bytes that were read before
          if (peeked <= 0) self->shut();
        });
  }

  void write(Response response) {
    response_.emplace();
    response_->result(static_cast<unsigned>(response.status));
    response_->version(11);
    response_->set(http::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) response_->set(name, value);
    response_->keep_alive(keep_alive_);
    response_->body() = std::move(response.body);
    response_->prepare_payload();
    stream_.expires_after(shared_.options.idle);
    http::async_write(stream_, *response_, [self = shared_from_this()](const beast::error_code& error, std::size_t) {
      self->answered(!error);
    });
  }

  void write_next() {
    if (writing_ || chunks_.empty()) return;
    writing_ = true;
    const bool last = chunks_.front().bytes.empty();
    const auto wrote = [self = shared_from_this(), last](const beast::error_code& error, std::size_t) {
      self->writing_ = false;
      if (error) return self->shut();
      const auto written = std::move(self->chunks_.front().written);
      self->chunks_.pop_front();
      if (last) return self->answered(true);
      if (written) written();
      self->write_next();
    };
    stream_.expires_after(shared_.options.idle);  // a client that takes nothing is let go
    if (last) {
      asio::async_write(stream_, http::make_chunk_last(), wrote);
    } else {
      asio::async_write(stream_, http::make_chunk(asio::buffer(chunks_.front().bytes)), wrote);
    }
  }

  void answered(bool good) {
    streaming_ = false;
    chunks_.clear();
    if (good && linger_) return drain();
    if (!good || !keep_alive_) return shut();
    const auto exchange = std::move(exchange_);
    exchange_.reset();
    if (exchange) exchange->finish();
    boost::system::error_code ignored;
    stream_.socket().cancel(ignored);  // the wait of watch_for_end()
    read();
  }

  // Closed with bytes unread, the client might lose the answer: they are read and dropped for a moment.
  void drain() {
    boost::system::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kLinger);
    drain_more(0);
  }
  void drain_more(std::size_t dropped) {
    buffer_.consume(buffer_.size());
    stream_.async_read_some(buffer_.prepare(kDrainStep),
                            [self = shared_from_this(), dropped](const beast::error_code& error, std::size_t size) {
                              if (error || dropped > kMostDrained) return self->shut();
                              self->drain_more(dropped + size);
                            });
  }

  void shut() {
    const auto exchange = std::move(exchange_);
    exchange_.reset();
    if (exchange) exchange->finish();
    streaming_ = false;
    answering_ = true;
    boost::system::error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.close();
  }

  beast::tcp_stream stream_;
  Shared& shared_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::optional<http::response<http::string_body>> response_;
  http::response<http::empty_body> stream_header_;
  std::optional<http::response_serializer<http::empty_body>> header_serializer_;
  std::shared_ptr<BeastExchange> exchange_;
  std::deque<Chunk> chunks_;
  bool keep_alive_ = true;
  bool linger_ = false;
  bool answering_ = false;
  bool streaming_ = false;
  bool writing_ = false;
};

void BeastExchange::respond(Response response) {
  post([self = shared_from_this(), response = std::move(response)]() mutable {
    const auto session = self->session_.lock();
    if (session && !self->done_) session->respond(std::move(response));
  });
}

void BeastExchange::begin_stream(std::string content_type) {
  post([self = shared_from_this(), content_type = std::move(content_type)] {
    const auto session = self->session_.lock();
    if (session && !self->done_) session->begin_stream(content_type);
  });
}

void BeastExchange::write(std::string chunk, std::function<void()> written) {
  post([self = shared_from_this(), chunk = std::move(chunk), written = std::move(written)]() mutable {
    const auto session = self->session_.lock();
    if (session && !self->done_) session->stream(std::move(chunk), std::move(written));
  });
}

void BeastExchange::end_stream() {
  post([self = shared_from_this()] {
    const auto session = self->session_.lock();
    if (session && !self->done_) session->end_stream();
  });
}

}  // namespace

std::string Request::parameter(const std::string& name) const {
  const auto at = query.find(name);
  return at == query.end() ? "" : at->second;
}

struct Server::Impl {
  Impl(runtime::Engine& engine, const ServerOptions& options) : shared(engine, options), acceptor(context) {}

  void accept() {
    acceptor.async_accept(asio::make_strand(context), [this](const beast::error_code& error, tcp::socket socket) {
      if (!acceptor.is_open()) return;
      if (error) {
        // Out of descriptors, most likely: what is open goes on, and the next try waits a moment.
        retry.expires_after(Millis(100));
        retry.async_wait([this](const beast::error_code& cancelled) {
          if (!cancelled) accept();
        });
        return;
      }
      auto session = std::make_shared<Session>(std::move(socket), shared);
      remember(session);
      session->start();
      accept();
    });
  }

  void remember(const std::shared_ptr<Session>& session) {
    const std::lock_guard lock(mutex);
    if (sessions.size() > 2 * shared.connections + 64) {
      std::vector<std::weak_ptr<Session>> living;
      for (auto& each : sessions) {
        if (!each.expired()) living.push_back(std::move(each));
      }
      sessions = std::move(living);
    }
    sessions.push_back(session);
  }

  Shared shared;
  asio::io_context context;
  tcp::acceptor acceptor;
  asio::steady_timer retry{context};
  std::mutex mutex;
  std::vector<std::weak_ptr<Session>> sessions;
  std::vector<std::thread> threads;
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
  for (unsigned i = 0; i < std::max(1U, options.threads); ++i) {
    impl->threads.emplace_back([context = &impl->context] { context->run(); });
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

void Server::stop() {
  if (impl_->threads.empty()) return;
  asio::post(impl_->context, [impl = impl_.get()] {
    boost::system::error_code ignored;
    impl->acceptor.close(ignored);
    impl->retry.cancel();
  });
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& each : impl_->sessions) {
      if (const auto session = each.lock()) session->close();
    }
  }
  for (std::thread& thread : impl_->threads) thread.join();
  impl_->threads.clear();
}

}  // namespace skald::api
