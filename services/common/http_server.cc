#include "services/common/http_server.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <condition_variable>
#include <mutex>

#include "engine/base/check.h"
#include "engine/base/log.h"
#include "services/common/http_connection.h"

namespace skald::services {
namespace {

constexpr int kBacklog = 128;
constexpr std::size_t kRequestsPerConnection = 1'000'000;
constexpr int kCrashExitCode = 70;

// Without the library's SO_REUSEPORT, by which two services could listen on one port.
void set_socket_options(int socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

void write_answer(const Answer& answer, httplib::Response& response) {
  response.status = answer.status;
  if (answer.replayed) response.set_header("Idempotent-Replayed", "true");
  if (answer.retry_after_s) response.set_header("Retry-After", std::to_string(*answer.retry_after_s));
  response.set_content(to_json(answer.body), answer.status < 400 ? "application/json" : "application/problem+json");
}

// Reads the body, if there is one; the library would wait for one where the client says nothing about it. False where
// it cannot be read, with the status set by the library.
bool read_body(const httplib::Request& in, const httplib::ContentReader& reader, std::string& body) {
  if (!in.has_header("Content-Length") && !in.has_header("Transfer-Encoding")) return true;
  return reader([&](const char* bytes, std::size_t size) {
    body.append(bytes, size);
    return true;
  });
}

Result<Request> request_of(const httplib::Request& in, const std::string& body) {
  Request request;
  for (std::size_t i = 1; i < in.matches.size(); ++i) request.parameters.push_back(in.matches[i].str());
  request.keyed.key = in.get_header_value("Idempotency-Key");
  request.keyed.route = in.method + " " + in.path;
  request.keyed.body = Value::object();
  if (!body.empty()) {
    SKALD_ASSIGN(request.keyed.body, parse_json(body));
  }
  return request;
}

}  // namespace

Result<Address> parse_address(const std::string& text) {
  const auto colon = text.rfind(':');
  Address address;
  if (colon != std::string::npos && colon > 0) {
    address.host = text.substr(0, colon);
    const char* end = text.data() + text.size();
    const auto [last, error] = std::from_chars(text.data() + colon + 1, end, address.port);
    if (error == std::errc() && last == end && address.port >= 0 && address.port <= 65535) return address;
  }
  return fail(ErrorKind::kInvalid, "bad-address", "'" + text + "' is no address; write host:port, like 127.0.0.1:0");
}

class HttpServer::Impl final : public httplib::Server {
 public:
  Impl(HttpServer::Options options, std::vector<Route> routes)
      : options_(std::move(options)), stop_event_(::eventfd(0, EFD_CLOEXEC)) {
    SKALD_CHECK(stop_event_ >= 0, "eventfd failed");
    new_task_queue = [this] { return make_threads(); };
    set_tcp_nodelay(true);
    httplib::Server::set_socket_options(services::set_socket_options);
    set_payload_max_length(kMaxBodyBytes);
    set_keep_alive_timeout(HttpConnection::kIdleTimeoutMs / 1000);  // said in a header; our connections keep it
    set_keep_alive_max_count(kRequestsPerConnection);
    set_error_handler(
        [](const httplib::Request& request, httplib::Response& response) { on_error(request, response); });
    set_exception_handler(
        [this](const httplib::Request& request, httplib::Response& response, const std::exception_ptr&) {
          logger(options_.service)->error("handler threw path={}", request.path);
          write_answer(problem(500, "internal", "the service failed in a way that it does not know; see its log"),
                       response);
        });
    add_own_routes();
    for (Route& route : routes) add(std::move(route));
  }

  ~Impl() override { ::close(stop_event_); }

  Result<int> bind(const Address& address) {
    int port = address.port;
    if (port == 0) {
      port = bind_to_any_port(address.host);
    } else if (!bind_to_port(address.host, port)) {
      port = -1;
    }
    if (port < 0) {
      return fail(ErrorKind::kConflict, "cannot-listen",
                  fmt::format("cannot listen on {}:{}; the port is taken or the host is not this machine's",
                              address.host, address.port));
    }
    // The library listens with a backlog of 5: with more clients at once, some would connect only after a second.
    ::listen(svr_sock_, kBacklog);
    return port;
  }

