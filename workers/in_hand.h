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
  std::vector<Taken> take(const std::vector<Task>& tasks, const std::string& reply, SteadyTime now);

  // From now on its message is kept. When its time is up, which runs since it was taken; SteadyTime::max(): never.
  // None: it is up, or what was taken with this `stop` is not here any more.
  std::optional<SteadyTime> begin(const std::string& id, const std::stop_token& stop, SteadyTime now);
  // Its result is on the way, and says how often its message has come by now. Every result is remembered; the latest
  // counts.
  void remember(const std::string& id, wire::ResultMessage& result);
  // Its result has arrived. Where it was the last of its message: the message, to be acknowledged.
  std::optional<std::string> answered(const std::string& id);
  // What was taken with this `stop` was not begun after all. Where all of its message was not: the message, to be
  // handed back, and none of it is here any more. Otherwise the task stays, to be begun again.
  std::optional<std::string> hand_back(const std::string& id, const std::stop_token& stop);
  // All messages of which nothing was begun, in the same way.
  std::vector<std::string> hand_back_unbegun();
  // What was taken with this `stop` and has to be begun again is left to others. Where it was the last of its message:
  // the message, to be acknowledged.
  std::optional<std::string> leave_out(const std::string& id, const std::stop_token& stop);

  // Requests the attempt's stop.
  void cancel(const std::string& id);
  // Of all messages in hand.
  std::vector<std::string> replies() const;
  // Those whose time is up, each once. What was not begun by then is not begun any more.
  struct Overdue {
    Task task;
    bool begun;
  };
  std::vector<Overdue> overdue(SteadyTime now);

  std::size_t size() const;
  std::size_t of_type(const std::string& type) const;

  // "<key>#<attempt>"
  static std::string id_of(const std::string& key, std::uint32_t attempt);

 private:
  struct Delivery {
    std::size_t open = 0;   // tasks
    std::size_t begun = 0;  // of them
    bool answered = false;  // one at least
  };
  struct Entry {
    Task task;
    std::stop_source stop;
    std::string reply;
    SteadyTime overdue_at = SteadyTime::max();
    bool begun = false;
    bool late = false;  // it was overdue; an answer is on the way
  };
  using Entries = std::unordered_map<std::string, Entry>;

  // With the mutex held.
  void join(Entry& entry, const std::string& reply);
  Delivery& leave(const Entry& entry);
  void set_begun(Entry& entry, bool begun);
  std::optional<std::string> take_out(Entries::iterator at, bool answered);
  void drop(const std::string& reply);

  const std::size_t remembered_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string, Delivery> deliveries_;  // by reply
  std::map<std::string, std::size_t> by_type_;
  std::unordered_map<std::string, wire::ResultMessage> results_;
  std::deque<std::string> oldest_;  // of the results
};

}  // namespace skald::workers
