#pragma once

// Takes results from the broker: decodes them, proves their tokens, hands them to their sagas, and acknowledges them
// up to where all is durable.
//
// Threading: take() from the broker's thread, one after another; settled() from any.

#include <deque>
#include <functional>
#include <mutex>
#include <string>

#include "engine/core/decide.h"
#include "engine/runtime/broker.h"
#include "engine/runtime/metrics.h"

namespace skald::runtime {

class Intake {
 public:
  // Hands a proven result to its saga; `durable` is to be called when what came of it is durable, with false where
  // there is no such saga.
  using Deliver =
      std::function<void(const RunId& run, core::TakeResult result, std::function<void(bool known)> durable)>;

  // Called behind the results of each message; `more`: the next is about to come.
  using Delivered = std::function<void(bool more)>;

  Intake(Broker& broker, std::string secret, Metrics& metrics, Deliver deliver, Delivered delivered);

  void start();

 private:
  struct Held {
    ResultDelivery delivery;  // without its body
    std::size_t open = 0;     // results in it that are not durable yet
  };

  void take(ResultDelivery delivery);
  // One result of the delivery `seq` is durable, or was nothing.
  void settled(std::uint64_t generation, std::uint64_t seq);
  void poison(const ResultDelivery& delivery, const std::string& why);

  Broker& broker_;
  const std::string secret_;
  Metrics& metrics_;
  Deliver deliver_;
  Delivered delivered_;
  std::mutex mutex_;
  std::deque<Held> held_;  // of one generation, in the order of the stream
  std::uint64_t generation_ = 0;
};

}  // namespace skald::runtime
