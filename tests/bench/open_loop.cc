#include "tests/bench/open_loop.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <deque>
#include <memory>
#include <optional>

#include "tests/bench/bench.h"

namespace skald::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using Clock = asio::steady_timer::clock_type;
using asio::ip::tcp;

tcp::endpoint endpoint_of(const std::string& url) {
  const std::string address = url.substr(std::string("http://").size());
  const std::size_t colon = address.rfind(':');
  return {asio::ip::make_address(address.substr(0, colon)),
          static_cast<std::uint16_t>(std::stoul(address.substr(colon + 1)))};
}

class Loop {
 public:
  Loop(const std::string& url, const std::string& body, int sagas, double per_second)
      : server_(endpoint_of(url)), sagas_(sagas), per_second_(per_second), timer_(context_) {
    request_ = {http::verb::post, "/v1/sagas?wait=30s", 11, body};
    request_.set(http::field::host, "127.0.0.1");
    request_.set(http::field::content_type, "application/json");
    request_.prepare_payload();
  }

  OpenLoop run(int connections) {
    for (int i = 0; i < connections; ++i) {
      connections_.push_back(std::make_unique<Connection>(context_));
      free_.push_back(connections_.back().get());
    }
    start_ = Clock::now();
    begin_due();
    context_.run();
    told_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    std::sort(told_.took.begin(), told_.took.end());
    return std::move(told_);
  }

 private:
  struct Connection {
    explicit Connection(asio::io_context& context) : socket(context) {}
    tcp::socket socket;
    beast::flat_buffer buffer;
    std::optional<http::response<http::string_body>> response;
    Clock::time_point due;
  };

  Clock::time_point due(int saga) const { return start_ + due_after(saga, per_second_); }

  void begin_due() {
    const auto now = Clock::now();
    for (; next_ < sagas_ && due(next_) <= now; ++next_) waiting_.push_back(due(next_));
    begin_waiting();
    if (next_ == sagas_) return;
    timer_.expires_at(due(next_));
    timer_.async_wait([this](const error_code&) { begin_due(); });
  }

  void begin_waiting() {
    while (!waiting_.empty() && !free_.empty()) {
      Connection& connection = *free_.back();  // the one used last: few are open where few are needed
      free_.pop_back();
      connection.due = waiting_.front();
      waiting_.pop_front();
      submit(connection);
    }
  }

  void submit(Connection& connection) {
    error_code error;
    if (!connection.socket.is_open()) {
      connection.socket.connect(server_, error);
      if (!error) connection.socket.set_option(tcp::no_delay(true), error);
    }
    if (error) return done(connection, false);
    http::async_write(connection.socket, request_, [this, &connection](const error_code& failed, std::size_t) {
      if (failed) return done(connection, false);
      connection.response.emplace();
      http::async_read(connection.socket, connection.buffer, *connection.response,
                       [this, &connection](const error_code& unread, std::size_t) { done(connection, !unread); });
    });
  }

  void done(Connection& connection, bool answered) {
    const bool completed = answered && connection.response->result() == http::status::created &&
                           connection.response->body().find(R"("status":"completed")") != std::string::npos;
    if (completed) {
      told_.took.push_back(std::chrono::duration<double, std::milli>(Clock::now() - connection.due).count());
    } else {
      ++told_.failed;
    }
    if (!answered || !connection.response->keep_alive()) {
      error_code ignored;
      connection.socket.close(ignored);
      connection.buffer.clear();
    }
    free_.push_back(&connection);
    begin_waiting();
  }

  const tcp::endpoint server_;
  const int sagas_;
  const double per_second_;
  http::request<http::string_body> request_;
  asio::io_context context_{1};
  asio::steady_timer timer_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<Connection*> free_;
  std::deque<Clock::time_point> waiting_;
  Clock::time_point start_;
  int next_ = 0;
  OpenLoop told_;
};

}  // namespace

OpenLoop run_open_loop(const std::string& url, const std::string& body, int sagas, double per_second, int connections) {
  return Loop(url, body, sagas, per_second).run(connections);
}

}  // namespace skald::bench
