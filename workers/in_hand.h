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
  // The tasks of one message, whose acknowledgements go to `reply`. Those that are here already belong to this message
  // from now on.
  std::vector<Taken> take(const std::vector<Task>& tasks, const std::string& reply);

  // Its message is not handed back any more. The attempt's own time runs from now; SteadyTime::max(): it has none.
  void begin(const std::string& id, SteadyTime overdue_at);
  // Whether one of the tasks of its message was begun.
  bool begun(const std::string& id) const;
  // Its result is on the way. Every result is remembered; the latest counts.
  void remember(const std::string& id, const wire::ResultMessage& result);
  // What is to be done with a message, of which nothing is left.
  struct Left {
    std::string reply;  // empty: some of it is left, or none of it was here
    bool answered = false;
  };
  // The task is done with: its result has arrived, or it goes back.
  Left answered(const std::string& id) { return drop(id, true); }
  Left hand_back(const std::string& id) { return drop(id, false); }

  // Requests the attempt's stop.
  void cancel(const std::string& id);
  // Of all messages in hand.
  std::vector<std::string> replies() const;
  // Those whose time is up, each once.
  std::vector<Task> overdue(SteadyTime now);

  std::size_t size() const;
  std::size_t of_type(const std::string& type) const;

  // "<key>#<attempt>"
  static std::string id_of(const std::string& key, std::uint32_t attempt);

 private:
  struct Delivery {
    std::size_t open = 0;  // tasks
    bool begun = false;
    bool answered = false;  // one at least
  };
  struct Entry {
    Task task;
    std::string reply;
    SteadyTime overdue_at = SteadyTime::max();
    std::stop_source stop;
  };

  Left drop(const std::string& id, bool answered);
  Left leave(const std::string& reply, bool answered);

  const std::size_t remembered_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::unordered_map<std::string, Delivery> deliveries_;  // by reply
  std::map<std::string, std::size_t> by_type_;
  std::unordered_map<std::string, wire::ResultMessage> results_;
  std::deque<std::string> oldest_;  // of the results
};

}  // namespace skald::workers
