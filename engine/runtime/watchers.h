#pragma once

// Who wants to know when a saga's history has grown. Thread-safe.

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "engine/base/ids.h"
#include "engine/runtime/saga_reader.h"

namespace skald::runtime {

// What a commit made of a saga.
struct SagaChange {
  std::uint64_t events = 0;  // how many it has now
  std::string status;
  SagaViewPtr ended;  // how it ended, where it has and was watched as that was decided: the store need not be read
};

class Watchers {
 public:
  using Changed = std::function<void(const SagaChange& change)>;

  std::uint64_t add(const RunId& run, Changed changed);
  // Whether the run itself has a watcher.
  bool watches(const RunId& run) const;
  using AnyChanged = std::function<void(const RunId& run)>;
  std::uint64_t add_for_all(AnyChanged changed);
  // After it returns, the watcher is not running and is not called again. Not to be called by a watcher.
  void remove(std::uint64_t watcher);
  // Calls the run's watchers, one after another, while holding the lock: they must be short and call neither add() nor
  // remove().
  void notify(const RunId& run, const SagaChange& change);

 private:
  struct Entry {
    std::uint64_t id;
    Changed changed;
  };

  mutable std::mutex mutex_;
  std::uint64_t next_ = 1;
  std::unordered_multimap<RunId, Entry> by_run_;
  std::unordered_map<std::uint64_t, RunId> runs_;
  std::map<std::uint64_t, AnyChanged> of_all_;
};

}  // namespace skald::runtime
