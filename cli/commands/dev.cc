// dev: one process tree for development.

#include <fmt/format.h>

#include <csignal>
#include <ctime>
#include <filesystem>
#include <iostream>

#include "cli/commands/common.h"
#include "cli/commands/dev_tree.h"
#include "store/store_folder.h"

namespace skald::cli {
namespace {

int dev(DevOptions options) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const timespec tick{0, 20'000'000};
  const timespec at_once{0, 0};

  std::error_code failed;
  std::filesystem::create_directories(options.data, failed);
  options.data = std::filesystem::absolute(options.data).lexically_normal();
  const auto lock = store::FolderLock::take(options.data);
  if (!lock) return complain(lock.error());
  const std::string data = options.data;
  DevTree tree(std::move(options));
  const Status started = tree.start([&] { return ::sigtimedwait(&signals, nullptr, &at_once) > 0; });
  const auto give_up = [&tree](const Error& error) {
    const int code = complain(error);
    return error.code == "child-failed" ? tree.failed_code() : code;
  };
  if (!started) return started.error().code == "interrupted" ? static_cast<int>(kDone) : give_up(started.error());
  print(fmt::format("ready http={} nats={} data={}\n", tree.http_url(), tree.nats_url(), data));
  Status tended;
  while (tended && ::sigtimedwait(&signals, nullptr, &tick) < 0) tended = tree.tend();
  tree.stop();
  return tended ? static_cast<int>(kDone) : give_up(tended.error());
}

}  // namespace

void add_dev(CLI::App& app, Context& context) {
  auto options = std::make_shared<DevOptions>();
  CLI::App* command = app.add_subcommand("dev", "broker, engine and, with --store, the demo store, for development");
  command->add_option("--data", options->data, "the folder that everything lies in");
  command->add_option("--http", options->http, "where the engine listens");
  command->add_option("--nats-port", options->nats_port,
                      "of the private broker; without it that of the last time, or any free one");
  command->add_option("--secrets", options->secrets, "a folder with a file for each secret of 'call: http'")
      ->check(CLI::ExistingDirectory);
  command->add_flag("--store", options->store, "with the demo store: services, workers, workflow");
  command->add_option("--key-ttl", options->key_ttl, "how long the demo store remembers idempotency keys, like 30s")
      ->needs("--store");
  command->callback([&context, options] {
    options->token = context.globals.token;
    context.exit_code = dev(*options);
  });
}

}  // namespace skald::cli
