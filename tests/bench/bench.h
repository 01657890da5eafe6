#pragma once

// `./run bench`: what the engine does, beside what the same machine can do at all.

#include <chrono>
#include <string>
#include <vector>

#include "engine/base/value.h"

namespace skald::bench {

struct Load {
  int sagas = 20'000;   // for throughput: some seconds
  int in_flight = 256;  // at most
  int alone = 200;      // one after another, for latency
};

struct Times {
  double per_second = 0;
  std::vector<double> alone_ms;  // sorted
};

// Per saga five tasks of 200 B and five results of 100 B through JetStream, and six dependent commits of 1 KB to
// RocksDB with fsync, shared by all that wait for one; no engine between.
Result<Times> measure_floor(const Load& load, const std::string& folder);
// The same, with so many sagas that begin at a fixed rate, behind a closed loop of `before`: each one's milliseconds
// from when it was due, sorted.
Result<std::vector<double>> measure_open_floor(int sagas, double per_second, const Load& before,
                                               const std::string& folder);

// The five-step saga on a real server, broker and worker process, and the one that is compensated. The members that
// CONTRACT.md promises, without those of the floor.
Result<Value> measure_checkout(const Load& load, const std::string& folder);

// The same stack with one saga at a time, {"alone"}; under closed loops of 16 to 1024 sagas in flight, {"closed":
// [{"in_flight", "sagas_per_second", "compensated_per_second", "floor_sagas_per_second", "ratio"}]}; under open loops
// at shares of its best rate, {"open": [{"of_saturation", "p50_ms", "floor_p50_ms", ...}]}, each latency from the
// moment at which the saga was due; and under four times what it can do, {"overload"}.
Result<Value> measure_latency(const Load& load, const std::string& folder);

// The same stack under one open loop of so many sagas a second, behind a closed loop of `before`: an entry of {"open"}.
Result<Value> measure_open_loop(double rate, const Load& before, const std::string& folder);

// Micro-benchmarks of the core, the codecs and the expressions, each piece of tests/pieces: {NAME: {"ns", "cpu_ns"}}.
// `prints`: also a row of a table for each, as it comes.
Value measure_core(bool prints);

// The store alone, in a folder on the disk that is meant: commits of 1, 16 and 256 batches as the steps of checkouts
// make them, {"group_of_16": {"commits": {"per_second", "p50_ms", "p99_ms"}, "log_bytes_per_batch", "reads", ...}},
// beside the same bytes appended and synced, "floor_growing" and "floor_preallocated". Errors: the log's;
// "write-failed".
Result<Value> measure_store(const std::string& folder);

// The worker process of measure_checkout(): its handlers only answer. Ends with SIGTERM.
int run_worker(const std::string& nats_url);

// When the n-th of those that come at a fixed rate is due, from the first one on.
std::chrono::steady_clock::duration due_after(int n, double per_second);

double percentile(const std::vector<double>& sorted, double share);

}  // namespace skald::bench
