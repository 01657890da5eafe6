#include "cli/commands/all.h"

#include <charconv>

#include "cli/arrange.h"

namespace skald::cli {

void add_all(CLI::App& app, Context& context) {
  Globals& globals = context.globals;
  app.description("Skald: durable workflows that end well.");
  app.name("skald");
  app.set_version_flag("--version", std::string("skald 0.1.0"));
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--server", globals.server, "the engine's address")->envname("SKALD_SERVER");
  app.add_option("--token", globals.token, "what the server asks for")->envname("SKALD_TOKEN");
  app.add_option("-o,--output-format", globals.format, "how the answer is written")
      ->check(CLI::IsMember({"text", "json", "jsonl", "ids"}));
  app.add_option("--color", globals.colour, "whether to use colour")->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_option("--timeout", globals.timeout_s, "to wait for an answer, or with --wait for the end")
      ->check(CLI::Validator(
          [](const std::string& text) -> std::string {
            constexpr double kLongest = 366 * 86'400.0;
            double seconds = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
            const bool number = error == std::errc() && end == text.data() + text.size();
            if (number && seconds >= 0.001 && seconds <= kLongest) return "";
            return "'" + text + "' is no time to wait; it is in seconds, such as 2 or 0.5, and at most a year";
          },
          ""));
  add_dev(app, context);
  add_server(app, context);
  add_workers(app, context);
  add_workflows(app, context);
  add_check(app, context);
  add_sagas(app, context);
  add_events(app, context);
  add_operate(app, context);
  add_explain(app, context);
  add_history(app, context);
  add_trace(app, context);
  add_state(app, context);
  add_export(app, context);
  add_verify(app, context);
  add_backups(app, context);
  add_top(app, context);
  add_help(app, context);
  add_completion(app, context);
  arrange(app);
}

}  // namespace skald::cli
