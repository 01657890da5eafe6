// history: every event, from the engine or from its folder.

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/common.h"
#include "cli/source.h"

namespace skald::cli {
namespace {

struct Options {
  std::string id;
  SourceOptions source;
  bool follow = false;
  bool reverse = false;
};

class Printer {
 public:
  explicit Printer(const Globals& globals) : globals_(globals), style_(globals.style()) {}
  void event(const Value& event) {
    if (globals_.output() != Format::kText) return print(to_json(event) + "\n");
    if (event.value("seq", 0) == 1) start_ = parse_time(event.value("at", "")).value_or(Time{});
    print(event_text(event, start_, style_) + "\n");
  }
  void all(std::vector<Value> events, bool reverse) {
    if (events.empty()) return;
    start_ = parse_time(events.front().value("at", "")).value_or(Time{});
    if (reverse) std::reverse(events.begin(), events.end());
    if (globals_.output() == Format::kJson) return print(to_json(Value(events), 2) + "\n");
    for (const Value& each : events) event(each);
  }

 private:
  const Globals& globals_;
  Style style_;
  Time start_;
};

int history(const Globals& globals, const Options& options) {
  const auto source = open_source(globals.client(), options.source);
  if (!source) return complain(source.error());
  Printer printer(globals);
  std::vector<Value> events;
  const Status done = (*source)->history(options.id, 1, options.follow, [&](const Value& event) {
    if (options.follow) {
      printer.event(event);
    } else {
      events.push_back(event);
    }
    return true;
  });
  if (!done) return complain(done.error());
  printer.all(std::move(events), options.reverse);
  return kDone;
}

}  // namespace

void add_history(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("history", "everything that happened to a saga");
  command->add_option("ID", options->id, "saga or run id")->required();
  command->add_flag("--follow", options->follow, "go on until it has ended");
  command->add_flag("--reverse", options->reverse, "the latest first")->excludes("--follow");
  add_source_options(*command, options->source);
  command->callback([&context, options] { context.exit_code = history(context.globals, *options); });
}

}  // namespace skald::cli
