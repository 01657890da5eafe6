// trace: a saga's life as a tree with bars.

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "cli/commands/common.h"
#include "cli/output_trace.h"
#include "cli/redaction.h"
#include "cli/source.h"

namespace skald::cli {
namespace {

struct Options {
  std::vector<std::string> ids;
  SourceOptions source;
  Redaction redaction;
  bool all = false;
};

std::size_t width() {
  constexpr std::size_t kOtherwise = 100;
  constexpr std::size_t kLeast = 40;
  const char* told = std::getenv("COLUMNS");
  const long columns = told != nullptr ? std::atol(told) : 0;
  if (columns > 0) return std::max(static_cast<std::size_t>(columns), kLeast);
  winsize size{};
  if (::isatty(STDOUT_FILENO) != 1 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return kOtherwise;
  }
  return std::max<std::size_t>(size.ws_col, kLeast);
}

int trace_one(const Globals& globals, const Options& options, const Source& source, const std::string& id) {
  const auto found = source.trace(id);
  if (!found) return complain(found.error());
  const Value shown = options.redaction.applied(*found);
  return print_answer(globals, shown, [&] {
    // A file says how it was when it was written, and nothing of what came then.
    const bool of_then = !options.source.file.empty();
    const Time now = of_then ? parse_time(shown.value("at", "")).value_or(Time{}) : SystemClock().now();
    return trace_text(shown, {width(), now, options.all}, globals.style());
  });
}

int trace(const Globals& globals, Options& options) {
  if (const Status ready = options.redaction.prepare(); !ready) return complain(ready.error());
  return tell_of_each(globals, options.ids, options.source, [&](const Source& source, const std::string& id) {
    return trace_one(globals, options, source, id);
  });
}

}  // namespace

void add_trace(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("trace", "what a saga did when: attempts, waits, undos, as a tree with bars");
  command->add_option("ID", options->ids, "saga or run ids; - reads them from standard input")->required();
  command->add_flag("--all", options->all, "also what repeats itself");
  options->redaction.add_options(*command);
  add_source_options(*command, options->source);
  command->callback([&context, options] { context.exit_code = trace(context.globals, *options); });
}

}  // namespace skald::cli
