// Lists in order of ids. The column family `ids` is in that order, and knows of nothing else.

#include <algorithm>

#include "store/keys.h"
#include "store/list_filter.h"
#include "store/records.h"
#include "store/rocks_list.h"

namespace skald::store {
namespace {

constexpr std::size_t kMostSorted = 2'000;

// What the walk is over: ids that begin so, behind the cursor.
struct IdBounds {
  std::string lower;  // inclusive
  std::string upper;  // exclusive
};

IdBounds bounds_of(const ListQuery& query) {
  // What may be the beginning of a run is looked for in every row.
  const std::string start = runs_that_begin(query.id) ? "" : query.id;
  IdBounds bounds{start, start + '\x7F'};  // ids are ASCII
  if (query.cursor.empty()) return bounds;
  if (query.reverse) {
    bounds.upper = std::min(bounds.upper, query.cursor);
  } else {
    bounds.lower = std::max(bounds.lower, query.cursor + '\0');
  }
  return bounds;
}

bool may_be_meant(const ListQuery& query, const std::string& id, std::string_view run) {
  if (query.since && run < keys::run_bound(*query.since)) return false;
  if (query.until && run >= keys::run_bound(*query.until)) return false;
  if (id.rfind(query.id, 0) == 0) return true;
  const auto runs = runs_that_begin(query.id);
  return runs && run >= *keys::run(runs->first) && run <= *keys::run(runs->second);
}

Result<ListPage> along_ids(const Moment& moment, const ListQuery& query) {
  const IdBounds bounds = bounds_of(query);
  const rocksdb::Slice lower = slice(bounds.lower);
  const rocksdb::Slice upper = slice(bounds.upper);
  rocksdb::ReadOptions options = moment.options;
  options.iterate_lower_bound = &lower;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> at(moment.db.NewIterator(options, moment.families[kIds]));
  PageMaker page(query);
  if (query.reverse) {
    at->SeekToLast();
  } else {
    at->SeekToFirst();
  }
  while (at->Valid()) {
    const std::string id(view(at->key()));
    if (may_be_meant(query, id, view(at->value()))) {
      SKALD_ASSIGN(const auto saga, moment.get(kSagas, view(at->value())));
      if (saga && !is_removed(*saga)) {
        SKALD_ASSIGN(Summary summary, decode_summary(*saga));
        if (!page.see(std::move(summary))) break;
      }
    }
    if (page.out_of_time()) {
      page.end_at(id);
      break;
    }
    if (query.reverse) {
      at->Prev();
    } else {
      at->Next();
    }
  }
  if (!at->status().ok()) return fail(read_error(at->status()));
  return page.take();
}

// None where there are more than can be sorted, or they are not found in time.
Result<std::optional<ListPage>> sorted(const Moment& moment, const ListQuery& query) {
  ListQuery few = query;
  few.order = ListOrder::kStarted;
  few.cursor.clear();
  few.limit = kMostSorted;
  SKALD_ASSIGN(ListPage all, list_by_start(moment, few));
  if (!all.next_cursor.empty()) return std::optional<ListPage>();
  std::sort(all.items.begin(), all.items.end(),
            [&query](const Summary& a, const Summary& b) { return query.reverse ? a.id > b.id : a.id < b.id; });
  PageMaker page(query);
  for (Summary& saga : all.items) {
    const bool behind = query.reverse ? saga.id.str() < query.cursor : saga.id.str() > query.cursor;
    if (!query.cursor.empty() && !behind) continue;
    if (!page.see(std::move(saga))) break;
  }
  return page.take();
}

}  // namespace

Result<ListPage> list_by_id(const Moment& moment, const ListQuery& query) {
  // Along all ids, the few that a filter leaves would be far between.
  const bool narrow = !query.workflow.empty() || !query.status.empty() || !query.labels.empty();
  if (narrow && query.error.empty()) {
    SKALD_ASSIGN(auto page, sorted(moment, query));
    if (page) return *std::move(page);
  }
  return along_ids(moment, query);
}

}  // namespace skald::store
