// One exchange and one connection on Boost.Beast: requests, answers, chunked streams.

#include "engine/api/session.h"

#include <fmt/format.h>

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <deque>
#include <optional>
#include <utility>

#include "engine/api/problems.h"
#include "engine/api/request.h"
#include "engine/base/fault_point.h"

namespace skald::api {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::size_t kMaxHeader = 16 * 1024;
constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kMostAhead = 4 * 1024;
constexpr std::size_t kDrainStep = 64 * 1024;
constexpr std::size_t kMostDrained = 16 * 1024 * 1024;

class BeastSession;

// One exchange of a session. It holds the session while an answer is owed, for nothing else may. What is its own it
// does on the connection's thread; what is the handler's, on the handler's strand, or there as well where that is none.
class BeastExchange final : public Exchange, public std::enable_shared_from_this<BeastExchange> {
 public:
  using Strand = asio::strand<asio::io_context::executor_type>;

  BeastExchange(std::shared_ptr<BeastSession> session, asio::any_io_executor executor,
                const asio::io_context::executor_type& apart, bool quick, Request request)
      : session_(std::move(session)),
        executor_(std::move(executor)),
        apart_(apart),
        handlers_(quick ? std::nullopt : std::optional(asio::make_strand(apart))),
        request_(std::move(request)),
        timer_(executor_) {}

  const Request& request() const override { return request_; }
  void respond(Response response) override;
  void begin_stream(std::string content_type) override;
  void write(std::string chunk, std::function<void()> written) override;
  void end_stream() override;

  void on_done(std::function<void()> done) override {
    at_once([self = shared_from_this(), done = std::move(done)]() mutable {
      if (self->done_) return self->post(std::move(done));
      self->on_done_ = std::move(done);
      self->watch_client();
    });
  }
  void post(std::function<void()> job) override {
    handlers_ ? asio::post(*handlers_, std::move(job)) : asio::post(executor_, std::move(job));
  }
  void post_apart(std::function<void()> job) override { asio::post(apart_, std::move(job)); }
  void after(Millis delay, std::function<void()> job) override {
    at_once([self = shared_from_this(), delay, job = std::move(job)]() mutable {
      if (self->done_) return;
      self->watch_client();
      self->timer_.expires_after(delay);
      self->timer_.async_wait([self, job = std::move(job)](const boost::system::error_code& error) {
        if (!error && !self->done_) self->call(job);
      });
    });
  }

  // On the connection's thread: has the handler's `job` run.
  void call(const std::function<void()>& job) {
    if (!handlers_) return job();
    asio::post(*handlers_, job);
  }

  // On the connection's thread: the answer is complete, or the client has gone.
  void finish() {
    if (done_) return;
    done_ = true;
    session_.reset();
    timer_.cancel();
    const auto done = std::move(on_done_);
    on_done_ = nullptr;
    if (done) call(done);
  }

 private:
  // On the connection's thread: now, if that is where this is called, since each post may wake another thread.
  template <typename Job>
  void at_once(Job&& job) {
    asio::dispatch(executor_, std::forward<Job>(job));
  }
  void watch_client();

  std::shared_ptr<BeastSession> session_;  // until it is done; touched on the connection's thread alone
  const asio::any_io_executor executor_;
  const asio::io_context::executor_type apart_;
  const std::optional<Strand> handlers_;
  const Request request_;
  asio::steady_timer timer_;
  std::function<void()> on_done_;
  bool done_ = false;
};

// One connection. Everything runs on its thread.
class BeastSession final : public Session, public std::enable_shared_from_this<BeastSession> {
 public:
  BeastSession(tcp::socket&& socket, SessionContext& shared)
      : socket_(std::move(socket)), shared_(shared), idle_(socket_.get_executor()) {
    ++shared_.connections;
  }
  ~BeastSession() override { --shared_.connections; }

  void start() override {
    asio::dispatch(socket_.get_executor(), [self = shared_from_this()] {
      boost::system::error_code ignored;
      self->socket_.set_option(tcp::no_delay(true), ignored);
      if (self->shared_.connections > self->shared_.options.max_connections) {
        self->keep_alive_ = false;
        return self->write(problem(503, "too-many-connections", "the server holds as many connections as it may"));
      }
      self->read();
    });
  }

