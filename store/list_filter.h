#pragma once

// Which sagas a list query means, and how a page of them is made, for both versions of the log.

#include <chrono>
#include <string>
#include <string_view>

#include "store/saga_log.h"

namespace skald::store {

bool matches(const ListQuery& query, const Summary& saga);

// The runs that begin with this text, as the least and the greatest of them; none where it is shorter than eight
// characters, or not how a run begins.
std::optional<std::pair<RunId, RunId>> runs_that_begin(std::string_view text);

// Whether the walk is in order of ids. Counts take no order, and the one by start is the cheaper.
inline bool by_id(const ListQuery& query) { return query.order == ListOrder::kId && !query.counts; }

// A cursor names the saga that was looked at last: by its run, in order of ids by its id. Error: "bad-cursor".
Status check_cursor(const ListQuery& query);

// The query as SagaLog::count() means it.
ListQuery all_to_count(ListQuery query);

// Makes a page of the sagas that it is shown in the order of the list.
class PageMaker {
 public:
  explicit PageMaker(const ListQuery& query) : query_(query) {}

  // The next saga, or one that may be left out. False: the page is full.
  bool see(Summary saga);
  // One that is meant, as far as its index says; only where the query counts.
  void count_one() {
    ++page_.scanned;
    ++page_.count;
  }
  // One that is not meant.
  void pass_one() { ++page_.scanned; }
  // Whether the page's time is up.
  bool out_of_time();
  // Ends the page: the next one goes on behind the saga, or the run, that this cursor names.
  void end_at(std::string cursor) { page_.next_cursor = std::move(cursor); }

  ListPage take() { return std::move(page_); }

 private:
  std::string cursor_of(const Summary& saga) const;

  const ListQuery& query_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::uint32_t steps_ = 0;
  ListPage page_;
};

}  // namespace skald::store
