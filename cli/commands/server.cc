// server: the engine alone.

#include "engine/api/server.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <csignal>
#include <ctime>

#include "cli/commands/common.h"
#include "engine/base/log.h"
#include "engine/runtime/local_engine.h"

namespace skald::cli {
namespace {

struct Options {
  std::string config;
  std::string data = "./skald-data/engine";
  std::string http = "127.0.0.1:7525";
  std::string nats = "nats://127.0.0.1:4222";
  std::string prefix = "skald";
  std::string log_level = "info";
  unsigned threads = 2;
  std::uint32_t shards = 16;
  std::size_t max_tasks = runtime::kDefaultMaxTasks;
  std::string retention;
  std::size_t resident_sagas = runtime::kResidentSagas;
  bool accept_loss = false;
};

// server.yaml has the flags' names; what was given on the command line stands.
Status read_config(CLI::App& command, const Options& options, std::string& token) {
  if (options.config.empty()) return {};
  SKALD_ASSIGN(const std::string text, read_text(options.config));
  const auto wrong = [&](const YAML::Mark& mark, const std::string& what) {
    return fail(ErrorKind::kInvalid, "bad-config",
                fmt::format("{}:{}:{}: {}", options.config, mark.line + 1, mark.column + 1, what));
  };
  try {
    const YAML::Node root = YAML::Load(text);
    if (!root.IsMap()) return wrong(root.Mark(), "expected a mapping of the server's flags");
    for (const auto& entry : root) {
      const std::string name = entry.first.Scalar();
      if (!entry.second.IsScalar()) return wrong(entry.second.Mark(), "expected one value");
      if (name == "token") {
        if (token.empty()) token = entry.second.Scalar();
        continue;
      }
      CLI::Option* option = name == "config" ? nullptr : command.get_option_no_throw("--" + name);
      if (option == nullptr) return wrong(entry.first.Mark(), fmt::format("unknown key '{}'", name));
      if (option->count() > 0) continue;
      option->add_result(entry.second.Scalar());
      option->run_callback();
    }
  } catch (const YAML::Exception& error) {
    return wrong(error.mark, error.msg);
  } catch (const CLI::Error& error) {
    return fail(ErrorKind::kInvalid, "bad-config", fmt::format("{}: {}", options.config, error.what()));
  }
  return {};
}

int serve(const Options& options, const std::string& token) {
  // Blocked before any thread starts, so that only this one takes them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  setup_logging(options.log_level);

  runtime::Options engine_options;
  engine_options.data_dir = options.data;
  engine_options.nats_url = options.nats;
  engine_options.prefix = options.prefix;
  engine_options.threads = options.threads;
  engine_options.shards = options.shards;
  engine_options.accept_loss = options.accept_loss;
  engine_options.max_tasks = options.max_tasks;
  engine_options.resident_sagas = options.resident_sagas;
  if (!options.retention.empty()) {
    const auto retention = parse_duration(options.retention);
    if (!retention)
      return complain(make_error(ErrorKind::kInvalid, "bad-duration", "--retention: " + retention.error().message));
    engine_options.retention = *retention;
  }
  // Nobody knows what is on disk: nothing more may be answered, so nothing is wound down either.
  auto engine = runtime::LocalEngine::start(engine_options, [](const Error& error) { ::_exit(complain(error)); });
  if (!engine) return complain(engine.error());
  api::ServerOptions door;
  door.address = options.http;
  door.token = token;
  auto server = api::Server::start(**engine, door);
  if (!server) return complain(server.error());
  print(fmt::format("ready http={} data={}\n", (*server)->url(), options.data));
  int taken = 0;
  sigwait(&signals, &taken);
  (*server)->stop();
  (*engine)->stop();
  return kDone;
}

}  // namespace

void add_server(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("server", "run the engine alone");
  command->add_option("--config", options->config, "server.yaml: these flags' names and their values");
  command->add_option("--data", options->data, "the engine's folder");
  command->add_option("--http", options->http, "where to listen");
  command->add_option("--nats", options->nats, "the broker");
  command->add_option("--prefix", options->prefix, "of the broker's subjects and streams");
  command->add_option("--threads", options->threads, "that run sagas")->check(CLI::Range(1U, 256U));
  command->add_option("--shards", options->shards, "of a new store; fixed from then on")->check(CLI::Range(1U, 4096U));
  command->add_option("--max-tasks", options->max_tasks, "that wait for workers; beyond them no saga is started (429)")
      ->check(CLI::PositiveNumber);
  command->add_option("--retention", options->retention,
                      "remove sagas so long after their end, as in 30d; without it they are kept for ever");
  command->add_option("--resident-sagas", options->resident_sagas,
                      "kept in memory at most (20000); of the others that only wait, the store alone knows");
  command->add_option("--log-level", options->log_level, "debug, info, warn, error, off");
  command->add_flag("--accept-loss", options->accept_loss, "start although writes are missing at the log's end");
  command->callback([&context, command, options] {
    std::string token = context.globals.token;
    const Status configured = read_config(*command, *options, token);
    context.exit_code = configured ? serve(*options, token) : complain(configured.error());
  });
}

}  // namespace skald::cli
