#pragma once

// Takes events from the broker and hands each to the sagas that await one of its type, found by the rows that they
// have in the store. An event is acknowledged when what came of it is durable in all of them; delivered again, it
// changes nothing (core::TakeEvent).
//
// Threading: start() from any thread; what it is given runs on the broker's and on the engine's.

#include <atomic>
#include <functional>
#include <memory>

#include "engine/core/decide.h"
#include "engine/runtime/broker.h"
#include "engine/runtime/metrics.h"
#include "store/saga_log.h"

namespace skald::runtime {

class EventIntake {
 public:
  // Hands the event to a saga; `durable` is to be called when what came of it is durable, or there is no such saga.
  using Deliver = std::function<void(const RunId& run, core::TakeEvent event, std::function<void()> durable)>;

  EventIntake(Broker& broker, const store::SagaLog& log, const Clock& clock, const core::Limits& limits,
              Metrics& metrics, Deliver deliver);

  // From now on; what was published before is nobody's. Once begun, it changes nothing.
  void start();

  static constexpr std::size_t kPage = 256;  // sagas that have an event before them at a time

 private:
  struct Event;

  Result<Payload> read(const std::string& body) const;
  void take(EventDelivery delivery);
  void go_on(const std::shared_ptr<Event>& event);

  Broker& broker_;
  const store::SagaLog& log_;
  const Clock& clock_;
  const core::Limits limits_;
  Metrics& metrics_;
  const Deliver deliver_;
  std::atomic<bool> started_{false};
};

}  // namespace skald::runtime
