#pragma once

#include <string>

#include "engine/base/value.h"

namespace skald::bench {

// What becomes of an engine with so many sagas in its store: {"sagas", "empty", "open", "ended"}, each
// {"filled_seconds", "disk_mb", "ready_ms" (after a clean stop), "ready_after_kill_ms" (of a loaded one),
// "resident_mb", "resident_loaded_mb", "get_ms":
// {"p50","p99"}}, and "throughput": {"empty",
// "ended", "ratio"} in sagas a second, taken in turns. Of several looks, the median. Errors: "not-started",
// "not-ready", those of the store.
Result<Value> measure_scale(int sagas, const std::string& folder);

// `skald-bench fill DIR open|ended N`: only fills the engine's folder DIR. Returns the exit code.
int fill(const std::string& dir, const std::string& what, const std::string& sagas);

}  // namespace skald::bench
