// skald-store: the demo store's services, one a process, and their audit.

#include <pthread.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <thread>

#include "engine/base/log.h"
#include "services/audit/audit.h"
#include "services/common/service.h"

namespace skald::services {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
constexpr int kExitMissing = 3;
constexpr int kExitRefused = 5;

struct Flags {
  std::string data;
  std::string http = "127.0.0.1:0";
  std::string output = "text";
  bool allow_faults = false;
  bool allow_open = false;
  std::int64_t key_ttl_ms = kDefaultKeyTtl.count();
};

int complain(const Error& error) {
  std::cerr << "skald-store: " << error.message << " (" << error.code << ")\n";
  switch (error.kind) {
    case ErrorKind::kInvalid:
      return kExitUsage;
    case ErrorKind::kNotFound:
      return kExitMissing;
    case ErrorKind::kConflict:
      return kExitRefused;
    default:
      return kExitFailed;
  }
}

// Blocks the signals that end a service, in this thread and those it starts; waited for in `serve`.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return signals;
}

Status serve(const Service& service, const Flags& flags) {
  const sigset_t signals = block_signals();
  SKALD_ASSIGN(const Address address, parse_address(flags.http));
  SKALD_ASSIGN(auto database, open_database(service, flags.data));
  const SystemClock clock;
  Effects effects(*database, clock, Millis(flags.key_ttl_ms));
  HttpServer server({service.name, flags.allow_faults}, service.routes(*database, effects));
  SKALD_ASSIGN(const int port, server.listen(address));
  std::jthread serving([&server] { server.serve(); });
  std::printf("ready http=http://%s:%d\n", address.host.c_str(), port);
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  server.stop();
  return {};
}

int run_audit(const Flags& flags) {
  const auto report = audit(flags.data, {.allow_open = flags.allow_open});
  if (!report) return complain(report.error());
  std::cout << (flags.output == "json" ? to_json(report->json()) + "\n" : report->text());
  return report->violations.empty() ? 0 : kExitFailed;
}

void add_service(CLI::App& app, Flags& flags, const Service& service, const std::string& description) {
  CLI::App* command = app.add_subcommand(service.name, description);
  command->add_option("--data", flags.data, "folder of the database, " + service.name + ".db")->required();
  command->add_option("--http", flags.http, "host:port to listen on; port 0 for any free one")->capture_default_str();
  command->add_flag("--allow-faults", flags.allow_faults, "allow PUT /_faults");
  const std::map<std::string, std::int64_t> units = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  command->add_option("--key-ttl", flags.key_ttl_ms, "how long idempotency records are kept, like 30s or 7d (default)")
      ->transform(CLI::AsNumberWithUnit(units, CLI::AsNumberWithUnit::UNIT_REQUIRED, "DURATION"));
}

int run(int argc, char** argv) {
  CLI::App app("The demo store: five services, and the audit of their databases.", "skald-store");
  app.require_subcommand(1);
  Flags flags;
  const std::map<std::string, std::pair<Service, std::string>> services = {
      {"catalog", {catalog_service(), "products and prices"}},        {"cart", {cart_service(), "shopping carts"}},
      {"inventory", {inventory_service(), "stock and reservations"}}, {"checkout", {checkout_service(), "orders"}},
      {"payments", {payments_service(), "charges and refunds"}},
  };
  for (const auto& [name, service] : services) add_service(app, flags, service.first, service.second);
  CLI::App* check = app.add_subcommand("audit", "check that stock, orders and money of the five databases agree");
  check->add_option("--data", flags.data, "folder of the five databases")->required();
  check->add_option("-o", flags.output, "text or json")->check(CLI::IsMember({"text", "json"}));
  check->add_flag("--allow-open", flags.allow_open, "orders and reservations may be unfinished");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  setup_logging("warn");
  const std::string name = app.get_subcommands().front()->get_name();
  if (name == "audit") return run_audit(flags);
  const auto served = serve(services.at(name).first, flags);
  return served ? 0 : complain(served.error());
}

}  // namespace
}  // namespace skald::services

int main(int argc, char** argv) { return skald::services::run(argc, argv); }
