#pragma once

// Workers that take tasks from the simulated broker, call the services and answer; and die, pause, answer twice, late,
// or with nonsense.

#include <array>
#include <memory>
#include <set>
#include <string>

#include "tests/simulation/broker_server.h"
#include "tests/simulation/services.h"

namespace skald::simulation {

class Workers {
 public:
  Workers(World& world, BrokerServer& server, Services& services, Weather& weather, Meetings& meetings);

  // Marks outputs that no honest worker sends; found in a history they prove that a forged result was believed.
  static constexpr const char* kForged = "forged by the simulation";

 private:
  // One handing out of a message.
  struct Delivery {
    std::uint64_t seq = 0;
    std::uint32_t number = 1;
    std::string id;              // the message's
    std::set<std::string> open;  // keys of its tasks that are not answered
  };
  struct Worker {
    std::uint64_t life = 1;  // counts its deaths: what was under way in another life does not go on
    bool alive = true;
    Time paused_until;
  };

  bool take(std::uint64_t seq, const Parcel& parcel, std::uint32_t deliveries);
  void work(std::size_t who, const std::shared_ptr<Delivery>& delivery, const wire::TaskMessage& task);
  void die(std::size_t who);
  void answer(std::size_t who, const std::shared_ptr<Delivery>& delivery, const wire::TaskMessage& task,
              const Services::Reply& reply, Millis later);
  void publish(std::size_t who, std::uint64_t life, const std::shared_ptr<Delivery>& delivery, const std::string& key,
               const std::string& body);
  void misbehave(const wire::TaskMessage& task);
  // Runs later, if the worker still lives the same life then, and is awake.
  void later(std::size_t who, Millis delay, std::function<void()> what);

  World& world_;
  BrokerServer& server_;
  Services& services_;
  Weather& weather_;
  Meetings& meetings_;
  std::array<Worker, 3> workers_;
};

}  // namespace skald::simulation
