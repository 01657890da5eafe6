#pragma once

// A worker process of a benchmark.

#include <map>
#include <string>
#include <vector>

#include "workers/worker.h"

namespace skald::bench {

struct Serving {
  workers::WorkerOptions options;
  std::map<std::string, workers::TypeOptions> types;
};

// Serves until SIGTERM, with all of these workers. Does not return, unless one cannot start: 1.
int serve(std::vector<Serving> all);
int serve(const workers::WorkerOptions& options, std::map<std::string, workers::TypeOptions> types);

}  // namespace skald::bench
