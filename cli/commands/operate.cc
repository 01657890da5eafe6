// The operators' verbs: on sagas by id, or on all that a query means.

#include "cli/commands/operate.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <limits>
#include <optional>

#include "cli/commands/common.h"
#include "cli/commands/query.h"
#include "cli/pace.h"
#include "cli/progress.h"
#include "cli/source.h"

namespace skald::cli {
namespace {

constexpr std::size_t kManySagas = 10;

struct Verb {
  const char* name;
  const char* what;
  std::vector<const char*> acts_on;  // by query without --status: sagas of these; empty: it takes no query
  bool with_step = false;
  bool undoes = false;  // the engine can say what it would undo
};

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> kVerbs{
      {"cancel", "end sagas early, and undo what they did", {"running", "suspended", "stuck"}, false, true},
      {"compensate", "undo what sagas did, and end them as cancelled", {"running", "suspended", "stuck"}, false, true},
      {"terminate", "end sagas at once, and undo nothing", {"running", "compensating", "suspended", "stuck"}},
      {"suspend",
       "start nothing more until resumed; what is in flight is answered",
       {"running", "compensating", "stuck"}},
      {"resume", "go on with suspended sagas where they stood", {"suspended"}},
      {"retry", "try a stuck step again now, or cut a wait for a retry short", {"stuck"}, true},
      {"skip", "give a stuck step up and go on", {"stuck"}, true},
      {"resolve", "mark a stuck step as done by hand", {}, true},
  };
  return kVerbs;
}

struct Options {
  std::vector<std::string> ids;
  SagaQuery query;
  std::string reason, step, output;
  bool dry_run = false;
  bool yes = false;
  double rate = 0;  // operations a second; 0: no bound

  bool by_query() const { return query.filters(); }
};

struct Target {
  std::string id;                     // as people know it
  std::string path;                   // as the server is asked
  std::optional<std::uint64_t> seen;  // the last event when the query saw it
};

Error usage(std::string message) { return make_error(ErrorKind::kInvalid, "usage", std::move(message)); }

Status check(const Verb& verb, const Options& options) {
  if (options.ids.empty() && !options.by_query()) {
    return fail(usage(
        verb.acts_on.empty()
            ? "name the sagas by their ids"
            : "name the sagas by their ids, or by --workflow, --status or --label (--since, --until, --id, --error)"));
  }
  if (!options.ids.empty() && options.by_query()) return fail(usage("give either ids or a query, not both"));
  if (options.reason.empty() && !options.dry_run) {
    return fail(usage("--reason is required: say why; it stands in the history"));
  }
  const bool asks = options.by_query() && !options.yes && !options.dry_run;
  if (asks && ::isatty(STDIN_FILENO) == 0) {
    return fail(usage(
        fmt::format("no terminal to ask on: say --yes to {} all that match, or --dry-run to see which", verb.name)));
  }
  return {};
}

// What the query means now, each saga once.
Result<std::vector<Target>> select(const Client& client, const Verb& verb, SagaQuery query) {
  if (query.statuses.empty()) query.statuses.assign(verb.acts_on.begin(), verb.acts_on.end());
  std::vector<Target> targets;
  SKALD_TRY(each_saga(ServerSource(client), query, std::numeric_limits<std::size_t>::max(), [&](const Value& saga) {
    targets.push_back(
        {saga.value("id", ""), "/v1/sagas/" + escaped(saga.value("run", "")), saga.value("events", std::uint64_t{0})});
    return true;
  }));
  return targets;
}

bool agreed(const Verb& verb, std::size_t count) {
  std::cerr << fmt::format("{} {} saga{}? [y/N] ", verb.name, count, count == 1 ? "" : "s");
  std::string answer;
  std::getline(std::cin, answer);
  return answer == "y" || answer == "Y" || answer == "yes";
}

struct Tally {
  std::size_t done = 0;
  std::size_t refused = 0;
  std::size_t failed = 0;
  int worst = kDone;
};

Result<Value> body_of(const Options& options) {
  const char* user = std::getenv("USER");
  Value body = {{"reason", options.reason}, {"who", user != nullptr ? user : ""}};
  if (!options.step.empty()) body["step"] = options.step;
  if (options.output.empty()) return body;
  const auto output = parse_json(options.output);
  if (!output) return fail(ErrorKind::kInvalid, "bad-json", "--output: " + output.error().message);
  body["output"] = *output;
  return body;
}

class Operation {
 public:
  Operation(const Globals& globals, const Verb& verb, const Options& options, Value body)
      : globals_(globals), verb_(verb), options_(options), body_(std::move(body)), client_(globals.client()) {}

