// export: sagas to keep, to send, to prove.

#include "engine/inspect/export.h"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <set>

#include "cli/commands/common.h"
#include "cli/commands/output_file.h"
#include "cli/commands/query.h"
#include "cli/progress.h"
#include "cli/source.h"

namespace skald::cli {
namespace {

struct Options {
  std::vector<std::string> ids;
  bool all = false;
  SagaQuery query;
  SourceOptions source;
  std::string out;

  bool by_query() const { return query.filters(); }
};

std::string query_text(const SagaQuery& query) {
  std::string text;
  for (const auto& [name, value] : parameters_of(query)) {
    text += fmt::format("{}{}={}", text.empty() ? "?" : "&", name, escaped(value));
  }
  return text;
}

// Lines of one export or of several of the same store, as one export.
class Joined {
 public:
  Joined(Output& out, std::size_t sagas, bool bar) : out_(out), progress_("export", sagas, bar) {}

  Status line(std::string_view text) {
    if (text.rfind(R"({"at":)", 0) == 0) return twice_ ? Status() : put(text);  // an event
    SKALD_ASSIGN(const Value line, parse_json(text));
    const std::string kind = line.value("kind", "");
    if (kind == "total") {
      whole_ = true;
      return {};
    }
    if (kind == "export") {
      whole_ = false;
      twice_ = false;
      if (std::exchange(begun_, true)) return {};
    }
    if (kind == "definition") {
      twice_ = false;
      if (!defined_.emplace(line.value("workflow", ""), line.value("version", "")).second) return {};
    }
    if (kind == "saga") twice_ = !runs_.insert(line.value("run", "")).second;  // named by its id and by its run
    if (twice_) return {};
    if (kind == "end") {
      const auto head = digest_from_hex(line.value("head", ""));
      if (!head) return fail(ErrorKind::kDamaged, "bad-answer", "the server's export has no head of a saga");
      total_.add(line.value("events", std::uint64_t{0}), *head);
      progress_.show(total_.sagas());
    }
    return put(text);
  }
  Status end() {
    if (!whole_) return fail(ErrorKind::kUnreachable, "unreachable", "the server went away before the export ended");
    return out_.write(total_.line());
  }

 private:
  Status put(std::string_view text) {
    SKALD_TRY(out_.write(text));
    return out_.write("\n");
  }

  Output& out_;
  Progress progress_;
  inspect::ExportTotal total_;
  std::set<std::pair<std::string, std::string>> defined_;
  std::set<std::string> runs_;
  bool twice_ = false;  // the saga that is under way stood there before
  bool begun_ = false;
  bool whole_ = false;  // the export that is under way had its last line
};

Status receive(const Client& client, const std::string& path, Joined& joined) {
  Status taken;
  SKALD_TRY(client.raw_lines(path, [&](std::string_view line) {
    taken = joined.line(line);
    return taken.has_value();
  }));
  return taken;
}

// Not among what is exported to the same terminal.
bool shows_bar(const Globals& globals, const Options& options) {
  return globals.progress() && (!options.out.empty() || ::isatty(STDOUT_FILENO) == 0);
}

// Error: kInvalid "usage", where standard input has none.
Result<std::vector<std::string>> named(const Options& options) {
  SKALD_ASSIGN(std::vector<std::string> ids, ids_of(options.ids, options.source));
  if (ids.empty()) return fail(ErrorKind::kInvalid, "usage", "there are no ids on standard input");
  return ids;
}

Status from_server(const Globals& globals, const Options& options, Output& out) {
  const Client client = globals.client();
  if (options.ids.empty()) {
    SKALD_ASSIGN(const std::uint64_t sagas, ServerSource(client).count(options.query));
    Joined joined(out, sagas, shows_bar(globals, options));
    SKALD_TRY(receive(client, "/v1/export" + query_text(options.query), joined));
    return joined.end();
  }
  SKALD_ASSIGN(const std::vector<std::string> ids, named(options));
  Joined joined(out, ids.size(), shows_bar(globals, options));
  std::set<std::string> known;
  for (const std::string& id : ids) {
    if (!known.insert(id).second) continue;
    SKALD_TRY(receive(client, fmt::format("/v1/sagas/{}/export", escaped(id)), joined));
  }
  return joined.end();
}

Result<inspect::Exporter> exporter_of(const runtime::SagaReader& reader, const Options& options) {
  if (options.ids.empty()) {
    SKALD_ASSIGN(const store::ListQuery query, inspect::list_query(parameters_of(options.query)));
    return inspect::Exporter(reader, query);
  }
  SKALD_ASSIGN(const std::vector<std::string> ids, named(options));
  std::vector<RunId> runs;
  for (const std::string& id : ids) {
    SKALD_ASSIGN(RunId run, reader.resolve(id));
    runs.push_back(std::move(run));
  }
  return inspect::Exporter(reader, runs);
}

Status from_log(const Globals& globals, const Options& options, Output& out) {
  SKALD_ASSIGN(const auto log, open_log(options.source));
  SKALD_ASSIGN(auto exporter, exporter_of(log->reader(), options));
  SKALD_ASSIGN(const std::uint64_t sagas, exporter.expected());
  Progress progress("export", sagas, shows_bar(globals, options));
  while (true) {
    SKALD_ASSIGN(const auto piece, exporter.next());
    if (!piece) return {};
    SKALD_TRY(out.write(*piece));
    progress.show(exporter.sagas());
  }
}

int export_sagas(const Globals& globals, const Options& options) {
  const int ways = (options.ids.empty() ? 0 : 1) + (options.all ? 1 : 0) + (options.by_query() && !options.all ? 1 : 0);
  if (ways != 1) {
    return complain(make_error(ErrorKind::kInvalid, "bad-usage",
                               "name sagas by their ids, or all of them with --all, or some by a query (--workflow, "
                               "--status, --label, --since, --until, --id, --error)"));
  }
  Output out(options.out);
  if (const Status opened = out.open(); !opened) return complain(opened.error());
  Status done = options.source.offline() ? from_log(globals, options, out) : from_server(globals, options, out);
  if (done) done = out.finish();
  return done ? kDone : complain(done.error());
}

}  // namespace

void add_export(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("export", "sagas with their histories, as JSON Lines that can be proved");
  command->add_option("ID", options->ids, "saga or run ids; - reads them from standard input");
  command->add_flag("--all", options->all, "all sagas");
  add_filters(*command, options->query);
  command->add_option("--out", options->out, "the file to make; without it, standard output")->check(not_empty());
  add_source_options(*command, options->source);
  command->callback([&context, options] { context.exit_code = export_sagas(context.globals, *options); });
}

}  // namespace skald::cli
