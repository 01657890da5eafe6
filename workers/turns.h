#pragma once

// How many of a type are at work at a time: no more than its concurrency. What comes beyond that waits for its turn.
// Thread-safe.

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "workers/pool.h"

namespace skald::workers {

class Turns {
 public:
  using Job = Pool::Job;

  // `freed` is called when a place of a type becomes free, of which none was.
  Turns(Pool& pool, std::function<void(const std::string& type)> freed) : pool_(pool), freed_(std::move(freed)) {}

  // Before all else.
  void add(const std::string& type, std::size_t concurrency) { types_[type].concurrency = concurrency; }
  // In the order in which they come. What has not had its turn when the pool stops does not run.
  void run(const std::string& type, std::vector<Job> jobs);
  // How many are at work or wait.
  std::size_t taken(const std::string& type) const;

 private:
  struct Type {
    std::size_t concurrency = 1;
    std::size_t running = 0;
    std::deque<Job> waiting;
  };

  using Types = std::map<std::string, Type>;

  Job in_turn(Types::value_type& type, Job job);
  void ended(Types::value_type& type);

  Pool& pool_;
  const std::function<void(const std::string& type)> freed_;
  mutable std::mutex mutex_;
  Types types_;
};

}  // namespace skald::workers
