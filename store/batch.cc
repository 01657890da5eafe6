#include <algorithm>
#include <cstring>
#include <iterator>

#include "store/saga_log.h"

namespace skald::store {
namespace {

// Runs differ in their last bytes, which are random: comparing these first makes a mismatch cheap.
bool same_run(const RunId& a, const RunId& b) {
  constexpr std::size_t kTail = 8;
  const std::string& left = a.str();
  const std::string& right = b.str();
  if (left.size() != right.size() || left.size() < kTail) return left == right;
  return std::memcmp(left.data() + left.size() - kTail, right.data() + right.size() - kTail, kTail) == 0 &&
         left == right;
}

bool same_row(const TimerRow& a, const TimerRow& b) {
  return a.due == b.due && same_run(a.run, b.run) && a.timer == b.timer;
}
bool same_row(const PendingRow& a, const PendingRow& b) { return same_run(a.run, b.run) && a.act == b.act; }

bool same_row(const AwaitRow& a, const AwaitRow& b) {
  return same_run(a.run, b.run) && a.type == b.type && a.subject == b.subject;
}

// Drops from `added` what `removed` takes away again.
template <typename Row>
void drop(std::vector<Row>& added, const std::vector<Row>& removed) {
  for (const Row& gone : removed) std::erase_if(added, [&gone](const Row& row) { return same_row(row, gone); });
}

template <typename T>
void move_to(std::vector<T>& to, std::vector<T>& from) {
  if (to.empty()) return to.swap(from);
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

}  // namespace

Removed what_stays(const Removal& removal) {
  const Summary& last = removal.last;
  return {last.run,
          last.id,
          last.workflow,
          last.version,
          last.status,
          last.started_at,
          last.ended_at.value_or(last.started_at),
          removal.at,
          last.events,
          last.head};
}

bool Batch::empty() const {
  return events.empty() && summaries.empty() && ids.empty() && timers_removed.empty() && timers.empty() &&
         pending_removed.empty() && pending.empty() && awaits_removed.empty() && awaits.empty() &&
         definitions.empty() && meta.empty() && removals.empty();
}

void Batch::append(Batch other) {
  drop(timers, other.timers_removed);
  drop(pending, other.pending_removed);
  drop(awaits, other.awaits_removed);
  move_to(events, other.events);
  move_to(summaries, other.summaries);
  move_to(ids, other.ids);
  move_to(timers_removed, other.timers_removed);
  move_to(timers, other.timers);
  move_to(pending_removed, other.pending_removed);
  move_to(pending, other.pending);
  move_to(awaits_removed, other.awaits_removed);
  move_to(awaits, other.awaits);
  move_to(definitions, other.definitions);
  move_to(meta, other.meta);
  move_to(removals, other.removals);
}

}  // namespace skald::store
