#pragma once

// The engine as a whole, for `skald top` and the console.

#include <mutex>
#include <string>

#include "engine/base/time.h"
#include "engine/base/value.h"
#include "engine/runtime/engine.h"

namespace skald::api {

// Task types, who serves them, what waits: the items of /v1/workers.
Value workers_json(const runtime::Engine& engine);

// Made at most twice a second, whoever asks. Thread-safe.
class Overviews {
 public:
  // {"at", "sagas": by status, "totals", "queues", "ready", "workers", "slowest", "failures"} as JSON text. Errors:
  // those of SagaReader.
  Result<std::string> text(const runtime::Engine& engine);

 private:
  std::mutex mutex_;
  std::chrono::steady_clock::time_point made_;
  std::string text_;  // empty: none yet
};

}  // namespace skald::api
