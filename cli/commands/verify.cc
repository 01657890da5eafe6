// verify: proves that histories are those that were written.

#include "engine/inspect/verify.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <set>

#include "cli/commands/common.h"
#include "cli/progress.h"
#include "cli/source.h"
#include "engine/inspect/export_check.h"
#include "engine/inspect/import.h"
#include "store/rocks_log.h"

namespace skald::cli {
namespace {

constexpr std::size_t kMostTold = 10'000;  // damages in one JSON document
constexpr std::size_t kMiB = 1u << 20;

struct Options {
  std::vector<std::string> ids;
  SourceOptions source;
};

// Tells of damage as it is found, and at the end of all.
class Telling {
 public:
  explicit Telling(const Globals& globals) : format_(globals.output()) {}

  // The bar that stands where damage is told.
  void stand_beside(Progress* bar) { bar_ = bar; }
  void damage(const inspect::Damage& damage) {
    if (bar_ != nullptr) bar_->clear();
    ++damages_;
    if (!damage.id.empty() || !damage.run.empty()) sagas_.insert(damage.run.empty() ? damage.id : damage.run);
    if (format_ == Format::kText) print("damaged: " + damage_text(damage) + "\n");
    if (format_ == Format::kJsonl) print(to_json(damage_json(damage)) + "\n");
    if (format_ == Format::kIds && !damage.id.empty() && ids_.insert(damage.id).second) print(damage.id + "\n");
    if (format_ == Format::kJson && list_.size() < kMostTold) list_.push_back(damage_json(damage));
  }
  inspect::FoundDamage found() {
    return [this](const inspect::Damage& one) { damage(one); };
  }
  void add(const inspect::Proved& proved) {
    proved_.sagas += proved.sagas;
    proved_.events += proved.events;
  }

  // `error`: why not all could be looked at. Returns the exit code.
  int end(const std::string& head, int error) const {
    const Value all{{"ok", damages_ == 0 && error == kDone}, {"sagas", proved_.sagas}, {"events", proved_.events}};
    if (format_ == Format::kJson) {
      Value told = all;
      told["damage"] = list_;
      if (damages_ > list_.size()) told["damage_left_out"] = damages_ - list_.size();
      if (!head.empty()) told["head"] = head;
      print(to_json(told, 2) + "\n");
    } else if (format_ == Format::kJsonl) {
      print(to_json(all) + "\n");
    } else if (format_ == Format::kText && damages_ > 0) {
      // Where the list of sagas is damaged itself, there are more of them than could be looked at.
      const std::string of = sagas_.size() <= proved_.sagas ? fmt::format(" of {}", proved_.sagas) : "";
      print(fmt::format("{}{} sagas damaged, in {} {}\n", sagas_.size(), of, damages_,
                        damages_ == 1 ? "place" : "places"));
    } else if (format_ == Format::kText && error == kDone) {
      print(fmt::format("proved: {} sagas, {} events{}\n", proved_.sagas, proved_.events,
                        head.empty() ? "" : ", head " + head));
    }
    return std::max(error, damages_ > 0 ? static_cast<int>(kDamaged) : static_cast<int>(kDone));
  }

