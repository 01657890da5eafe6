#pragma once

// Makes backups of a running engine's log, one at a time, on a thread of its own. Thread-safe.

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "engine/runtime/metrics.h"
#include "store/saga_log.h"

namespace skald::runtime {

class Backups {
 public:
  Backups(store::SagaLog& log, const Clock& clock, Metrics& metrics) : log_(log), clock_(clock), metrics_(metrics) {}
  ~Backups() { stop(); }
  // Ends the one that is being made, unfinished; none is begun from then on.
  void stop();

  Backups(const Backups&) = delete;
  Backups& operator=(const Backups&) = delete;

  // Begins one; `done` is called from its thread, or at once where it is refused. Errors: those of SagaLog::backup.
  void make(std::string dir, std::size_t keep, std::function<void(Result<store::BackedUp>)> done);

 private:
  store::SagaLog& log_;
  const Clock& clock_;
  Metrics& metrics_;
  std::mutex mutex_;
  bool running_ = false;
  bool stopped_ = false;
  std::uint64_t made_ = 0;
  std::uint64_t failed_ = 0;
  std::jthread thread_;  // last: it uses all the rest
};

}  // namespace skald::runtime
