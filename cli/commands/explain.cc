// explain: why sagas are where they are, and what helps.

#include "cli/commands/common.h"
#include "cli/source.h"

namespace skald::cli {
namespace {

struct Options {
  std::vector<std::string> ids;
  SourceOptions source;
};

int explain(const Globals& globals, const Options& options) {
  const auto source = open_source(globals.client(), options.source);
  if (!source) return complain(source.error());
  int worst = kDone;
  bool first = true;
  const auto ids = ids_of(options.ids, options.source);
  if (!ids) return complain(ids.error());
  for (const std::string& id : *ids) {
    const auto explanation = (*source)->explain(id);
    if (!explanation) {
      worst = std::max(worst, complain(explanation.error()));
      continue;
    }
    (void)print_answer(globals, *explanation,
                       [&] { return (first ? "" : "\n") + explanation_text(*explanation, globals.style()); });
    first = false;
  }
  return worst;
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
