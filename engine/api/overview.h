#pragma once

// The engine as a whole, for `skald top` and the console.

#include <mutex>
#include <optional>
#include <string>

#include "engine/base/time.h"
#include "engine/base/value.h"
#include "engine/runtime/engine.h"

namespace skald::api {

// Task types, who serves them, what waits: the items of /v1/workers.
Value workers_json(const runtime::Engine& engine);

// Made at most twice a second, whoever asks. Thread-safe. Who asks while it is made has the one before, unless that is
// old.
class Overviews {
 public:
  // {"at", "sagas": by status, "totals", "queues", "ready", "workers", "slowest", "failures"} as JSON text. Errors:
  // those of SagaReader.
  Result<std::string> text(const runtime::Engine& engine);

 private:
  // None where it is older than that, or there is none.
  std::optional<std::string> not_older_than(Millis age) const;

  std::mutex making_;
  mutable std::mutex mutex_;  // never held over reads of the store
  std::chrono::steady_clock::time_point made_;
  std::string text_;  // empty: none yet
};

}  // namespace skald::api
