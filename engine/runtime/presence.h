#pragma once

// Who serves which task type, as workers announce it. Thread-safe.

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/runtime/engine.h"

namespace skald::runtime {

class Presence {
 public:
  // A worker that has not announced itself for this long counts as gone.
  static constexpr Millis kGoneAfter{15'000};
  static constexpr std::size_t kMaxWorkers = 10'000;  // of all task types together; further ones are not shown

  void announce(const std::string& task_type, TaskTypeStatus::Worker worker);
  std::vector<TaskTypeStatus::Worker> serving(const std::string& task_type, Time now) const;
  // When a worker last said that it serves the type, or that it leaves.
  std::optional<Time> last_heard(const std::string& task_type) const;
  std::vector<std::string> task_types() const;
  // How many of so many tasks of the type may go in one message, at least one: no more than each worker that serves it
  // takes, and so that all of them get some. That one takes more, or has gone, is seen up to kTogetherFor later.
  std::size_t together(const std::string& task_type, std::size_t tasks, Time now) const;

  static constexpr Millis kTogetherFor{250};

 private:
  struct Together {
    Time found;
    std::size_t workers = 0;
    std::size_t least = 1;  // that one of them takes
  };

  mutable std::mutex mutex_;
  std::size_t workers_ = 0;
  std::map<std::string, std::map<std::string, TaskTypeStatus::Worker>> by_type_;
  mutable std::map<std::string, Together> together_;  // of the types in by_type_; there may be thousands of workers
};

}  // namespace skald::runtime
