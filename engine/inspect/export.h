#pragma once

// Sagas as an export: JSON Lines, the same bytes from an engine, its folder, or another export. Format: docs/export.md.

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/time.h"
#include "engine/inspect/export_lines.h"
#include "engine/runtime/saga_reader.h"

namespace skald::inspect {

// Gives its lines piece by piece, so that whoever takes them slowly holds one piece. Each saga is exported as it stood
// when its turn came near: events that it adds from then on are not in it, nor are sagas that begin meanwhile. One
// thread.
class Exporter {
 public:
  // How long one next() takes, about, so that several exports can go on beside one another on one thread.
  static constexpr Millis kLongest{100};

  // These runs in this order, each once. `reader` must outlive the exporter.
  Exporter(const runtime::SagaReader& reader, const std::vector<RunId>& runs);
  // All sagas that the query matches, newest first; its limit, cursor and budget are the exporter's own.
  Exporter(const runtime::SagaReader& reader, store::ListQuery query, Millis longest = kLongest);

  // The next lines; empty where it looked as long as it may and has found nothing yet: ask again. None: that was all.
  // Nothing follows an error. Errors: "unknown-saga", and those of SagaReader, with the saga that they came of.
  Result<std::optional<std::string>> next();

  // How many sagas it will have, before the first next(); and how many it has had.
  Result<std::uint64_t> expected() const;
  std::uint64_t sagas() const { return total_.sagas(); }

 private:
  Result<std::string> start();
  Result<std::string> begin_saga();
  Result<std::string> go_on();
  Status find_sagas();

  const runtime::SagaReader& reader_;
  const Millis longest_;
  std::deque<RunId> runs_;                 // to be looked up
  std::optional<store::ListQuery> query_;  // while there may be more
  std::deque<store::Summary> sagas_;       // to be exported; the first may be under way
  std::uint64_t next_ = 0;                 // its event; 0: it has not begun
  std::set<std::pair<std::string, std::string>> defined_;
  ExportTotal total_;
  bool started_ = false;
  bool done_ = false;
};

}  // namespace skald::inspect
