// list: the sagas that a query means.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <limits>
#include <optional>

#include "cli/commands/common.h"
#include "cli/commands/query.h"
#include "cli/source.h"

namespace skald::cli {
namespace {

constexpr std::size_t kMostListed = 1'000'000'000;
constexpr std::size_t kShown = 50;  // where people read, and do not say how many

struct Options {
  SagaQuery query;
  SourceOptions source;
  std::string sort = "started";
  std::string cursor;
  std::optional<std::size_t> limit;
  bool count = false;
};

struct Listed {
  Value items = Value::array();
  Value next_cursor;  // null: there are no more
};

// The last that ended first. Those that are open come last, whichever way round.
bool ended_before(const Value& a, const Value& b, bool reverse) {
  const bool open_a = a["ended_at"].is_null();
  const bool open_b = b["ended_at"].is_null();
  if (open_a || open_b) return !open_a && open_b;
  const auto& first = a["ended_at"].get_ref<const std::string&>();
  const auto& second = b["ended_at"].get_ref<const std::string&>();
  return reverse ? first < second : first > second;
}

// No index has the times at which sagas end: all that match are gone through, and the first of them kept.
Result<Listed> sorted_by_end(const Source& source, const SagaQuery& query, std::size_t limit) {
  std::vector<Value> kept;
  const auto before = [&query](const Value& a, const Value& b) { return ended_before(a, b, query.reverse); };
  const auto cut = [&] {
    std::stable_sort(kept.begin(), kept.end(), before);
    if (kept.size() > limit) kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(limit), kept.end());
  };
  SagaQuery all = query;
  all.reverse = false;
  SKALD_TRY(each_saga(source, all, std::numeric_limits<std::size_t>::max(), [&](const Value& saga) {
    kept.push_back(saga);
    if (kept.size() >= limit && kept.size() - limit > std::max<std::size_t>(limit, 1'000)) cut();
    return true;
  }));
  cut();
  return Listed{Value(std::move(kept)), nullptr};
}

Result<Listed> gathered(const Source& source, const Options& options, std::size_t limit) {
  if (options.sort == "ended") return sorted_by_end(source, options.query, limit);
  Listed listed;
  const auto take = [&listed](const Value& saga) {
    listed.items.push_back(saga);
    return true;
  };
  SKALD_ASSIGN(listed.next_cursor, each_saga(source, options.query, limit, take, options.cursor));
  return listed;
}

// One by one as they come, until nobody reads them any more.
int stream(const Globals& globals, const Source& source, const Options& options, std::size_t limit) {
  const auto take = [&globals](const Value& saga) {
    print_saga(globals, saga);
    return std::cout.good();
  };
  const auto done = each_saga(source, options.query, limit, take, options.cursor);
  return done ? kDone : complain(done.error());
}

void print_listed(const Globals& globals, const Listed& listed) {
  if (globals.output() == Format::kJson) {
    return print(to_json(Value{{"items", listed.items}, {"next_cursor", listed.next_cursor}}, 2) + "\n");
  }
  if (globals.output() != Format::kText) {
    for (const Value& item : listed.items) print_saga(globals, item);
    return;
  }
  print(sagas_text(listed.items, globals.style(), SystemClock().now()));
  if (!listed.next_cursor.is_null() && ::isatty(STDERR_FILENO) == 1) {
    std::cerr << fmt::format("more with --cursor {} or a higher --limit\n", listed.next_cursor.get<std::string>());
  }
}

int count(const Source& source, const SagaQuery& query) {
  const auto sagas = source.count(query);
  if (!sagas) return complain(sagas.error());
  print(fmt::format("{}\n", *sagas));
  return kDone;
}

int list(const Globals& globals, Options options) {
  const auto source = open_source(globals.client(), options.source);
  if (!source) return complain(source.error());
  if (options.count) return count(**source, options.query);
  if (options.sort == "ended" && !options.cursor.empty()) {
    return complain(
        make_error(ErrorKind::kInvalid, "usage", "--sort ended has no pages to go on with: give a --limit"));
  }
  // What programs read is not cut off where nobody asked for it.
  const bool for_programs = globals.output() == Format::kIds || globals.output() == Format::kJsonl;
  const std::size_t all = for_programs ? std::numeric_limits<std::size_t>::max() : kShown;
  const std::size_t limit = options.limit.value_or(all);
  if (options.sort != "ended") options.query.sort = options.sort;
  if (for_programs && options.sort != "ended") return stream(globals, **source, options, limit);
  const auto listed = gathered(**source, options, limit);
  if (!listed) return complain(listed.error());
  print_listed(globals, *listed);
  return kDone;
}

}  // namespace

void add_list(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();  // shared: the parser and the callback hold it
  CLI::App* command = app.add_subcommand("list", "sagas, newest first");
  add_filters(*command, options->query);
  CLI::Option* sort =
      command->add_option("--sort", options->sort, "started, id, or ended, for which all that match are gone through")
          ->check(CLI::IsMember({"started", "id", "ended"}));
  command->add_flag("--reverse", options->query.reverse, "the other way round: by started, the oldest first");
  command->add_option("--limit", options->limit, "how many at most; without it 50, and all with -o ids or jsonl")
      ->check(CLI::Range(std::size_t{1}, kMostListed));
  CLI::Option* cursor = command->add_option("--cursor", options->cursor,
                                            "go on behind the next_cursor of a page that was listed in this order");
  command->add_flag("--count", options->count, "only how many")->excludes(sort)->excludes(cursor);
  add_source_options(*command, options->source);
  command->callback([&context, options] { context.exit_code = list(context.globals, *options); });
}

}  // namespace skald::cli
