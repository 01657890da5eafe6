#include "store/status_counts.h"

#include "engine/base/msgpack.h"

namespace skald::store {

void StatusCounts::take(const std::string& status) {
  std::uint64_t& sagas = sagas_[status];
  if (sagas > 0) --sagas;
}

bool StatusCounts::add(const Batch& batch) {
  bool changed = false;
  for (const SummaryChange& change : batch.summaries) {
    if (change.status_was == change.now.status) continue;
    if (!change.status_was.empty()) take(change.status_was);
    ++sagas_[change.now.status];
    changed = true;
  }
  for (const Removal& removal : batch.removals) {
    take(removal.last.status);
    changed = true;
  }
  return changed;
}

std::uint64_t StatusCounts::of(const AnyOf& any) const {
  std::uint64_t sagas = 0;
  for (const auto& [status, count] : sagas_) sagas += any.empty() || any.has(status) ? count : 0;
  return sagas;
}

std::string encode(const StatusCounts& counts) {
  MsgWriter out;
  out.map(static_cast<std::uint32_t>(counts.sagas_.size()));
  for (const auto& [status, sagas] : counts.sagas_) {
    out.str(status);
    out.uint(sagas);
  }
  return out.take();
}

Result<StatusCounts> decode_status_counts(std::string_view bytes) {
  MsgReader in(bytes);
  StatusCounts counts;
  const std::uint32_t statuses = in.map();
  for (std::uint32_t i = 0; i < statuses && in.ok(); ++i) {
    const std::string status(in.str());
    counts.sagas_[status] = in.uint();
  }
  if (!in.ok() || !in.at_end()) {
    return fail(ErrorKind::kDamaged, "damaged-counts", "the store's counts of sagas cannot be read");
  }
  return counts;
}

bool is_of_status(const ListQuery& query) {
  return query.workflow.empty() && query.labels.empty() && !query.since && !query.until && query.id.empty() &&
         query.error.empty();
}

}  // namespace skald::store
