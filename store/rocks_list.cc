#include "store/rocks_list.h"

#include <rocksdb/perf_context.h>

#include <chrono>

#include "engine/base/log.h"
#include "store/error_text.h"
#include "store/keys.h"
#include "store/list_filter.h"
#include "store/records.h"

namespace skald::store {
namespace {

constexpr std::size_t kMostListed = 10'000;  // ids that begin alike

// What a query's filters are in the index: a saga is meant where all of these have its run.
struct Filters {
  std::vector<RunsPtr> all;
  bool exact = true;  // no summary needs to be read to know
};

Stretch stretch_of(const ListQuery& query) {
  Stretch stretch{std::string(keys::kRunBytes, '\0'), std::string(keys::kRunBytes, '\xFF'), !query.reverse};
  // A run's id begins with the time at which it was made, which is when the saga started.
  if (query.since) stretch.least = keys::run_bound(*query.since);
  if (query.until) {
    std::string last = keys::run_bound(*query.until);
    stretch.greatest = Stretch{}.step(last) ? last : "";
  }
  if (const auto cursor = keys::run(RunId(query.cursor))) stretch.go_behind(*cursor);
  return stretch;
}

class FilterMaker {
 public:
  FilterMaker(const Moment& moment, const ListQuery& query, const Stretch& stretch)
      : moment_(moment), query_(query), stretch_(stretch) {}

  Result<Filters> make() {
    filters_.exact = query_.error.empty();
    if (!query_.workflow.empty() || !query_.status.empty()) add_any_of(prefixes());
    for (const auto& [key, value] : query_.labels) filters_.all.push_back(rows(keys::index_label(key, value)));
    if (!query_.id.empty()) SKALD_TRY(add_id());
    // An id alone may be one of a run that was removed.
    if (filters_.all.empty() || (filters_.all.size() == 1 && !query_.id.empty())) {
      filters_.all.push_back(rows(keys::index_all()));
    }
    return std::move(filters_);
  }

 private:
  std::vector<std::string> prefixes() const {
    std::vector<std::string> all;
    for (const std::string& workflow : query_.workflow) {
      if (query_.status.empty()) all.push_back(keys::index_workflow(workflow));
      for (const std::string& status : query_.status) all.push_back(keys::index_workflow_status(workflow, status));
    }
    if (!query_.workflow.empty()) return all;
    for (const std::string& status : query_.status) all.push_back(keys::index_status(status));
    return all;
  }

  RunsPtr rows(std::string prefix) const { return rows(std::move(prefix), stretch_); }
  RunsPtr rows(std::string prefix, Stretch stretch) const {
    return std::make_unique<RowsByRun>(moment_, kIndex, std::move(prefix), std::move(stretch));
  }

  void add_any_of(const std::vector<std::string>& prefixes) {
    std::vector<RunsPtr> any;
    any.reserve(prefixes.size());
    for (const std::string& prefix : prefixes) any.push_back(rows(prefix));
    add_any(std::move(any));
  }
  void add_any(std::vector<RunsPtr> any) {
    if (any.size() == 1) return filters_.all.push_back(std::move(any.front()));
    filters_.all.push_back(std::make_unique<AnyRuns>(std::move(any), stretch_));
  }

  // Few ids that begin so are listed; of many, every summary is looked at.
  Status add_id() {
    SKALD_ASSIGN(auto listed, listed_runs());
    if (!listed) {
      filters_.exact = false;
      return {};
    }
    std::vector<RunsPtr> any;
    any.push_back(std::make_unique<ListedRuns>(*std::move(listed), stretch_));
    if (const auto runs = runs_that_begin(query_.id)) {
      Stretch narrow = stretch_;
      narrow.least = std::max(narrow.least, *keys::run(runs->first));
      narrow.greatest = std::min(narrow.greatest, *keys::run(runs->second));
      if (!narrow.empty()) any.push_back(rows(keys::index_all(), narrow));
    }
    add_any(std::move(any));
    return {};
  }

  // None where there are too many such ids, whether or not their runs are in the stretch: nothing bounds the time of
  // this but their number.
  Result<std::optional<std::vector<std::string>>> listed_runs() const {
    std::vector<std::string> runs;
    std::size_t looked_at = 0;
    const std::unique_ptr<rocksdb::Iterator> at(moment_.db.NewIterator(moment_.options, moment_.families[kIds]));
    for (at->Seek(query_.id); at->Valid() && at->key().starts_with(query_.id); at->Next()) {
      if (++looked_at > kMostListed) return std::optional<std::vector<std::string>>();
      const std::string_view run = view(at->value());
      if (run < stretch_.least || run > stretch_.greatest) continue;
      runs.emplace_back(run);
    }
    if (!at->status().ok()) return fail(read_error(at->status()));
    return std::optional(std::move(runs));
  }

