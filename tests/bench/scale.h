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

// Large single sagas, without a broker: {"history", "undone"}, each {"answers", "first_us", "last_us"}: what an answer
// takes, from the decision to its rows, at the beginning and at the end; and how long a history of 50,000 events takes
// to load. Errors: those of the store.
Result<Value> measure_large(const std::string& folder);

// A real engine under many kinds and sizes: {"types": one task type against a hundred, "payloads": five steps of 256
// KiB each way, "workers": a thousand workers, ten of each type}. Errors: "not-started", "not-ready", "refused",
// "not-completed", "not-serving".
Result<Value> measure_wide(const std::string& folder);
// Its worker processes. End with SIGTERM.
int run_types_worker(const std::string& nats_url);
int run_crowd(const std::string& nats_url);

// `skald-bench fill DIR open|ended N`: only fills the engine's folder DIR. Returns the exit code.
int fill(const std::string& dir, const std::string& what, const std::string& sagas);

}  // namespace skald::bench
