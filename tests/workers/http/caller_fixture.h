#pragma once

// A caller, and a server of the test's own for it to call.

#include <gtest/gtest.h>
#include <httplib.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "workers/http/caller.h"

namespace skald::workers::http {

class FakeClock final : public Clock {
 public:
  Time now() const override { return now_; }
  Time now_{1'000'000};
};

class HttpCaller : public ::testing::Test {
 protected:
  HttpCaller() {
    port_ = server_.bind_to_any_port("127.0.0.1");
    serving_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();  // a stop before that would be lost
    use({});
  }
  ~HttpCaller() override {
    caller_.reset();  // its connections would hold up the server
    server_.stop();
    serving_.join();
  }
  void use(const Options& options) {
    auto caller = Caller::make(options, clock_, deadlines_);
    ASSERT_TRUE(caller) << caller.error().message;
    caller_ = std::move(*caller);
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  Answer call(Value input, std::optional<Millis> timeout = {}) {
    Task task;
    task.message.key = "run:/do/0/a:1";
    task.message.timeout = timeout;
    if (!input.contains("method")) input["method"] = "get";
    task.message.input = Payload(input);
    task.traceparent = "00-a-b-01";
    return caller_->perform(task);
  }
  Answer get(const std::string& path) { return call({{"endpoint", url(path)}}); }

  FakeClock clock_;
  Deadlines deadlines_;
  std::unique_ptr<Caller> caller_;
  httplib::Server server_;
  std::thread serving_;
  int port_ = 0;
};

}  // namespace skald::workers::http
