#pragma once

// One service behind the sidecar: its connections, how many calls at a time, its breaker. Thread-safe.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "workers/sidecar/breaker.h"
#include "workers/sidecar/config.h"
#include "workers/sidecar/connection.h"

namespace skald::workers {

class Service {
 public:
  // The clock and the deadlines outlive it.
  Service(std::string name, ServiceConfig config, const Clock& clock, Deadlines& deadlines);

  // Calls the service and waits for its answer; while the breaker is open the task is handed back.
  Answer perform(const TaskConfig& config, const Task& task);

  // Whether it is worth fetching tasks now.
  bool accepting() const { return breaker_.wait() == Millis(0); }
  std::string breaker() const { return breaker_.state(); }
  std::size_t concurrency() const { return config_.concurrency; }

 private:
  std::unique_ptr<Connection> take();
  void give_back(std::unique_ptr<Connection> connection);

  const std::string name_;
  const ServiceConfig config_;
  Deadlines& deadlines_;
  Breaker breaker_;
  std::mutex mutex_;
  std::condition_variable returned_;
  std::size_t in_use_ = 0;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace skald::workers
