#include "workers/sidecar/service.h"

#include <algorithm>

#include "engine/base/log.h"

namespace skald::workers {
namespace {

constexpr Millis kLeastHandBack{200};

}  // namespace

Service::Service(std::string name, ServiceConfig config, const Clock& clock, Deadlines& deadlines)
    : name_(std::move(name)),
      config_(std::move(config)),
      deadlines_(deadlines),
      breaker_(config_.breaker_failures, config_.breaker_open_for, clock) {}

std::unique_ptr<Connection> Service::take() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return in_use_ < config_.concurrency; });
  ++in_use_;
  if (idle_.empty()) {
    ConnectionOptions options;
    options.origin = config_.url;
    return std::make_unique<Connection>(std::move(options), deadlines_);
  }
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  return connection;
}

void Service::give_back(std::unique_ptr<Connection> connection) {
  {
    const std::lock_guard lock(mutex_);
    --in_use_;
    idle_.push_back(std::move(connection));
  }
  returned_.notify_one();
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
  auto connection = take();
  const HttpReply reply = connection->call(*request);
  give_back(std::move(connection));
  Answer answer = answer_of(config, reply);
  const std::string before = breaker_.state();
  breaker_.report(is_healthy(reply, answer.outcome));
  const std::string after = breaker_.state();
  if (before != after) logger("sidecar")->warn("breaker service={} from={} to={}", name_, before, after);
  return answer;
}

}  // namespace skald::workers