  void stop_all() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    const std::uint64_t one = 1;
    SKALD_CHECK(::write(stop_event_, &one, sizeof one) == sizeof one, "eventfd write failed");
    {
      // The library's stop does nothing before its loop runs.
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return running_; });
    }
    stop();
  }

  void serve_all() {
    listen_after_bind();
    std::lock_guard lock(mutex_);
    SKALD_CHECK(stopping_, "the HTTP server ended on its own; its socket can no longer accept connections");
  }

 private:
  static void on_error(const httplib::Request& request, httplib::Response& response) {
    if (!response.body.empty()) return;
    if (response.status == 413) {
      write_answer(problem(413, "body-too-large", fmt::format("the body is larger than {} bytes", kMaxBodyBytes)),
                   response);
    } else if (response.status == 404) {
      write_answer(problem(404, "no-such-path", request.method + " " + request.path + " is not served here"), response);
    } else {
      write_answer(problem(response.status, "bad-request", "the request cannot be read as HTTP"), response);
    }
  }

  // Called by the library once its loop runs.
  httplib::TaskQueue* make_threads() {
    {
      std::lock_guard lock(mutex_);
      running_ = true;
    }
    changed_.notify_all();
    return new httplib::ThreadPool(kConnectionThreads);
  }

  bool process_and_close_socket(socket_t socket) override {
    HttpConnection connection(socket);
    HttpConnection::current() = &connection;
    bool served = true;
    bool closed = false;
    while (served && !closed && connection.wait_for_request(stop_event_)) {
      served = process_request(connection, false, closed, nullptr);
    }
    HttpConnection::current() = nullptr;
    return served;
  }

  void add_own_routes() {
    Get("/healthz", [this](const httplib::Request&, httplib::Response& response) {
      Answer answer;
      answer.body = {{"status", "ok"}, {"service", options_.service}};
      write_answer(answer, response);
    });
    Get("/_faults", [this](const httplib::Request&, httplib::Response& response) {
      Answer answer;
      answer.body = faults_.json();
      write_answer(answer, response);
    });
    Put("/_faults", with_body([this](const httplib::Request&, const std::string& body, httplib::Response& response) {
          write_answer(set_faults(body), response);
        }));
  }

  Answer set_faults(const std::string& body) {
    if (!options_.allow_faults) {
      return problem(403, "faults-not-allowed", "this service was started without --allow-faults");
    }
    auto switches = parse_json(body);
    if (!switches) return problem(switches.error());
    if (auto set = faults_.set(*switches); !set) return problem(set.error());
    Answer answer;
    answer.body = faults_.json();
    return answer;
  }

  using BodyHandler = std::function<void(const httplib::Request&, const std::string&, httplib::Response&)>;

  static httplib::Server::HandlerWithContentReader with_body(BodyHandler handler) {
    return [handler = std::move(handler)](const httplib::Request& in, httplib::Response& out,
                                          const httplib::ContentReader& reader) {
      std::string body;
      if (in.is_multipart_form_data()) {
        write_answer(problem(400, "bad-json", "the body must be JSON, not form data"), out);
        out.set_header("Connection", "close");  // the body stays unread
      } else if (read_body(in, reader, body)) {
        handler(in, body, out);
      }
    };
  }

  void add(Route route) {
    auto handle = [this, handler = std::move(route.handler)](const httplib::Request& in, const std::string& body,
                                                             httplib::Response& out) {
      serve_request([&] { return answer_of(handler, in, body); }, out);
    };
    if (route.method == "GET") {
      Get(route.pattern, [handle](const httplib::Request& in, httplib::Response& out) { handle(in, "", out); });
    } else if (route.method == "POST") {
      Post(route.pattern, with_body(std::move(handle)));
    } else {
      SKALD_CHECK(route.method == "PUT", "a route has a method that the server does not know");
      Put(route.pattern, with_body(std::move(handle)));
    }
  }

  void serve_request(const std::function<Answer()>& act, httplib::Response& out) {
    const FaultPlan plan = faults_.draw();
    wait(plan.latency);
    if (plan.crash_before) ::_exit(kCrashExitCode);
    if (plan.error) return write_answer(problem(500, "injected-error", "a fault switch made this error"), out);
    const Answer answer = act();
    if (plan.crash_after) ::_exit(kCrashExitCode);
    if (plan.drop || answer.drop_connection) HttpConnection::current()->drop();
    wait(answer.delay);
    write_answer(answer, out);
  }

  Answer answer_of(const RouteHandler& handler, const httplib::Request& in, const std::string& body) {
    auto request = request_of(in, body);
    if (!request) return problem(request.error());
    auto answer = handler(*request);
    if (answer) return std::move(*answer);
    const Error& error = answer.error();
    if (error.kind == ErrorKind::kIo || error.kind == ErrorKind::kInternal) {
      logger(options_.service)->error("request failed path={} code={} error={}", in.path, error.code, error.message);
    }
    return problem(error);
  }

  // Cut short when the server stops.
  void wait(Millis duration) {
    if (duration <= Millis(0)) return;
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, duration, [this] { return stopping_; });
  }

  HttpServer::Options options_;
  Faults faults_;
  int stop_event_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool running_ = false;
  bool stopping_ = false;
};

HttpServer::HttpServer(Options options, std::vector<Route> routes)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(routes))) {}
HttpServer::~HttpServer() = default;
Result<int> HttpServer::listen(const Address& address) { return impl_->bind(address); }
void HttpServer::serve() { impl_->serve_all(); }
void HttpServer::stop() { impl_->stop_all(); }

}  // namespace skald::services
