#pragma once

// Which sagas a list query means, for both versions of the log.

#include <fmt/format.h>

#include "store/saga_log.h"

namespace skald::store {

inline bool matches(const ListQuery& query, const Summary& saga) {
  if (!query.workflow.empty() && saga.workflow != query.workflow) return false;
  if (!query.status.empty() && saga.status != query.status) return false;
  if (query.since && saga.started_at < *query.since) return false;
  if (query.until && saga.started_at >= *query.until) return false;
  for (const auto& [key, value] : query.labels) {
    const auto at = saga.labels.find(key);
    if (at == saga.labels.end() || at->second != value) return false;
  }
  return true;
}

// A cursor is the run id of the last saga of the page before. Error: "bad-cursor".
inline Status check_cursor(const ListQuery& query) {
  if (query.cursor.empty() || looks_like_uuid(query.cursor)) return {};
  return fail(ErrorKind::kInvalid, "bad-cursor",
              fmt::format("'{}' is no cursor; pass the next_cursor of the page before, unchanged", query.cursor));
}

}  // namespace skald::store
