#include "tests/bench/requests.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace skald::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

}  // namespace

struct Requests::Impl {
  asio::io_context context;
  asio::ip::tcp::socket socket{context};
  beast::flat_buffer buffer;
  std::string host;
  std::string port;

  error_code connect() {
    error_code error;
    asio::ip::tcp::resolver resolver(context);
    asio::connect(socket, resolver.resolve(host, port, error), error);
    if (!error) socket.set_option(asio::ip::tcp::no_delay(true), error);
    return error;
  }

  std::optional<Answer> exchange(http::verb verb, const std::string& path, std::string body) {
    http::request<http::string_body> request{verb, path, 11, std::move(body)};
    request.set(http::field::host, host);
    if (!request.body().empty()) request.set(http::field::content_type, "application/json");
    request.prepare_payload();
    http::response_parser<http::string_body> response;
    response.body_limit(boost::none);
    error_code error;
    if (!socket.is_open()) error = connect();
    if (!error) http::write(socket, request, error);
    if (!error) http::read(socket, buffer, response, error);
    if (error || !response.keep_alive()) {
      error_code ignored;
      socket.close(ignored);
      buffer.clear();
    }
    if (error) return std::nullopt;
    return Answer{response.get().result_int(), std::move(response.get().body())};
  }
};

Requests::Requests(const std::string& url) : impl_(std::make_unique<Impl>()) {
  const std::string address = url.substr(std::string("http://").size());
  impl_->host = address.substr(0, address.rfind(':'));
  impl_->port = address.substr(address.rfind(':') + 1);
}
Requests::~Requests() = default;

std::optional<Requests::Answer> Requests::get(const std::string& path) {
  return impl_->exchange(http::verb::get, path, "");
}
std::optional<Requests::Answer> Requests::post(const std::string& path, const std::string& json) {
  return impl_->exchange(http::verb::post, path, json);
}

}  // namespace skald::bench
