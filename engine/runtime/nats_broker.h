#pragma once

// The broker that users run: NATS with JetStream. Streams, subjects and messages are those of engine/wire/README.md.

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

#include "engine/bus/connection.h"
#include "engine/bus/jetstream.h"
#include "engine/bus/pull.h"
#include "engine/bus/stream_publisher.h"
#include "engine/runtime/broker.h"
#include "engine/runtime/claim.h"
#include "engine/wire/subjects.h"
#include "engine/wire/task.h"

namespace skald::runtime {

class NatsBroker final : public Broker {
 public:
  struct Options {
    std::string url;
    std::string prefix = "skald";
    std::string store_id;
    std::uint64_t incarnation = 1;
    std::string secret;      // of the store: tokens are made with it
    Millis ids_kept{3'000};  // how long a new tasks stream knows a message by its id
  };

  // The server may be away. Errors: "bad-url", "bad-prefix".
  static Result<std::unique_ptr<NatsBroker>> open(Options options);
  ~NatsBroker() override;

  bool connected() const override { return connection_->connected(); }
  void on_connection(std::function<void(bool up)> changed) override;
  void publish_tasks(const TaskOrders& orders, Published done) override;
  void flush() override;
  void publish_event(const EventOrder& order, Published done) override;
  void cancel(const TaskOrder& order) override;
  Status prepare() override;
  Status check_claim() override { return claim(); }
  Result<std::optional<StreamState>> tasks_stream() override;
  Result<TaskConsumer> task_consumer(const std::string& task_type) override;
  Status repair_consumers(std::uint64_t last_seq, bool rolled_back) override;
  Result<bool> withdraw(std::uint64_t stream_seq) override;
  Result<bool> present(const TaskOrder& order, std::uint64_t stream_seq) override;
  Result<std::vector<std::uint64_t>> find(const std::vector<TaskOrder>& orders, std::uint64_t after) override;
  Result<ResultsState> results() override;
  void consume_results(std::function<void(ResultDelivery)> take) override;
  void acknowledge_results(const ResultDelivery& delivery) override;
  void publish_cloud_event(const Payload& event, Published done) override;
  void consume_events(std::function<void(EventDelivery)> take) override;
  void acknowledge_event(const EventDelivery& delivery) override;
  void on_presence(std::function<void(const std::string& task_type, TaskTypeStatus::Worker)> seen) override;
  void stop() override;

  static constexpr std::size_t kAskTogether = 16;  // for messages of a stream
  static constexpr Millis kPublishTimeout{5'000};
  // An acknowledgement stands for all before it: so often is enough, far within the consumer's ack wait.
  static constexpr Millis kAcknowledgeEvery{25};
  // Bytes of results. nats-server holds the end of a stream in memory that it makes anew, and copies, each time that it
  // has grown by a quarter, up to 8 MiB; all of the stream waits meanwhile (docs/decisions/0001).
  static constexpr std::size_t kTrimEvery = 512 * 1024;

 private:
  NatsBroker(Options options, std::unique_ptr<bus::Connection> connection);
  Status claim();
  Result<std::uint64_t> write_claim(const Claim& claim, std::uint64_t over);
  Status still_claimed();
  Status restart_results();
  Status ensure_events(Value consumer);
  void reset_pulls();
  // Sends the last acknowledgement that was put off; `now`: although others may be about to follow.
  void send_acknowledgement(bool now);
  // Of a durable consumer of this engine's.
  void consume(std::unique_ptr<bus::PullSubscription>& pull, const std::string& stream, Value consumer,
               std::function<void(bus::Message)> take, std::function<void()> look);
  std::string message_id(const core::TaskAct& act) const;
  wire::TaskMessage task_of(const TaskOrder& order) const;
  Status repair(const std::string& stream, const std::string& consumer, std::uint64_t last_seq, bool rolled_back);

  const Options options_;
  const wire::Names names_;
  std::unique_ptr<bus::Connection> connection_;
  bus::JetStream jetstream_;
  bus::StreamPublisher tasks_;
  Claim claim_;  // ours; its turn is set by the dispatcher's thread
  std::atomic<std::uint64_t> results_generation_{0};
  std::atomic<std::int64_t> events_from_{0};  // since when published events are wanted, in ms since 1970
  std::mutex acknowledged_mutex_;
  std::string acknowledged_;  // of results, and not told to the broker yet; empty: none
  std::uint64_t acknowledged_seq_ = 0;
  std::chrono::steady_clock::time_point acknowledged_at_;
  std::atomic<std::size_t> untrimmed_{0};  // bytes of results since the last trim
  bool stopped_ = false;                   // nothing puts it off any more
  std::atomic<bool> prepared_{false};      // at least once: the results' consumer is this engine's
  std::mutex pulls_mutex_;                 // of the pointers: they are set, woken and ended on different threads
  std::unique_ptr<bus::PullSubscription> results_;
  std::unique_ptr<bus::PullSubscription> events_;
  std::unique_ptr<bus::Subscription> presence_;
};

}  // namespace skald::runtime