 private:
  const Format format_;
  inspect::Proved proved_;
  std::uint64_t damages_ = 0;
  std::set<std::string> sagas_, ids_;
  Progress* bar_ = nullptr;
  Value list_ = Value::array();
};

int not_in(const std::string& id, const std::string& where) {
  return complain(
      make_error(ErrorKind::kNotFound, "unknown-saga", fmt::format("no saga has the id '{}' {}", id, where)));
}

int verify_file(const Globals& globals, const Options& options, const std::vector<std::string>& ids, Telling& telling) {
  inspect::ExportCheck check(telling.found(), {ids.begin(), ids.end()});
  std::error_code none;
  const auto size = std::filesystem::file_size(options.source.file, none);
  {
    Progress progress("verify, MiB", none ? 0 : (size + kMiB - 1) / kMiB, globals.progress());
    telling.stand_beside(&progress);
    std::size_t read = 0;
    const Status done = inspect::each_piece(options.source.file, [&](std::string_view piece) -> Status {
      check.feed(piece);
      read += piece.size();
      progress.show((read + kMiB - 1) / kMiB);
      return {};
    });
    telling.stand_beside(nullptr);
    if (!done) return complain(done.error());
  }
  check.end();
  telling.add(check.proved());
  int worst = kDone;
  for (const std::string& id : ids) {
    if (check.seen().count(id) == 0) worst = not_in(id, "in " + options.source.file);
  }
  // The head is of all sagas.
  return telling.end(ids.empty() ? check.head() : "", worst);
}

int verify_folder(const Globals& globals, const Options& options, const std::vector<std::string>& ids,
                  Telling& telling) {
  auto reader = store::RocksLog::open_reader(options.source.data);
  if (!reader) return complain(reader.error());
  const store::RocksLog& rocks = **reader;
  const auto log = runtime::OpenLog::over(std::move(*reader));
  if (!log) return complain(log.error());
  inspect::LogCheck check(**log, telling.found());
  int worst = kDone;
  if (!ids.empty()) {
    for (const std::string& id : ids) {
      const auto run = (*log)->reader().resolve(id);
      if (run) {
        check.saga(*run);
      } else {
        worst = std::max(worst, complain(run.error()));
      }
    }
  } else {
    rocks.check_rows([&telling](const store::RocksLog::RowDamage& row) {
      telling.damage({row.id.str(), row.run.str(), 0, 0, row.what});
    });
    Progress progress("verify", rocks.count({}).value_or(0), globals.progress());
    telling.stand_beside(&progress);
    constexpr std::size_t kPage = 1'000;
    for (RunId after; true;) {
      const auto runs = rocks.runs(after, kPage);
      if (!runs) {
        telling.damage({"", "", 0, 0, "not all sagas could be looked at: " + runs.error().message});
        break;
      }
      for (const RunId& run : *runs) {
        check.saga(run);
        progress.show(check.proved().sagas);
      }
      if (runs->size() < kPage) break;
      after = runs->back();
    }
    telling.stand_beside(nullptr);
  }
  telling.add(check.proved());
  return telling.end("", worst);
}

int verify_server(const Globals& globals, const std::vector<std::string>& ids, Telling& telling) {
  const Client client = globals.client();
  const auto verify = [&](const std::string& path, std::string& head) {
    inspect::ExportCheck check(telling.found());
    const Status done = client.raw_lines(path, [&check](std::string_view line) {
      check.feed(line);
      check.feed("\n");
      return true;
    });
    if (!done) return complain(done.error());
    check.end();
    head = check.head();
    telling.add(check.proved());
    return static_cast<int>(kDone);
  };
  std::string head;
  if (ids.empty()) {
    const int code = verify("/v1/export", head);
    return telling.end(head, code);
  }
  int worst = kDone;
  for (const std::string& id : ids) {
    worst = std::max(worst, verify(fmt::format("/v1/sagas/{}/export", escaped(id)), head));
  }
  return telling.end("", worst);
}

int verify(const Globals& globals, const Options& options) {
  const auto ids = ids_of(options.ids, options.source);
  if (!ids) return complain(ids.error());
  if (ids->empty() && !options.ids.empty()) {
    return complain(make_error(ErrorKind::kInvalid, "usage", "there are no ids on standard input"));
  }
  Telling telling(globals);
  if (!options.source.file.empty()) return verify_file(globals, options, *ids, telling);
  if (!options.source.data.empty()) return verify_folder(globals, options, *ids, telling);
  return verify_server(globals, *ids, telling);
}

}  // namespace

void add_verify(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("verify", "prove that no history was changed: of an engine, a folder, an export");
  command->add_option("ID", options->ids, "saga or run ids, - reads them from standard input; without any, all");
  add_source_options(*command, options->source);
  command->callback([&context, options] { context.exit_code = verify(context.globals, *options); });
}

}  // namespace skald::cli
