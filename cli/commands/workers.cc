// workers: who serves what. worker: the sidecar.

#include <fmt/format.h>

#include "cli/commands/common.h"
#include "engine/base/log.h"
#include "workers/sidecar/sidecar.h"

namespace skald::cli {
namespace {

int workers(const Globals& globals) {
  const auto answer = globals.client().get("/v1/workers");
  if (!answer) return complain(answer.error());
  if (globals.output() == Format::kJson) {
    print(to_json(*answer, 2) + "\n");
    return kDone;
  }
  const Time now = SystemClock().now();
  std::vector<std::vector<std::string>> rows = {{"TASK", "WORKERS", "IN FLIGHT", "WAITING", "OLDEST", "BREAKERS"}};
  for (const Value& type : (*answer)["items"]) {
    if (globals.output() == Format::kJsonl) print(to_json(type) + "\n");
    std::string names, breakers;
    int in_flight = 0;
    for (const Value& worker : type["workers"]) {
      names += (names.empty() ? "" : ", ") + worker.value("name", "");
      in_flight += worker.value("in_flight", 0);
      for (const auto& [service, state] : worker["breakers"].items()) {
        breakers += (breakers.empty() ? "" : ", ") + service + " " + state.get<std::string>();
      }
    }
    rows.push_back({type.value("task", ""), names.empty() ? "nobody" : names, std::to_string(in_flight),
                    to_json(type["waiting"]), type["oldest"].is_null() ? "-" : ago(type.value("oldest", ""), now),
                    breakers.empty() ? "-" : breakers});
  }
  if (globals.output() == Format::kText) print(table(rows, globals.style()));
  return kDone;
}

struct SidecarOptions {
  std::string config;
  std::string nats;
  std::string name;
  std::string prefix = "skald";
  std::string secrets;
  std::vector<std::string> services;
  bool http_calls = false;
  workers::http::Options http;
};

Result<workers::SidecarConfig> config_of(const SidecarOptions& options) {
  if (options.config.empty() && !options.http_calls) {
    return fail(ErrorKind::kInvalid, "nothing-to-serve", "worker: --config or --http-calls says what to serve");
  }
  workers::SidecarConfig config;
  if (!options.config.empty()) {
    SKALD_ASSIGN(config, workers::load_config(options.config));
  }
  if (options.http_calls) config.http_calls = options.http;
  return config;
}

int sidecar(const SidecarOptions& options) {
  const auto config = config_of(options);
  if (!config) return complain(config.error());
  workers::Overrides overrides;
  overrides.nats_url = options.nats;
  overrides.name = options.name;
  overrides.prefix = options.prefix;
  overrides.secrets = options.secrets;
  for (const std::string& service : options.services) {
    const std::size_t equals = service.find('=');
    if (equals == std::string::npos) {
      return complain(make_error(ErrorKind::kInvalid, "bad-service",
                                 fmt::format("--service: expected NAME=URL, not '{}'", service)));
    }
    overrides.service_urls[service.substr(0, equals)] = service.substr(equals + 1);
  }
  return workers::run_sidecar(*config, overrides);
}

}  // namespace

void add_workers(CLI::App& app, Context& context) {
  CLI::App* lists = app.add_subcommand("workers", "who serves which task type, and what waits");
  lists->callback([&context] { context.exit_code = workers(context.globals); });

  auto options = std::make_shared<SidecarOptions>();
  CLI::App* runs = app.add_subcommand("worker", "run the sidecar beside a service, or what calls any host");
  runs->add_option("--config", options->config, "which task type is which call of the service");
  runs->add_option("--nats", options->nats, "the broker, instead of the configuration's");
  runs->add_option("--service", options->services, "NAME=URL, instead of the configuration's");
  runs->add_option("--name", options->name, "of this worker; unique");
  runs->add_option("--prefix", options->prefix, "of the broker's subjects");
  runs->add_option("--secrets", options->secrets, "a folder with a file for each secret, named like it");
  CLI::Option* http = runs->add_flag("--http-calls", options->http_calls, "perform 'call: http', to any host");
  runs->add_option("--concurrency", options->http.concurrency, "http calls at a time")
      ->needs(http)
      ->check(CLI::Range(1, 1'000));
  runs->add_option("--allow-host", options->http.allow_hosts,
                   "HOST, HOST:PORT or *.DOMAIN that http calls may go to, and no other; repeatable")
      ->needs(http);
  runs->add_option("--ca-file", options->http.ca_file, "whom http calls trust over https, as PEM; else the system's")
      ->needs(http)
      ->check(CLI::ExistingFile);
  runs->callback([&context, options] { context.exit_code = sidecar(*options); });
}

}  // namespace skald::cli
