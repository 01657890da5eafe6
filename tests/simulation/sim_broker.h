#pragma once

// One engine's connection to the simulated broker: publishes take time, get lost, land late.

#include <functional>

#include "engine/runtime/broker.h"
#include "store/saga_log.h"
#include "tests/simulation/broker_server.h"
#include "tests/simulation/weather.h"

namespace skald::simulation {

// What a simulation shares with the connections of its engines.
struct Wire {
  World& world;
  BrokerServer& server;
  Weather& weather;
  Meetings& meetings;
  bool connected = true;
  std::vector<Time> ends;  // of the connections before this one: it broke, or its engine died
  void end_connection() { ends.push_back(world.now()); }
  // Whether the engine that asks may still act on the outside; counts down to a kill amid its actions.
  std::function<bool()> alive;
  // Each publish, as it leaves the engine: what it says must be durable.
  std::function<void(const runtime::TaskOrder&)> leaves;
  // Each result, as the engine gets it.
  std::function<void(std::uint64_t seq, const std::string& body)> hands_out;
  // Each acknowledgement of results, as it leaves.
  std::function<void(std::uint64_t up_to)> acknowledges;
  // The engine has been given something to do.
  std::function<void()> poke;
  std::string secret;
};

class SimBroker final : public runtime::Broker {
 public:
  SimBroker(Wire& wire, std::uint64_t incarnation) : wire_(wire), incarnation_(incarnation) {}
  ~SimBroker() override;

  bool connected() const override { return wire_.connected && wire_.server.up(); }
  void on_connection(std::function<void(bool up)> changed) override { changed_ = std::move(changed); }
  void publish_tasks(const runtime::TaskOrders& orders, runtime::Published done) override;
  void publish_event(const runtime::EventOrder& order, runtime::Published done) override;
  void cancel(const runtime::TaskOrder&) override {}
  Status prepare() override;
  Result<std::optional<runtime::StreamState>> tasks_stream() override;
  Result<runtime::TaskConsumer> task_consumer(const std::string& task_type) override;
  Status repair_consumers(std::uint64_t last_seq, bool rolled_back) override;
  Result<bool> withdraw(std::uint64_t stream_seq) override;
  Result<bool> present(const runtime::TaskOrder& order, std::uint64_t stream_seq) override;
  Result<std::vector<std::uint64_t>> find(const std::vector<runtime::TaskOrder>& orders, std::uint64_t after) override;
  Result<runtime::ResultsState> results() override;
  void consume_results(std::function<void(runtime::ResultDelivery)> take) override;
  void acknowledge_results(const runtime::ResultDelivery& delivery) override;
  void on_presence(std::function<void(const std::string&, runtime::TaskTypeStatus::Worker)> seen) override {
    seen_ = std::move(seen);
  }
  void stop() override;

  // The connection came or went.
  void changed(bool up) const {
    if (changed_) changed_(up);
  }

 private:
  bool reachable() const { return connected() && wire_.alive(); }
  void answer(Millis delay, const runtime::Published& done, Result<std::uint64_t> seq);
  void start_consuming();
  wire::TaskMessage task_of(const runtime::TaskOrder& order) const;
  void announce_workers(const std::string& task_type);

  static constexpr Millis kPublishTimeout{5'000};
  static constexpr Millis kUnread{1'000};  // how long the broker may leave what it has got

  struct Letter {
    Parcel parcel;
    bool in_time;
    std::size_t connection;  // the end of the one that it is sent over will be this one of Wire::ends
    bool landed = false;
    std::optional<std::uint64_t> seq;  // where it landed
  };
  static std::optional<std::uint64_t> land(Wire& wire, Letter& letter);
  void land_what_is_before();

  Wire& wire_;
  const std::uint64_t incarnation_;
  std::function<void(bool)> changed_;
  std::function<void(runtime::ResultDelivery)> take_;
  std::function<void(const std::string&, runtime::TaskTypeStatus::Worker)> seen_;
  bool prepared_ = false;
  std::uint64_t generation_ = 0;
  std::vector<std::shared_ptr<Letter>> letters_;               // on their way, and some that have landed
  std::shared_ptr<bool> open_ = std::make_shared<bool>(true);  // shared with what is on its way to this connection
};

}  // namespace skald::simulation
