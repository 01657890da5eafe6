// explain: why sagas are where they are, and what helps.

#include <utility>

#include "cli/commands/common.h"
#include "cli/source.h"

namespace skald::cli {
namespace {

struct Options {
  std::vector<std::string> ids;
  SourceOptions source;
};

int explain(const Globals& globals, const Options& options) {
  bool first = true;
  return tell_of_each(globals, options.ids, options.source, [&](const Source& source, const std::string& id) {
    const auto explanation = source.explain(id);
    if (!explanation) return complain(explanation.error());
    const std::string before = std::exchange(first, false) ? "" : "\n";
    return print_answer(globals, *explanation,
                        [&] { return before + explanation_text(*explanation, globals.style()); });
  });
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("explain", "why a saga is where it is, what happens next, and what helps");
  command->add_option("ID", options->ids, "saga or run ids; - reads them from standard input")->required();
  add_source_options(*command, options->source);
  command->callback([&context, options] { context.exit_code = explain(context.globals, *options); });
}

}  // namespace skald::cli
