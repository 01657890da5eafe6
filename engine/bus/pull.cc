#include "engine/bus/pull.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/log.h"

namespace skald::bus {

PullSubscription::PullSubscription(Connection& connection, Options options)
    : connection_(connection), options_(std::move(options)), inbox_(connection.new_inbox()) {
  thread_ = std::thread([this] { run(); });
}

PullSubscription::~PullSubscription() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  subscription_.reset();
}

void PullSubscription::wake() {
  {
    // The lock: a wake between the thread's look at the room and its sleep must not be lost.
    const std::lock_guard lock(mutex_);
    if (!full_) return;
  }
  changed_.notify_all();
}

void PullSubscription::reset() {
  {
    const std::lock_guard lock(mutex_);
    expected_ = 0;
    missing_ = true;
    pause_ = kRetryEvery;
  }
  changed_.notify_all();
}

void PullSubscription::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (options_.look) {
      lock.unlock();
      options_.look();
      lock.lock();
      if (stopping_) return;
    }
    const bool lost = expected_ > 0 && std::chrono::steady_clock::now() > asked_at_ + kExpires + kGrace;
    if (lost) {
      expected_ = 0;
      missing_ = true;  // older servers do not say that there is no consumer: they say nothing
    }
    if (refused_ || !connection_.connected()) {
      changed_.wait_for(lock, pause_);
      refused_ = false;
      continue;
    }
    if (expected_ > 0) {
      changed_.wait_for(lock, Millis(1'000));
      continue;
    }
    if (!subscription_ || missing_) {
      missing_ = false;  // before it is made: a reset() meanwhile has it made once more
      lock.unlock();
      if (!subscription_) {
        subscription_ = connection_.subscribe(inbox_ + ".*", [this](Message message) { received(std::move(message)); });
      }
      const Status ready = options_.ensure();
      if (!ready) {
        logger("bus")->debug("consumer is not ready; consumer={} error=\"{}\"", options_.consumer,
                             ready.error().message);
      }
      lock.lock();
      if (!ready) {
        missing_ = true;
        refused_ = true;
      }
      continue;
    }
    const std::size_t room = std::min(options_.room(), kMaxBatch);
    full_ = room == 0;
    if (full_) {
      changed_.wait_for(lock, Millis(1'000));
      continue;
    }
    expected_ = room;
    asked_at_ = std::chrono::steady_clock::now();
    Message ask;
    ask.subject = fmt::format("$JS.API.CONSUMER.MSG.NEXT.{}.{}", options_.stream, options_.consumer);
    ask.reply = fmt::format("{}.{}", inbox_, ++request_);
    ask.data = fmt::format(R"({{"batch":{},"expires":{}}})", room, std::chrono::nanoseconds(kExpires).count());
    lock.unlock();
    const Status asked = connection_.publish(ask);
    lock.lock();
    if (!asked) {
      expected_ = 0;
      refused_ = true;
    }
  }
}

void PullSubscription::received(Message message) {
  const std::string_view status = message.header("Status");
  if (!status.empty() && message.data.empty()) {
    const std::string own = fmt::format("{}.{}", inbox_, request_);
    const std::lock_guard lock(mutex_);
    // Statuses come to the request's own address; those of earlier requests say nothing about this one.
    if ((message.subject != own && !message.subject.empty()) || status == "100") return;
    expected_ = 0;
    refused_ = status != "408" && status != "404";
    const std::string_view why = message.header("Description");
    const bool crowded = status == "409" && why.find("MaxWaiting") != std::string_view::npos;
    pause_ = crowded ? std::min(2 * pause_, kMaxRetry) : kRetryEvery;
    missing_ = status == "503" || why.find("eleted") != std::string_view::npos;
    changed_.notify_all();
    return;
  }
  options_.take(std::move(message));
  const std::lock_guard lock(mutex_);
  pause_ = kRetryEvery;
  if (expected_ > 0 && --expected_ == 0) changed_.notify_all();
}

}  // namespace skald::bus
