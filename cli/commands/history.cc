// history: every event, or those that are asked for, from the engine, its folder or an exported file.

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "cli/commands/common.h"
#include "cli/commands/event_filter.h"
#include "cli/output_state.h"
#include "cli/redaction.h"
#include "cli/source.h"

namespace skald::cli {
namespace {

struct Options {
  std::vector<std::string> ids;
  SourceOptions source;
  EventFilter filter;
  Redaction redaction;
  std::size_t limit = 0;  // 0: all
  bool follow = false;
  bool reverse = false;
  bool payloads = false;
};

class Printer {
 public:
  // `start`: of the saga, times are shown from it.
  Printer(const Globals& globals, const Options& options, Time start)
      : globals_(globals), options_(options), style_(globals.style()), start_(start) {}

  Status event(const Value& whole) const {
    const Value event = options_.redaction.applied(whole);
    if (globals_.output() != Format::kText) {
      print(to_json(event) + "\n");
      return {};
    }
    SKALD_ASSIGN(const std::string text, laid_out([&] { return text_of(event); }));
    print(text);
    return {};
  }
  Status all(const std::deque<Value>& events) const {
    if (globals_.output() != Format::kJson) {
      for (const Value& each : events) SKALD_TRY(event(each));
      return {};
    }
    Value shown = Value::array();
    for (const Value& each : events) shown.push_back(options_.redaction.applied(each));
    print(to_json(shown, 2) + "\n");
    return {};
  }

 private:
  std::string text_of(const Value& event) const {
    std::string text = event_text(event, start_, style_, !options_.payloads) + "\n";
    for (const char* name : {"input", "output", "context", "event", "error"}) {
      if (!options_.payloads || !event.contains(name)) continue;
      text += "      " + style_.dim(name) + "\n" + indented(event[name], "        ");
    }
    return text;
  }

  const Globals& globals_;
  const Options& options_;
  const Style style_;
  const Time start_;
};

// When the saga began.
Result<Time> start_of(const Source& source, const std::string& id) {
  Time start;
  SKALD_TRY(source.history(id, 1, false, [&start](const Value& event) {
    start = parse_time(event.value("at", "")).value_or(Time{});
    return false;
  }));
  return start;
}

// Those that are asked for; of more than the limit the first, in reverse the last.
Result<std::deque<Value>> wanted(const Source& source, const std::string& id, const Options& options) {
  std::deque<Value> events;
  SKALD_TRY(source.history(id, options.filter.from(), false, [&](const Value& event) {
    if (options.filter.matches(event)) options.reverse ? events.push_front(event) : events.push_back(event);
    const bool full = options.limit != 0 && events.size() > options.limit;
    if (full) events.pop_back();
    const bool enough = options.limit != 0 && !options.reverse && events.size() == options.limit;
    return !enough && !options.filter.ends_before(event);
  }));
  return events;
}

Status follow(const Source& source, const std::string& id, const Options& options, const Printer& printer) {
  std::size_t shown = 0;
  Status printed;
  SKALD_TRY(source.history(id, options.filter.from(), true, [&](const Value& event) {
    if (options.filter.matches(event)) {
      printed = printer.event(event);
      ++shown;
    }
    return printed && (options.limit == 0 || shown < options.limit) && !options.filter.ends_before(event);
  }));
  return printed;
}

Status history_of(const Globals& globals, const Options& options, const Source& source, const std::string& id) {
  if (globals.output() == Format::kIds) {
    SKALD_ASSIGN(const Value saga, source.saga(id));
    print(saga.value("id", "") + "\n");
    return {};
  }
  SKALD_ASSIGN(const Time start, start_of(source, id));
  const Printer printer(globals, options, start);
  if (options.follow) return follow(source, id, options, printer);
  SKALD_ASSIGN(const std::deque<Value> events, wanted(source, id, options));
  return printer.all(events);
}

int history(const Globals& globals, Options& options) {
  for (const Status& ready : {options.filter.prepare(), options.redaction.prepare()}) {
    if (!ready) return complain(ready.error());
  }
  const auto source = open_source(globals.client(), options.source);
  if (!source) return complain(source.error());
  const auto ids = ids_of(options.ids, options.source);
  if (!ids) return complain(ids.error());
  int worst = kDone;
  for (const std::string& id : *ids) {
    const Status done = history_of(globals, options, **source, id);
    if (!done) worst = std::max(worst, complain(done.error()));
  }
  return worst;
}

}  // namespace

void add_history(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("history", "everything that happened to a saga");
  command->add_option("ID", options->ids, "saga or run ids; - reads them from standard input")->required();
  command->add_flag("--follow", options->follow, "go on until it has ended");
  command->add_flag("--reverse", options->reverse, "the latest first")->excludes("--follow");
  options->filter.add_options(*command);
  command->add_option("--limit", options->limit, "how many at most: the first, with --reverse the last")
      ->check(CLI::Range(std::size_t{1}, kMostEvents));
  command->add_flag("--payloads", options->payloads, "inputs, outputs and errors in full, below each event");
  options->redaction.add_options(*command);
  add_source_options(*command, options->source);
  command->callback([&context, options] { context.exit_code = history(context.globals, *options); });
}

}  // namespace skald::cli