  const Moment& moment_;
  const ListQuery& query_;
  const Stretch& stretch_;
  Filters filters_;
};

enum class Agreed { kYes, kNo, kEnd };

// Whether all have the run `at`; if not, goes on to the next that may be.
Agreed agree(const std::vector<RunsPtr>& all, std::string& at) {
  for (const RunsPtr& one : all) {
    one->seek(at);
    if (!one->valid()) return Agreed::kEnd;
    if (one->run() == at) continue;
    at = one->run();
    return Agreed::kNo;
  }
  return Agreed::kYes;
}

// One walk along the filters.
class Walk {
 public:
  Walk(const Moment& moment, const ListQuery& query, const Stretch& stretch, Filters filters)
      : query_(query),
        stretch_(stretch),
        filters_(std::move(filters)),
        sagas_(moment, kSagas, "", stretch),
        sought_(folded(query.error)),
        page_(query) {}

  Result<ListPage> go() {
    std::string at = stretch_.start();
    std::string last;
    for (bool more = true; more;) {
      last = at;
      const Agreed agreed = agree(filters_.all, at);
      if (agreed == Agreed::kEnd) break;
      if (agreed == Agreed::kYes) {
        SKALD_ASSIGN(const bool wants_more, look(at));
        more = wants_more && stretch_.step(at);
      }
      if (more && page_.out_of_time()) {
        page_.end_at(keys::run_from(last).str());
        break;
      }
    }
    for (const RunsPtr& one : filters_.all) SKALD_TRY(one->status());
    SKALD_TRY(sagas_.status());
    return page_.take();
  }

 private:
  // Whether to go on.
  Result<bool> look(std::string_view run) {
    if (query_.counts && filters_.exact) {
      page_.count_one();
      return true;
    }
    sagas_.seek(run);
    if (!sagas_.valid() || sagas_.run() != run || is_removed(sagas_.value())) return true;
    // Most summaries do not have the text anywhere: they need not be decoded.
    if (!contains(sagas_.value(), sought_)) {
      page_.pass_one();
      return true;
    }
    SKALD_ASSIGN(Summary saga, decode_summary(sagas_.value()));
    return page_.see(std::move(saga));
  }

  const ListQuery& query_;
  const Stretch& stretch_;
  const Filters filters_;
  RowsByRun sagas_;
  const std::string sought_;
  PageMaker page_;
};

}  // namespace

Result<ListPage> list_by_start(const Moment& moment, const ListQuery& query) {
  const Stretch stretch = stretch_of(query);
  if (stretch.empty()) return ListPage();
  SKALD_ASSIGN(Filters filters, FilterMaker(moment, query, stretch).make());
  return Walk(moment, query, stretch, std::move(filters)).go();
}

// Where a list had to pass over many rows that are gone, they are mostly those of sagas that came and went since the
// index was last flushed: a flush drops both a row and its removal. It goes on in the background.
void RocksLog::Impl::tidy_index(std::uint64_t passed_over) const {
  constexpr std::uint64_t kMuch = 5'000;
  constexpr std::chrono::seconds kPause{5};
  if (passed_over < kMuch || failed || read_only) return;
  const std::int64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
  std::int64_t last = tidied;
  const std::int64_t pause = std::chrono::steady_clock::duration(kPause).count();
  if ((last != 0 && now - last < pause) || !tidied.compare_exchange_strong(last, now)) return;
  rocksdb::FlushOptions flush;
  flush.wait = false;
  flush.allow_write_stall = true;  // else it waits, which a list must not
  const rocksdb::Status flushed = db->Flush(flush, family(kIndex));
  if (!flushed.ok()) logger("store")->warn("index not flushed error=\"{}\"", flushed.ToString());
}

Result<ListPage> RocksLog::list(const ListQuery& query) const {
  // Of this thread. What is called skipped keys there are all that an iterator leaves, live ones too.
  const std::uint64_t& removals = rocksdb::get_perf_context()->internal_delete_skipped_count;
  const std::uint64_t before = removals;
  auto page = read_list(query);
  impl_->tidy_index(removals - before);
  return page;
}

Result<ListPage> RocksLog::read_list(const ListQuery& query) const {
  SKALD_TRY(check_cursor(query));
  const Moment moment(*impl_->db, impl_->families, impl_->read_only);
  if (query.counts && query.cursor.empty() && is_of_status(query)) {
    SKALD_ASSIGN(const auto kept, moment.get(kMeta, kCounts));
    if (kept) {
      SKALD_ASSIGN(const StatusCounts counts, decode_status_counts(*kept));
      ListPage page;
      page.count = counts.of(query.status);
      return page;
    }
  }
  return by_id(query) ? list_by_id(moment, query) : list_by_start(moment, query);
}

Result<std::uint64_t> RocksLog::count(const ListQuery& query) const {
  SKALD_ASSIGN(const ListPage page, list(all_to_count(query)));
  return page.count;
}

}  // namespace skald::store