  int run(const std::vector<Target>& targets) {
    Pace pace(options_.rate);
    // For a few sagas, what is told of each says enough.
    Progress progress(verb_.name, targets.size(), globals_.progress() && targets.size() >= kManySagas);
    std::size_t tried = 0;
    for (const Target& target : targets) {
      pace.wait();
      ++tried;
      const auto saga = options_.dry_run ? rehearse(target) : act(target);
      // What is told of it goes to the same terminal.
      if (!saga || ::isatty(STDOUT_FILENO) == 1) progress.clear();
      if (saga) {
        ++tally_.done;
        show(*saga);
        progress.show(tried);
        continue;
      }
      failed(target, saga.error(), targets.size() > 1);
      // The others would fare no better, each after its own wait.
      if (saga.error().kind == ErrorKind::kUnreachable) break;
    }
    progress.clear();
    if (targets.size() > 1 || options_.by_query()) summarize(targets.size() - tried);
    return tally_.worst;
  }

 private:
  void failed(const Target& target, const Error& error, bool one_of_many) {
    const std::string where = one_of_many ? target.id + ": " : "";
    const int code = complain(make_error(error.kind, error.code, where + error.message));
    ++(code == kRefused ? tally_.refused : tally_.failed);
    tally_.worst = std::max(tally_.worst, code);
  }

  Result<Value> act(const Target& target) const {
    Value body = body_;
    // What a query saw is a stuck step; one that has moved on since is another.
    if (target.seen && verb_.with_step) body["seen"] = *target.seen;
    return client_.post(fmt::format("{}/{}", target.path, verb_.name), body);
  }

  Result<Value> rehearse(const Target& target) const {
    if (!verb_.undoes) return client_.get(target.path);
    return client_.post(fmt::format("{}/{}?dry_run=true", target.path, verb_.name), Value::object());
  }

  void show(const Value& saga) const {
    if (globals_.output() != Format::kText) return print_saga(globals_, saga);
    const std::string status = saga.value("status", "");
    print(fmt::format("{}  {}\n", saga.value("id", ""), globals_.style().status(status, status)));
    if (options_.dry_run && verb_.undoes) print(rehearsal_text(saga));
  }

  void summarize(std::size_t untried) const {
    std::string text = fmt::format("{}: {} {}", verb_.name, tally_.done, options_.dry_run ? "would be done" : "done");
    if (tally_.refused > 0) text += fmt::format(", {} refused", tally_.refused);
    if (tally_.failed > 0) text += fmt::format(", {} failed", tally_.failed);
    if (untried > 0) text += fmt::format(", {} not tried", untried);
    std::cerr << text << (options_.dry_run ? "; a dry run, nothing was changed\n" : "\n");
  }

  const Globals& globals_;
  const Verb& verb_;
  const Options& options_;
  const Value body_;
  const Client client_;
  Tally tally_;
};

int operate(const Globals& globals, const Verb& verb, const Options& options) {
  if (const Status good = check(verb, options); !good) return complain(good.error());
  auto body = body_of(options);
  if (!body) return complain(body.error());
  std::vector<Target> targets;
  if (options.by_query()) {
    auto selected = select(globals.client(), verb, options.query);
    if (!selected) return complain(selected.error());
    targets = *std::move(selected);
    if (targets.empty()) {
      std::cerr << "no saga matches\n";
      return kDone;
    }
    if (!options.yes && !options.dry_run && !agreed(verb, targets.size())) {
      std::cerr << "nothing was done\n";
      return kFailed;
    }
  } else {
    for (const std::string& id : expand_ids(options.ids))
      targets.push_back({id, "/v1/sagas/" + escaped(id), std::nullopt});
  }
  return Operation(globals, verb, options, *std::move(body)).run(targets);
}

void add_query(CLI::App& command, const Verb& verb, Options& options) {
  std::string statuses;
  for (const char* status : verb.acts_on) statuses += fmt::format("{}{}", statuses.empty() ? "" : ", ", status);
  add_filters(command, options.query, statuses);
  command.add_flag("--yes", options.yes, "do not ask before acting on what a query found");
}

void add_verb(CLI::App& app, Context& context, const Verb& verb) {
  auto options = std::make_shared<Options>();  // shared: the parser and the callback hold it
  CLI::App* command = app.add_subcommand(verb.name, verb.what);
  command->add_option("ID", options->ids, "saga or run ids; - reads them from standard input");
  command->add_option("--reason", options->reason, "why; stands in the history");
  if (verb.with_step) command->add_option("--step", options->step, "which step, where several are stuck");
  if (std::string(verb.name) == "resolve") {
    command->add_option("--output", options->output, "the step's output, as JSON");
  }
  if (!verb.acts_on.empty()) add_query(*command, verb, *options);
  command->add_flag(
      "--dry-run", options->dry_run,
      verb.undoes ? "only tell which sagas, and what would be undone, in order" : "only tell which sagas");
  command->add_option("--rate", options->rate, "at most so many a second")->check(CLI::Range(0.001, 1e6));
  command->callback([&context, &verb, options] { context.exit_code = operate(context.globals, verb, *options); });
}

}  // namespace

std::vector<std::string> statuses_for(const std::string& verb) {
  if (verb == "resolve") return {"stuck"};
  for (const Verb& each : verbs()) {
    if (each.name == verb) return {each.acts_on.begin(), each.acts_on.end()};
  }
  return {};
}

void add_operate(CLI::App& app, Context& context) {
  for (const Verb& verb : verbs()) add_verb(app, context, verb);
}

}  // namespace skald::cli
