#include "tests/bench/serve.h"

#include <unistd.h>

#include <csignal>
#include <memory>
#include <utility>

namespace skald::bench {

int serve(std::vector<Serving> all) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::vector<std::unique_ptr<workers::Worker>> workers;
  workers.reserve(all.size());
  for (Serving& one : all) {
    auto worker = workers::Worker::start(std::move(one.options), std::move(one.types));
    if (!worker) return 1;
    workers.push_back(std::move(*worker));
  }
  int taken = 0;
  sigwait(&signals, &taken);
  ::_exit(0);  // there may be thousands of threads, and what is measured is over
}

int serve(const workers::WorkerOptions& options, std::map<std::string, workers::TypeOptions> types) {
  std::vector<Serving> one;
  one.push_back({options, std::move(types)});
  return serve(std::move(one));
}

}  // namespace skald::bench
