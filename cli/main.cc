// skald: everything that a user runs.

#include "cli/commands/common.h"
#include "engine/definition/jq_process.h"

int main(int argc, char** argv) {
  if (skald::definition::is_expression_server(argc, argv)) return skald::definition::serve_expressions();
  using namespace skald::cli;  // NOLINT: this is the command line
  Context context;
  Globals& globals = context.globals;
  CLI::App app("Skald: durable workflows that end well. `skald COMMAND --help` says more about each.", "skald");
  app.set_version_flag("--version", std::string("skald 0.1.0"));
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--server", globals.server, "the engine's address")->envname("SKALD_SERVER");
  app.add_option("--token", globals.token, "what the server asks for")->envname("SKALD_TOKEN");
  app.add_option("-o,--output-format", globals.format, "text, json, jsonl or ids")
      ->check(CLI::IsMember({"text", "json", "jsonl", "ids"}));
  app.add_option("--color", globals.colour, "auto, always or never")->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_option("--timeout", globals.timeout_s, "seconds to wait for an answer, or with --wait for the end");
  add_dev(app, context);
  add_server(app, context);
  add_workers(app, context);
  add_workflows(app, context);
  add_check(app, context);
  add_sagas(app, context);
  add_operate(app, context);
  add_history(app, context);
  add_backups(app, context);
  if (argc == 2 && std::string(argv[1]) == "help") {
    print(app.help());
    return kDone;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kUsage;
  }
  return context.exit_code;
}
