#pragma once

// The tasks that a worker has taken and not finished with, and the results that it remembers. Thread-safe.

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "workers/worker.h"

namespace skald::workers {

using SteadyTime = std::chrono::steady_clock::time_point;

class InHand {
 public:
  explicit InHand(std::size_t remembered) : remembered_(remembered) {}

  // What a delivery is to this worker.
  struct Taken {
    enum class Kind { kFresh, kAlreadyHere, kAnsweredBefore } kind = Kind::kFresh;
    std::optional<wire::ResultMessage> result;  // kAnsweredBefore
    std::stop_source stop;                      // kFresh
  };
  // A task that is here already gets the newer address for its acknowledgement.
  Taken take(const Task& task, const std::string& reply);

  // The attempt's own time runs from now; SteadyTime::max(): it has none.
  void begin(const std::string& id, SteadyTime overdue_at);
  // Its result is on the way. Every result is remembered; the latest counts.
  void remember(const std::string& id, const wire::ResultMessage& result);
  // Where its acknowledgements go; empty: it is not here.
  std::string reply(const std::string& id) const;
  void drop(const std::string& id);

  // Requests the attempt's stop.
  void cancel(const std::string& id);
  // Of all tasks in hand.
  std::vector<std::string> replies() const;
  // Those whose time is up, each once.
  std::vector<Task> overdue(SteadyTime now);

  std::size_t size() const;
  std::size_t of_type(const std::string& type) const;

  // "<key>#<attempt>"
  static std::string id_of(const std::string& key, std::uint32_t attempt);

 private:
  struct Entry {
    Task task;
    std::string reply;
    SteadyTime overdue_at = SteadyTime::max();
    std::stop_source stop;
  };

  const std::size_t remembered_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::map<std::string, std::size_t> by_type_;
  std::unordered_map<std::string, wire::ResultMessage> results_;
  std::deque<std::string> oldest_;  // of the results
};

}  // namespace skald::workers
