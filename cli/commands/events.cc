// signal and emit: what sagas listen for.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "cli/commands/common.h"

namespace skald::cli {
namespace {

struct SignalOptions {
  std::string saga, name, data, id, reason;
};

struct EmitOptions {
  std::string type, data, id, subject;
  std::string source = "skald";
};

// Nothing where no data was given.
Status add_data(Value& body, const std::string& given) {
  if (given.empty()) return {};
  SKALD_ASSIGN(body["data"], read_input(given, "--data"));
  return {};
}

int send_signal(const Globals& globals, const SignalOptions& options) {
  const char* user = std::getenv("USER");
  Value body{{"name", options.name}, {"who", user != nullptr ? user : ""}};
  if (!options.id.empty()) body["id"] = options.id;
  if (!options.reason.empty()) body["reason"] = options.reason;
  if (const Status good = add_data(body, options.data); !good) return complain(good.error());
  int worst = kDone;
  for (const std::string& id : expand_ids({options.saga})) {
    const auto saga = globals.client().post(fmt::format("/v1/sagas/{}/signal", escaped(id)), body);
    if (!saga) {
      worst = std::max(worst, complain(saga.error()));
    } else if (globals.output() == Format::kText) {
      const std::string status = saga->value("status", "");
      print(fmt::format("{}  {}\n", saga->value("id", ""), globals.style().status(status, status)));
    } else {
      print_saga(globals, *saga);
    }
  }
  return worst;
}

int emit(const Globals& globals, const EmitOptions& options) {
  Value body{{"type", options.type}, {"source", options.source}};
  if (!options.id.empty()) body["id"] = options.id;
  if (!options.subject.empty()) body["subject"] = options.subject;
  if (const Status good = add_data(body, options.data); !good) return complain(good.error());
  const auto event = globals.client().post("/v1/events", body);
  if (!event) return complain(event.error());
  return print_answer(globals, *event, [&] { return event->value("id", "") + "\n"; });
}

}  // namespace

void add_events(CLI::App& app, Context& context) {
  auto signal = std::make_shared<SignalOptions>();  // shared: the parser and the callback hold it
  CLI::App* signals = app.add_subcommand("signal", "send a saga what it listens for; kept until it does");
  signals->add_option("ID", signal->saga, "a saga or run id; - reads them from standard input")->required();
  signals->add_option("NAME", signal->name, "the type of event that a task of it listens for")->required();
  signals->add_option("--data", signal->data, "what the task gets: JSON, @FILE, or - for standard input");
  signals->add_option("--id", signal->id, "the signal's own id; sending it again is harmless");
  signals->add_option("--reason", signal->reason, "why; stands in the history");
  signals->callback([&context, signal] { context.exit_code = send_signal(context.globals, *signal); });

  auto event = std::make_shared<EmitOptions>();  // shared: likewise
  CLI::App* emits = app.add_subcommand("emit", "publish an event for whoever listens for it now");
  emits->add_option("TYPE", event->type, "its type")->required();
  emits->add_option("--data", event->data, "JSON, @FILE, or - for standard input");
  emits->add_option("--subject", event->subject, "what it is about: a saga's id, say");
  emits->add_option("--source", event->source, "where it comes from");
  emits->add_option("--id", event->id, "its id; publishing it again within two minutes is harmless");
  emits->callback([&context, event] { context.exit_code = emit(context.globals, *event); });
}

}  // namespace skald::cli