  void close() override {
    asio::dispatch(socket_.get_executor(), [self = shared_from_this()] { self->shut(); });
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
    watch_for_end();
    stream_header_.result(http::status::ok);
    stream_header_.version(11);
    stream_header_.set(http::field::content_type, content_type);
    stream_header_.set(http::field::cache_control, "no-store");
    stream_header_.set(kEngineHeader, "engine");
    stream_header_.keep_alive(keep_alive_);
    stream_header_.chunked(true);
    header_serializer_.emplace(stream_header_);
    writing_ = true;
    http::async_write_header(socket_, *header_serializer_,
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

  // For an exchange that wants to know: while an answer is owed, the connection is read from, which shows its end. Of
  // what comes early, as the next request, one piece is kept.
  void watch_for_end() {
    if (ahead_ != Ahead::kNot) return;
    ahead_ = Ahead::kReads;
    socket_.async_read_some(buffer_.prepare(beast::read_size(buffer_, kMostAhead)),
                            [self = shared_from_this()](const beast::error_code& error, std::size_t size) {
                              self->buffer_.commit(size);
                              const bool wanted = std::exchange(self->ahead_, Ahead::kHas) == Ahead::kWanted;
                              if (error) return self->shut();
                              if (wanted) self->read();
                            });
  }

 private:
  struct Chunk {
    std::string bytes;  // empty: the last
    std::function<void()> written;
  };
  // What is read while an answer is owed: not yet; now; and wanted now, since the answer has gone out; it was.
  enum class Ahead : std::uint8_t { kNot, kReads, kWanted, kHas };

  // The connection ends where the client takes longer. The timer is not set anew for each read and write: it looks,
  // when it is due, how far the deadline has moved.
  void expect_within(std::chrono::milliseconds time) {
    deadline_ = asio::steady_timer::clock_type::now() + time;
    if (!timing_ || *deadline_ < idle_.expiry()) set_timer();
  }
  void set_timer() {
    timing_ = true;
    idle_.expires_at(*deadline_);
    idle_.async_wait([self = shared_from_this()](const beast::error_code& error) {
      if (error) return;
      self->timing_ = false;
      if (!self->deadline_) return;
      if (*self->deadline_ <= asio::steady_timer::clock_type::now()) return self->shut();
      self->set_timer();
    });
  }

  void read() {
    ahead_ = Ahead::kNot;
    parser_.emplace();
    parser_->body_limit(shared_.options.max_body);
    parser_->header_limit(kMaxHeader);
    answering_ = false;
    expect_within(shared_.options.idle);
    http::async_read(
        socket_, buffer_, *parser_,
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
    deadline_.reset();
    auto raw = parser_->release();
    keep_alive_ = raw.keep_alive();
    Request request = request_of(std::move(raw));
    const bool quick = shared_.router.is_quick(request);
    exchange_ = std::make_shared<BeastExchange>(shared_from_this(), socket_.get_executor(), shared_.handlers, quick,
                                                std::move(request));
    const auto serve = [exchange = exchange_, shared = &shared_] {
      shared->router.serve(exchange, shared->engine, shared->options.token);
    };
    quick ? serve() : exchange_->post(serve);
  }

  void write(Response response) {
    SKALD_CRASH_POINT("api.before-reply");
    response_.emplace();
    response_->result(static_cast<unsigned>(response.status));
    response_->version(11);
    response_->set(http::field::content_type, response.content_type);
    response_->set(kEngineHeader, "engine");
    for (const auto& [name, value] : response.headers) response_->set(name, value);
    response_->keep_alive(keep_alive_);
    response_->body() = std::move(response.body);
    response_->prepare_payload();
    expect_within(shared_.options.idle);
    http::async_write(socket_, *response_, [self = shared_from_this()](const beast::error_code& error, std::size_t) {
      self->answered(!error);
    });
  }

  void write_next() {
    if (writing_ || chunks_.empty()) return;
    writing_ = true;
    const bool last = chunks_.front().bytes.empty();
    const auto wrote = [self = shared_from_this(), last](const beast::error_code& error, std::size_t) {
      self->writing_ = false;
      self->deadline_.reset();  // nothing is expected of the client while nothing comes
      if (error) return self->shut();
      const auto written = std::move(self->chunks_.front().written);
      self->chunks_.pop_front();
      if (last) return self->answered(true);
      if (written && self->exchange_) self->exchange_->call(written);
      self->write_next();
    };
    expect_within(shared_.options.idle);  // a client that takes nothing is let go
    if (last) {
      asio::async_write(socket_, http::make_chunk_last(), wrote);
    } else {
      asio::async_write(socket_, http::make_chunk(asio::buffer(chunks_.front().bytes)), wrote);
    }
  }

  void answered(bool good) {
    SKALD_CRASH_POINT("api.after-reply");
    streaming_ = false;
    chunks_.clear();
    if (good && linger_) return drain();
    if (!good || !keep_alive_) return shut();
    const auto exchange = std::move(exchange_);
    exchange_.reset();
    if (exchange) exchange->finish();
    if (ahead_ != Ahead::kReads) return read();
    ahead_ = Ahead::kWanted;
    expect_within(shared_.options.idle);
  }

  // Closed with bytes unread, the client might lose the answer: they are read and dropped for a moment.
  void drain() {
    boost::system::error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    expect_within(kLinger);
    drain_more(0);
  }
  void drain_more(std::size_t dropped) {
    buffer_.consume(buffer_.size());
    socket_.async_read_some(buffer_.prepare(kDrainStep),
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
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    deadline_.reset();
    idle_.cancel();
    socket_.close(ignored);
  }

  tcp::socket socket_;
  SessionContext& shared_;
  asio::steady_timer idle_;
  bool timing_ = false;                                     // idle_ is set
  std::optional<asio::steady_timer::time_point> deadline_;  // of what is expected of the client; none: of nothing
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
  Ahead ahead_ = Ahead::kNot;
};

void BeastExchange::watch_client() {
  if (session_) session_->watch_for_end();
}

void BeastExchange::respond(Response response) {
  at_once([self = shared_from_this(), response = std::move(response)]() mutable {
    if (self->session_) self->session_->respond(std::move(response));
  });
}

void BeastExchange::begin_stream(std::string content_type) {
  at_once([self = shared_from_this(), content_type = std::move(content_type)] {
    if (self->session_) self->session_->begin_stream(content_type);
  });
}

void BeastExchange::write(std::string chunk, std::function<void()> written) {
  asio::post(executor_, [self = shared_from_this(), chunk = std::move(chunk), written = std::move(written)]() mutable {
    if (self->session_) self->session_->stream(std::move(chunk), std::move(written));
  });
}

void BeastExchange::end_stream() {
  asio::post(executor_, [self = shared_from_this()] {
    if (self->session_) self->session_->end_stream();
  });
}

}  // namespace

std::shared_ptr<Session> make_session(tcp::socket&& socket, SessionContext& context) {
  return std::make_shared<BeastSession>(std::move(socket), context);
}

}  // namespace skald::api
