#pragma once

// How many of a type are at work at a time: no more than its concurrency. What comes beyond that waits for its turn.
// Thread-safe.

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "workers/pool.h"

namespace skald::workers {

class Turns {
 public:
  using Job = std::function<void()>;

  explicit Turns(Pool& pool) : pool_(pool) {}

  // Before all else.
  void add(const std::string& type, std::size_t concurrency) { types_[type].concurrency = concurrency; }
  // In the order in which they come. What has not had its turn when the pool stops does not run.
  void run(const std::string& type, Job job);
  // How many are at work or wait.
  std::size_t taken(const std::string& type) const;

 private:
  struct Type {
    std::size_t concurrency = 1;
    std::size_t running = 0;
    std::deque<Job> waiting;
  };

  void start(Type& type, Job job);
  void ended(Type& type);

  Pool& pool_;
  mutable std::mutex mutex_;
  std::map<std::string, Type> types_;
};

}  // namespace skald::workers
