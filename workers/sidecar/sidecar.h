#pragma once

// `skald worker`: the worker whose handlers are HTTP calls, of the service beside it as its configuration says, or of
// any host as the task says.

#include <map>
#include <memory>
#include <string>

#include "workers/http/caller.h"
#include "workers/sidecar/config.h"
#include "workers/sidecar/service.h"
#include "workers/worker.h"

namespace skald::workers {

struct Overrides {
  std::string nats_url;                             // empty: the configuration's
  std::map<std::string, std::string> service_urls;  // by name
  std::string name;
  std::string prefix = "skald";
  std::string secrets;  // a folder of them; empty: none
};

class Sidecar {
 public:
  // Errors: "unknown-service" for an override of none; "task-taken" for a configuration that serves the type of the
  // calls to any host; "bad-host"; those of Worker::start.
  static Result<std::unique_ptr<Sidecar>> start(SidecarConfig config, const Overrides& overrides);
  ~Sidecar() { stop(); }

  Worker& worker() { return *worker_; }
  // Drains; see Worker::stop().
  void stop();

 private:
  explicit Sidecar(SidecarConfig config) : config_(std::move(config)) {}
  TypeOptions serve(const TaskConfig& task);
  Status serve_http_calls(std::map<std::string, TypeOptions>& types);
  std::map<std::string, std::string> breakers() const;

  const SidecarConfig config_;
  const SystemClock clock_;
  Deadlines deadlines_;
  std::map<std::string, std::unique_ptr<Service>> services_;
  std::unique_ptr<http::Caller> http_calls_;  // null where they are not served
  std::unique_ptr<Worker> worker_;
};

// Serves until SIGTERM or SIGINT, then drains. Prints `ready worker=NAME tasks=a,b` to standard output once tasks can
// come. Returns the exit code.
int run_sidecar(const SidecarConfig& config, const Overrides& overrides);

}  // namespace skald::workers
