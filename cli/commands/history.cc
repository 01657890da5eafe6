// history: every event, from the engine or from its folder.

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/common.h"
#include "engine/runtime/local_engine.h"
#include "store/rocks_log.h"

namespace skald::cli {
namespace {

struct Options {
  std::string id;
  std::string data;
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

Result<std::vector<Value>> from_folder(const Options& options) {
  constexpr std::size_t kPage = 1'000;
  SKALD_ASSIGN(const auto log, store::RocksLog::open_reader(options.data));
  SKALD_ASSIGN(const RunId run, runtime::find_run(*log, options.id));
  std::vector<Value> events;
  while (true) {
    SKALD_ASSIGN(const auto page, log->events(run, events.size() + 1, kPage));
    for (const auto& stored : page) {
      SKALD_ASSIGN(Value event, runtime::event_json(stored));
      events.push_back(std::move(event));
    }
    if (page.size() < kPage) return events;
  }
}

int history(const Globals& globals, const Options& options) {
  Printer printer(globals);
  if (!options.data.empty()) {
    auto events = from_folder(options);
    if (!events) return complain(events.error());
    printer.all(*std::move(events), options.reverse);
    return kDone;
  }
  const std::string path =
      fmt::format("/v1/sagas/{}/history{}", escaped(options.id), options.follow ? "?follow=true" : "");
  std::vector<Value> events;
  const Status done = globals.client().lines(path, [&](const Value& event) {
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
  command->add_option("--data", options->data, "read this folder of an engine, running or not, without a server")
      ->excludes("--follow");
  command->callback([&context, options] { context.exit_code = history(context.globals, *options); });
}

}  // namespace skald::cli
