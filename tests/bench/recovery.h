#pragma once

#include <string>

#include "engine/base/value.h"

namespace skald::bench {

// With so many sagas in flight whose task nobody serves: {"sagas", "engine_killed": {"accepts_ms","redispatched_ms"},
// "broker_wiped": {"redispatched_ms"}, "engine_killed_and_broker_wiped": {...}, "served_late_seconds", "ok"}, from the
// kill of a process on. `ok`: it accepts within 2 s and has redispatched all within 10 s, after a wiped broker 30 s.
// Errors: "not-ready", "not-dispatched", "not-completed", "refused".
Result<Value> measure_recovery(int sagas, const std::string& folder);

// Its worker process. Ends with SIGTERM.
int run_late_worker(const std::string& nats_url);

// The engine is killed while so many handlers of 2 s are at work: {"in_flight", "all_done_s", "run_twice"}, from the
// kill until all accepted sagas are completed. Errors: "not-ready", "not-completed".
Result<Value> measure_kill(int sagas, const std::string& folder);

// Its worker process. Ends with SIGTERM.
int run_slow_worker(const std::string& nats_url);

}  // namespace skald::bench
