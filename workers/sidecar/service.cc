#include "workers/sidecar/service.h"

#include <fmt/format.h>
#include <httplib.h>

#include <algorithm>

#include "engine/base/log.h"

namespace skald::workers {
namespace {

constexpr Millis kConnectTimeout{2'000};
constexpr Millis kLeastHandBack{200};
constexpr int kTooManyRequests = 429;

// Whether the service does its work, whatever it says of this task. One that answers 429, or says with Retry-After when
// to come again, does: it speaks of this request (a card whose bank is away, stock that is reserved), and the retry
// keeps to what it says. To hold the others back would keep away the very one that clears the way.
bool is_healthy(const HttpReply& reply, const Answer& answer) {
  return answer.outcome == wire::Outcome::kCompleted || answer.outcome == wire::Outcome::kRejected ||
         reply.status == kTooManyRequests || answer.retry_after.has_value();
}

}  // namespace

class Service::Client {
 public:
  explicit Client(const std::string& url) : client(url) {
    client.set_keep_alive(true);
    client.set_tcp_nodelay(true);
    client.set_connection_timeout(kConnectTimeout);
  }
  httplib::Client client;
};

Service::Service(std::string name, ServiceConfig config, const Clock& clock)
    : name_(std::move(name)),
      config_(std::move(config)),
      breaker_(config_.breaker_failures, config_.breaker_open_for, clock) {}

Service::~Service() = default;

std::unique_ptr<Service::Client> Service::take() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return in_use_ < config_.concurrency; });
  ++in_use_;
  if (idle_.empty()) return std::make_unique<Client>(config_.url);
  auto client = std::move(idle_.back());
  idle_.pop_back();
  return client;
}

void Service::give_back(std::unique_ptr<Client> client) {
  {
    const std::lock_guard lock(mutex_);
    --in_use_;
    idle_.push_back(std::move(client));
  }
  returned_.notify_one();
}

HttpReply Service::call(const HttpRequest& request) {
  auto client = take();
  httplib::Request http;
  http.method = request.method;
  http.path = request.path;
  for (const auto& [name, value] : request.headers) http.set_header(name.c_str(), value);
  if (request.body) {
    http.body = *request.body;
    http.set_header("Content-Type", "application/json");
  }
  client->client.set_read_timeout(request.timeout);
  client->client.set_write_timeout(request.timeout);
  const httplib::Result result = client->client.send(http);
  HttpReply reply;
  if (result) {
    reply.status = result->status;
    reply.body = result->body;
    reply.content_type = result->get_header_value("Content-Type");
    reply.retry_after = result->get_header_value("Retry-After");
  } else {
    reply.refused = result.error() == httplib::Error::Connection || result.error() == httplib::Error::ConnectionTimeout;
    reply.failure = fmt::format("{} {}: {}", request.method, config_.url, httplib::to_string(result.error()));
  }
  give_back(std::move(client));
  return reply;
}

Answer Service::perform(const TaskConfig& config, const Task& task) {
  const auto request = request_of(config, task);
  if (!request) {
    return Answer::rejected({{"type", "urn:skald:error:missing-input"},
                             {"status", 400},
                             {"title", "The task's input does not fit the call"},
                             {"detail", request.error().message}});
  }
  if (!breaker_.enter()) return Answer::later(std::max(breaker_.wait(), kLeastHandBack));
  const HttpReply reply = call(*request);
  const Answer answer = answer_of(config, reply);
  const std::string before = breaker_.state();
  breaker_.report(is_healthy(reply, answer));
  const std::string after = breaker_.state();
  if (before != after) logger("sidecar")->warn("breaker service={} from={} to={}", name_, before, after);
  return answer;
}

}  // namespace skald::workers
