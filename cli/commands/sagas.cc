// submit and show.

#include <fmt/format.h>

#include <utility>

#include "cli/commands/batch.h"
#include "cli/commands/common.h"
#include "cli/commands/wait.h"
#include "cli/source.h"

namespace skald::cli {
namespace {

struct SubmitOptions {
  std::string workflow;
  std::string input = "{}";
  std::string id;
  std::vector<std::string> labels;
  std::string batch;
  bool wait = false;
};

Result<Value> labels_of(const SubmitOptions& options) {
  Value labels = Value::object();
  for (const std::string& label : options.labels) {
    const std::size_t equals = label.find('=');
    if (equals == std::string::npos || equals == 0) {
      return fail(ErrorKind::kInvalid, "bad-label", fmt::format("--label: expected KEY=VALUE, not '{}'", label));
    }
    labels[label.substr(0, equals)] = label.substr(equals + 1);
  }
  return labels;
}

Result<Value> submission_of(const SubmitOptions& options) {
  Value body = Value::object();
  const std::size_t at = options.workflow.find('@');
  body["workflow"] = options.workflow.substr(0, at);
  if (at != std::string::npos) body["version"] = options.workflow.substr(at + 1);
  if (!options.id.empty()) body["id"] = options.id;
  SKALD_ASSIGN(body["input"], read_input(options.input));
  SKALD_ASSIGN(Value labels, labels_of(options));
  if (!labels.empty()) body["labels"] = std::move(labels);
  return body;
}

int submit_many(const Globals& globals, const SubmitOptions& options) {
  auto labels = labels_of(options);
  if (!labels) return complain(labels.error());
  const std::size_t at = options.workflow.find('@');
  const std::string version = at == std::string::npos ? "" : options.workflow.substr(at + 1);
  return submit_batch(globals,
                      {options.batch, options.workflow.substr(0, at), version, options.id, std::move(*labels)});
}

int submit(const Globals& globals, const SubmitOptions& options, bool bounded) {
  const auto body = submission_of(options);
  if (!body) return complain(body.error());
  const auto saga = options.wait ? submit_and_wait(globals, *body, bounded) : globals.client().post("/v1/sagas", *body);
  if (!saga) return complain(saga.error());
  if (globals.output() == Format::kText && !options.wait) {
    print(saga->value("id", "") + "\n");
  } else {
    print_saga(globals, *saga);
  }
  return options.wait && saga->value("status", "") != "completed" ? kFailed : kDone;
}

struct ShowOptions {
  std::vector<std::string> ids;
  SourceOptions source;
};

int show(const Globals& globals, const ShowOptions& options) {
  bool first = true;
  return tell_of_each(globals, options.ids, options.source, [&](const Source& source, const std::string& id) {
    const auto saga = source.saga(id);
    if (!saga) return complain(saga.error());
    if (!std::exchange(first, false) && globals.output() == Format::kText) print("\n");
    print_saga(globals, *saga);
    return static_cast<int>(kDone);
  });
}

}  // namespace

void add_sagas(CLI::App& app, Context& context) {
  auto submitting = std::make_shared<SubmitOptions>();
  CLI::App* submits = app.add_subcommand("submit", "start a saga");
  CLI::Option* workflow =
      submits->add_option("WORKFLOW", submitting->workflow, "NAMESPACE/NAME, with @VERSION if not the highest");
  CLI::Option* input = submits->add_option("--input", submitting->input, "JSON, @FILE, or - for standard input");
  submits->add_option("--id", submitting->id, "the saga's id; submitting it again is harmless")->check(not_empty());
  submits->add_option("--label", submitting->labels, "KEY=VALUE");
  CLI::Option* wait = submits->add_flag("--wait", submitting->wait, "wait for the end; exit 0 only if it completed");
  submits
      ->add_option("--batch", submitting->batch,
                   "a file, or -: one saga a line, as {\"input\":{},\"id\":\"a\",\"labels\":{}}; again is harmless")
      ->excludes(input)
      ->excludes(wait);
  submits->callback([&app, &context, submitting, workflow] {
    if (!submitting->batch.empty()) {
      context.exit_code = submit_many(context.globals, *submitting);
      return;
    }
    if (workflow->count() == 0) throw CLI::RequiredError("WORKFLOW");
    const bool bounded = app.get_option("--timeout")->count() > 0;
    context.exit_code = submit(context.globals, *submitting, bounded);
  });

  add_list(app, context);

  auto showing = std::make_shared<ShowOptions>();
  CLI::App* shows = app.add_subcommand("show", "a saga: where it is, what it waits for");
  shows->add_option("ID", showing->ids, "saga or run ids; - reads them from standard input")->required();
  add_source_options(*shows, showing->source);
  shows->callback([&context, showing] { context.exit_code = show(context.globals, *showing); });
}

}  // namespace skald::cli
