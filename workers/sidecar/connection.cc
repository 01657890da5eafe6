#include "workers/sidecar/connection.h"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>

namespace skald::workers {
namespace {

// Errors behind which the request has not left: nothing can have happened.
bool is_refused(httplib::Error error) {
  return error == httplib::Error::Connection || error == httplib::Error::ConnectionTimeout ||
         error == httplib::Error::SSLConnection || error == httplib::Error::SSLLoadingCerts ||
         error == httplib::Error::SSLServerVerification;
}

std::string words_of(httplib::Error error) {
  if (error == httplib::Error::SSLServerVerification) return "the server's certificate is not trusted, or is another's";
  if (error == httplib::Error::SSLLoadingCerts) return "the certificates of those to trust cannot be read";
  if (error == httplib::Error::SSLConnection) return "no TLS connection";
  if (error == httplib::Error::Connection) return "connection refused, or no such host";
  return httplib::to_string(error);
}

httplib::Request library_request(const HttpRequest& request) {
  httplib::Request http;
  http.method = request.method;
  http.path = request.path;
  for (const auto& [name, value] : request.headers) http.set_header(name, value);
  if (request.body) http.body = *request.body;
  return http;
}

void take_head(const httplib::Response& response, HttpReply& reply) {
  reply.status = response.status;
  reply.content_type = response.get_header_value("Content-Type");
  reply.retry_after = response.get_header_value("Retry-After");
  reply.headers.assign(response.headers.begin(), response.headers.end());
}

}  // namespace

struct Connection::Impl {
  explicit Impl(const std::string& origin) : client(origin) {}
  httplib::Client client;
};

Connection::Connection(ConnectionOptions options, Deadlines& deadlines)
    : options_(std::move(options)), deadlines_(deadlines), impl_(std::make_unique<Impl>(options_.origin)) {
  impl_->client.set_keep_alive(true);
  impl_->client.set_tcp_nodelay(true);
  impl_->client.set_url_encode(options_.encode_paths);
  if (!options_.ca_file.empty()) impl_->client.set_ca_cert_path(options_.ca_file);
}

Connection::~Connection() = default;

HttpReply Connection::call(const HttpRequest& request) {
  HttpReply reply;
  httplib::Request http = library_request(request);
  // An answer that is not taken in whole still has a head that says what came of it.
  http.response_handler = [&](const httplib::Response& response) {
    take_head(response, reply);
    return true;
  };
  http.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    const std::size_t room = options_.max_body - reply.body.size();
    reply.body.append(data, std::min(size, room));
    reply.too_large = size > room;
    return !reply.too_large;
  };
  impl_->client.set_connection_timeout(std::min(options_.connect_timeout, request.timeout));
  impl_->client.set_read_timeout(request.timeout);
  impl_->client.set_write_timeout(request.timeout);
  // The library's timeouts are those of one read or write: a service that answers byte by byte passes them all.
  Deadlines::Watch watch(deadlines_, std::chrono::steady_clock::now() + request.timeout,
                         [this] { impl_->client.stop(); });
  const httplib::Result result = impl_->client.send(http);
  const bool late = watch.end();
  if (result) {
    take_head(*result, reply);  // one without a body does not come by the handler
  } else if (!reply.too_large) {
    reply = {};
    reply.refused = is_refused(result.error());
    reply.failure = fmt::format("{} {}: {}", request.method, options_.origin,
                                late ? "no whole answer within its time" : words_of(result.error()));
  }
  return reply;
}

}  // namespace skald::workers
