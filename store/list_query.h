#pragma once

// Which sagas a list is of, in which order, and how much of it.

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/time.h"
#include "store/summary.h"

namespace skald::store {

// Any of these values; none of them: it does not filter. Converts from one value, as which it is mostly written.
class AnyOf {
 public:
  AnyOf() = default;
  AnyOf(const char* one) : AnyOf(std::string(one)) {}  // NOLINT(google-explicit-constructor)
  AnyOf(std::string one) { add(std::move(one)); }      // NOLINT(google-explicit-constructor)
  AnyOf(std::initializer_list<std::string> any) {      // NOLINT(google-explicit-constructor)
    for (const std::string& one : any) add(one);
  }
  // Nothing where it is empty, or there already.
  void add(std::string one) {
    if (!one.empty() && !has(one)) any_.push_back(std::move(one));
  }
  bool has(const std::string& value) const { return std::find(any_.begin(), any_.end(), value) != any_.end(); }
  bool empty() const { return any_.empty(); }
  std::size_t size() const { return any_.size(); }
  auto begin() const { return any_.begin(); }
  auto end() const { return any_.end(); }

 private:
  std::vector<std::string> any_;
};

enum class ListOrder {
  kStarted,  // the newest first
  kId,       // by the bytes of the saga's id
};

// Empty fields do not filter; a saga is listed where all others hold.
struct ListQuery {
  AnyOf workflow;  // "namespace/name"
  AnyOf status;
  std::vector<std::pair<std::string, std::string>> labels;  // all must match
  std::optional<Time> since;                                // started at or after
  std::optional<Time> until;                                // started before
  std::string id;     // how its id begins, or its run: of that, eight characters or more
  std::string error;  // stands in its error, or in the last error of what it waits for (error_text.h)
  std::size_t limit = 50;
  std::string cursor;  // from ListPage::next_cursor: continue behind it
  ListOrder order = ListOrder::kStarted;
  bool reverse = false;          // the other way round
  std::optional<Millis> budget;  // a page that takes longer ends there, with fewer items and a cursor
  bool counts = false;           // no items: only how many there are, in no order
};

struct ListPage {
  std::vector<Summary> items;
  std::string next_cursor;    // empty: no more
  std::uint64_t count = 0;    // with ListQuery::counts: of this part of the list
  std::uint64_t scanned = 0;  // how many sagas were looked at, whether or not they are meant
};

}  // namespace skald::store
