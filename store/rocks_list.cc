#include "store/keys.h"
#include "store/list_filter.h"
#include "store/rocks_impl.h"

namespace skald::store {
namespace {

// The part of the index that a query reads, newest run first.
struct IndexRange {
  std::string prefix;
  std::string least;    // inclusive
  std::string behind;   // exclusive
  bool covers = false;  // every run in the range matches the query
};

IndexRange range_of(const ListQuery& query) {
  IndexRange range;
  const bool status = !query.status.empty();
  const bool workflow = !query.workflow.empty();
  if (!query.labels.empty()) {
    range.prefix = keys::index_label(query.labels.front().first, query.labels.front().second);
    range.covers = query.labels.size() == 1 && !status && !workflow;
  } else {
    range.covers = true;
    range.prefix = workflow && status ? keys::index_workflow_status(query.workflow, query.status)
                   : workflow         ? keys::index_workflow(query.workflow)
                   : status           ? keys::index_status(query.status)
                                      : keys::index_all();
  }
  // A run's id begins with the time at which it was made, which is when the saga started.
  range.least = range.prefix + (query.since ? keys::run_bound(*query.since) : std::string(keys::kRunBytes, '\0'));
  range.behind = range.prefix + (query.until ? keys::run_bound(*query.until) : std::string(keys::kRunBytes, '\xFF'));
  if (const auto cursor = keys::run(RunId(query.cursor))) {
    range.behind = std::min(range.behind, range.prefix + *cursor);
  }
  return range;
}

}  // namespace

Result<ListPage> RocksLog::list(const ListQuery& query) const {
  SKALD_TRY(check_cursor(query));
  const IndexRange range = range_of(query);
  ListPage page;
  const std::unique_ptr<rocksdb::Iterator> at(impl_->db->NewIterator(rocksdb::ReadOptions(), impl_->family(kIndex)));
  for (at->SeekForPrev(range.behind); at->Valid() && view(at->key()) >= range.least; at->Prev()) {
    if (view(at->key()) >= range.behind) continue;
    const RunId run = keys::run_from(view(at->key()).substr(range.prefix.size()));
    SKALD_ASSIGN(auto saga, summary(run));
    // The saga may have changed since the iterator was made.
    if (!saga || !matches(query, *saga)) continue;
    if (page.items.size() == query.limit) {
      if (!page.items.empty()) page.next_cursor = page.items.back().run.str();
      break;
    }
    page.items.push_back(std::move(*saga));
  }
  if (!at->status().ok()) return fail(read_error(at->status()));
  return page;
}

Result<std::uint64_t> RocksLog::count(const ListQuery& query) const {
  if (is_of_status(query)) {
    SKALD_ASSIGN(const auto kept, impl_->get(kMeta, kCounts));
    if (kept) {
      SKALD_ASSIGN(const StatusCounts counts, decode_status_counts(*kept));
      return counts.of(query.status);
    }
  }
  ListQuery all = query;
  all.cursor.clear();
  const IndexRange range = range_of(all);
  std::uint64_t count = 0;
  Status damage;
  SKALD_TRY(impl_->scan(kIndex, range.prefix, range.least, [&](std::string_view key, std::string_view) {
    if (key >= range.behind) return false;
    if (range.covers) {
      ++count;
      return true;
    }
    const auto saga = summary(keys::run_from(key.substr(range.prefix.size())));
    if (!saga) {
      damage = fail(saga.error());
      return false;
    }
    if (*saga && matches(all, **saga)) ++count;
    return true;
  }));
  SKALD_TRY(damage);
  return count;
}

}  // namespace skald::store
