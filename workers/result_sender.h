#pragma once

// Puts results into the broker, again and again until they are there. At most one publish a subject is unanswered; what
// comes meanwhile goes together in the next, as does what other jobs that wait come to: so a lone result goes at once,
// and many go in batches.
//
// Threading: send() and retry() from any thread; `sent` is called on a thread of the connection's.

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/bus/jetstream.h"
#include "engine/wire/result.h"

namespace skald::workers {

class ResultSender {
 public:
  // `sent` hears of each result when the broker has it.
  // `later` runs a job behind those that wait to be done; false: none does.
  ResultSender(bus::JetStream& jetstream, std::function<bool(std::function<void()>)> later,
               std::function<void(const wire::ResultMessage&)> sent)
      : jetstream_(jetstream), later_(std::move(later)), sent_(std::move(sent)) {}

  void send(const std::string& subject, wire::ResultMessage result);
  // Publishes again what went unanswered.
  void retry();
  std::size_t waiting() const;

  static constexpr std::size_t kMaxBatch = 64;
  static constexpr std::size_t kMaxBatchBytes = 512 * 1024;
  static constexpr Millis kTimeout{5'000};

 private:
  struct Lane {
    std::deque<wire::ResultMessage> queue;
    std::size_t publishing = 0;  // results at the front that are on the way
    bool put_off = false;        // until other jobs are done
  };

  using Batch = std::vector<wire::ResultMessage>;
  // Under the lock: what goes now; empty: nothing waits.
  static Batch next(Lane& lane);
  // Not under the lock: it writes to the connection.
  void publish(const std::string& subject, const Batch& batch);
  void publish_put_off(const std::string& subject);
  void answered(const std::string& subject, bool arrived);

  bus::JetStream& jetstream_;
  const std::function<bool(std::function<void()>)> later_;
  std::function<void(const wire::ResultMessage&)> sent_;
  mutable std::mutex mutex_;
  std::map<std::string, Lane> lanes_;
};

}  // namespace skald::workers
