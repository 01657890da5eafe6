// state: how a saga stood after any of its events, and what changed between two.

#include "cli/commands/common.h"
#include "cli/output_state.h"
#include "cli/redaction.h"
#include "cli/source.h"

namespace skald::cli {
namespace {

struct Options {
  std::vector<std::string> ids;
  SourceOptions source;
  Redaction redaction;
  std::optional<std::uint64_t> at;
  std::vector<std::uint64_t> diff;
};

int state_of(const Globals& globals, const Options& options, const Source& source, const std::string& id) {
  const bool compares = !options.diff.empty();
  const auto found =
      compares ? source.state_changes(id, options.diff[0], options.diff[1]) : source.state(id, options.at);
  if (!found) return complain(found.error());
  const Value shown = options.redaction.applied(*found);
  return print_answer(globals, shown, [&] {
    return compares ? changes_text(shown, globals.style()) : state_text(shown, globals.style());
  });
}

int state(const Globals& globals, Options& options) {
  if (const Status ready = options.redaction.prepare(); !ready) return complain(ready.error());
  return tell_of_each(globals, options.ids, options.source, [&](const Source& source, const std::string& id) {
    return state_of(globals, options, source, id);
  });
}

}  // namespace

void add_state(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("state", "how a saga stood after any of its events");
  command->add_option("ID", options->ids, "saga or run ids; - reads them from standard input")->required();
  CLI::Option* at = command->add_option("--at", options->at, "after the event with this number; without it: now")
                        ->check(CLI::Range(std::uint64_t{1}, kMostEvents));
  command->add_option("--diff", options->diff, "A B: what is otherwise after event B than after event A")
      ->expected(2)
      ->excludes(at);
  options->redaction.add_options(*command);
  add_source_options(*command, options->source);
  command->callback([&context, options] { context.exit_code = state(context.globals, *options); });
}

}  // namespace skald::cli
