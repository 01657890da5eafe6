#pragma once

// An engine's side of the wire by hand: publishes tasks, gathers results.

#include <mutex>
#include <vector>

#include "engine/bus/jetstream.h"
#include "engine/wire/codec.h"
#include "engine/wire/result.h"
#include "engine/wire/subjects.h"
#include "engine/wire/task.h"
#include "tests/bus/nats_fixture.h"

namespace skald::workers {

using skald::testing::eventually;

class EngineSide {
 public:
  explicit EngineSide(const skald::testing::NatsServer& server) : connection_(skald::testing::connect(server)) {
    make_streams();
    subscription_ = connection_->subscribe("skald.v1.result.*", [this](const bus::Message& message) {
      auto results = wire::decode_results(message.data, message.header(wire::kContentType) == wire::kJson);
      ASSERT_TRUE(results) << results.error().message;
      const std::lock_guard lock(mutex_);
      results_.insert(results_.end(), results->begin(), results->end());
    });
  }

  void make_streams() {
    const auto stream = [](const char* name, const char* subject, const char* retention) {
      return Value{{"name", name}, {"subjects", {subject}}, {"retention", retention}, {"storage", "file"}};
    };
    EXPECT_TRUE(eventually([&] {
      return jetstream_.ensure_stream(stream("SKALD_TASKS", "skald.v1.task.>", "workqueue")) &&
             jetstream_.ensure_stream(stream("SKALD_RESULTS", "skald.v1.result.*", "limits"));
    }));
  }

  wire::TaskMessage task(const std::string& type, const std::string& key, const Value& input = Value::object()) {
    wire::TaskMessage task;
    task.saga = SagaId("s");
    task.run = RunId("01936c5d-8f3b-7003-8000-0000000000ff");
    task.step = "/do/0/a";
    task.key = key;
    task.task = type;
    task.input = Payload(input);
    task.result = "skald.v1.result.3";
    task.token = "token-of-" + key;
    return task;
  }
  std::uint64_t publish(const wire::TaskMessage& task) { return publish(std::vector{task}); }
  // In one message.
  std::uint64_t publish(const std::vector<wire::TaskMessage>& tasks) {
    const auto seq = jetstream_.publish(
        {"skald.v1.task." + tasks.front().task, "", wire::encode(tasks), {{"traceparent", "00-x"}}}, Millis(3'000));
    EXPECT_TRUE(seq) << seq.error().message;
    return seq.value_or(0);
  }
  void send(const std::string& subject, const std::string& body) {
    EXPECT_TRUE(connection_->publish({subject, "", body, {}}));
  }

  std::vector<wire::ResultMessage> results() {
    const std::lock_guard lock(mutex_);
    return results_;
  }
  // The first result of a key, once it is there.
  std::optional<wire::ResultMessage> result(const std::string& key) {
    std::optional<wire::ResultMessage> found;
    eventually([&] {
      for (const auto& each : results()) {
        if (each.key == key && !found) found = each;
      }
      return found.has_value();
    });
    return found;
  }
  std::uint64_t left() {
    const auto stream = jetstream_.stream("SKALD_TASKS");
    return stream && *stream ? (*stream)->messages : 999;
  }
  bus::JetStream& jetstream() { return jetstream_; }
  bus::Connection& connection() { return *connection_; }

 private:
  std::unique_ptr<bus::Connection> connection_;
  bus::JetStream jetstream_{*connection_};
  std::mutex mutex_;
  std::vector<wire::ResultMessage> results_;
  std::unique_ptr<bus::Subscription> subscription_;
};

}  // namespace skald::workers
