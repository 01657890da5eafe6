#include "workers/sidecar/sidecar.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <ctime>

#include "engine/base/log.h"

namespace skald::workers {

Result<std::unique_ptr<Sidecar>> Sidecar::start(SidecarConfig config, const Overrides& overrides) {
  if (!overrides.nats_url.empty()) config.nats_url = overrides.nats_url;
  for (const auto& [name, url] : overrides.service_urls) {
    const auto at = config.services.find(name);
    if (at == config.services.end()) {
      return fail(ErrorKind::kInvalid, "unknown-service", fmt::format("the configuration has no service '{}'", name));
    }
    at->second.url = url;
  }
  std::unique_ptr<Sidecar> sidecar(new Sidecar(std::move(config)));
  for (const auto& [name, service] : sidecar->config_.services) {
    sidecar->services_.emplace(name, std::make_unique<Service>(name, service, sidecar->clock_, sidecar->deadlines_));
  }
  std::map<std::string, TypeOptions> types;
  for (const auto& [type, task] : sidecar->config_.tasks) types.emplace(type, sidecar->serve(task));
  if (sidecar->config_.http_calls) SKALD_TRY(sidecar->serve_http_calls(types));
  WorkerOptions options;
  if (!overrides.secrets.empty()) {
    SKALD_ASSIGN(options.secrets, Secrets::open(overrides.secrets));
  }
  options.nats_url = sidecar->config_.nats_url;
  options.prefix = overrides.prefix;
  options.name = overrides.name;
  options.breakers = [self = sidecar.get()] { return self->breakers(); };
  SKALD_ASSIGN(sidecar->worker_, Worker::start(std::move(options), std::move(types)));
  return sidecar;
}

TypeOptions Sidecar::serve(const TaskConfig& task) {
  Service& service = *services_.at(task.service);
  TypeOptions options;
  options.concurrency = task.concurrency.value_or(service.concurrency());
  options.accepting = [&service] { return service.accepting(); };
  options.handler = [&service, &task](const Task& work, const std::stop_token&) { return service.perform(task, work); };
  return options;
}

Status Sidecar::serve_http_calls(std::map<std::string, TypeOptions>& types) {
  SKALD_ASSIGN(http_calls_, http::Caller::make(*config_.http_calls, clock_, deadlines_));
  TypeOptions options;
  options.concurrency = config_.http_calls->concurrency;
  options.handler = [this](const Task& work, const std::stop_token&) { return http_calls_->perform(work); };
  options.together = 1;  // each host has a breaker of its own
  if (types.emplace(http::kTaskType, std::move(options)).second) return {};
  return fail(ErrorKind::kInvalid, "task-taken",
              fmt::format("the configuration serves {} itself, and calls to any host are to be served as well",
                          http::kTaskType));
}

std::map<std::string, std::string> Sidecar::breakers() const {
  std::map<std::string, std::string> states;
  if (http_calls_ != nullptr) states = http_calls_->breakers();
  for (const auto& [name, service] : services_) states[name] = service->breaker();
  return states;
}

void Sidecar::stop() {
  if (worker_) worker_->stop();
}

int run_sidecar(const SidecarConfig& config, const Overrides& overrides) {
  // Blocked before any thread starts, so that only this one takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  auto sidecar = Sidecar::start(config, overrides);
  if (!sidecar) {
    std::fprintf(stderr, "skald worker: %s\n", sidecar.error().message.c_str());
    return sidecar.error().kind == ErrorKind::kInvalid ? 2 : 1;
  }
  std::string tasks;
  for (const auto& [type, task] : config.tasks) tasks += (tasks.empty() ? "" : ",") + type;
  if (config.http_calls) tasks += std::string(tasks.empty() ? "" : ",") + http::kTaskType;
  bool ready = false;
  const timespec tick{0, 50'000'000};
  while (::sigtimedwait(&signals, nullptr, &tick) < 0) {
    if (ready || !(*sidecar)->worker().serving()) continue;
    ready = true;
    std::printf("ready worker=%s tasks=%s\n", (*sidecar)->worker().name().c_str(), tasks.c_str());
    std::fflush(stdout);
  }
  (*sidecar)->stop();
  return 0;
}

}  // namespace skald::workers
