#include "store/memory_log.h"

#include <algorithm>

#include "store/error_text.h"
#include "store/list_filter.h"

namespace skald::store {
namespace {

// Shows each to `see`, from behind the cursor on, until it returns false.
template <typename Map, typename Key, typename See>
void walk(const Map& all, const Key& cursor, bool from_the_end, See see) {
  if (from_the_end) {
    auto at = cursor.empty() ? all.end() : all.lower_bound(cursor);
    while (at != all.begin() && see(*--at)) {
    }
    return;
  }
  auto at = cursor.empty() ? all.begin() : all.upper_bound(cursor);
  while (at != all.end() && see(*at)) ++at;
}

}  // namespace

MemoryLog::MemoryLog(std::uint32_t shards, std::string store_id) : shards_(shards), store_id_(std::move(store_id)) {}

Status MemoryLog::commit(const Batch& batch) {
  const std::lock_guard lock(mutex_);
  for (const EventRecord& event : batch.events) {
    all_.events[event.run][event.seq] = StoredEvent{event.seq, event.bytes, event.hash};
  }
  for (const SummaryChange& change : batch.summaries) all_.sagas[change.now.run] = change.now;
  for (const auto& [id, run] : batch.ids) all_.ids[id] = run;
  for (const TimerRow& row : batch.timers_removed) all_.timers.erase(row);
  all_.timers.insert(batch.timers.begin(), batch.timers.end());
  for (const PendingRow& row : batch.pending_removed) all_.pending.erase({row.run, row.act});
  for (const PendingRow& row : batch.pending) all_.pending[{row.run, row.act}] = row.bytes;
  for (const AwaitRow& row : batch.awaits_removed) all_.awaits.erase(row);
  all_.awaits.insert(batch.awaits.begin(), batch.awaits.end());
  for (const DefinitionRow& row : batch.definitions) all_.definitions[{row.workflow, row.version}] = row;
  for (const auto& [key, value] : batch.meta) all_.meta[key] = value;
  for (const Removal& removal : batch.removals) {
    all_.events.erase(removal.last.run);
    all_.sagas.erase(removal.last.run);
    all_.removed[removal.last.run] = what_stays(removal);
  }
  return {};
}

MemoryLog::Contents MemoryLog::contents() const {
  const std::lock_guard lock(mutex_);
  return all_;
}

void MemoryLog::become(Contents contents) {
  const std::lock_guard lock(mutex_);
  all_ = std::move(contents);
}

Result<std::optional<RunId>> MemoryLog::find(const SagaId& id) const {
  const std::lock_guard lock(mutex_);
  const auto at = all_.ids.find(id);
  return at == all_.ids.end() ? std::nullopt : std::optional(at->second);
}

Result<std::optional<Summary>> MemoryLog::summary(const RunId& run) const {
  const std::lock_guard lock(mutex_);
  const auto at = all_.sagas.find(run);
  return at == all_.sagas.end() ? std::nullopt : std::optional(at->second);
}

Result<std::optional<Removed>> MemoryLog::removed(const RunId& run) const {
  const std::lock_guard lock(mutex_);
  const auto at = all_.removed.find(run);
  return at == all_.removed.end() ? std::nullopt : std::optional(at->second);
}

Result<std::vector<StoredEvent>> MemoryLog::events(const RunId& run, std::uint64_t from, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<StoredEvent> found;
  const auto at = all_.events.find(run);
  if (at == all_.events.end()) return found;
  for (auto event = at->second.lower_bound(from); event != at->second.end() && found.size() < limit; ++event) {
    found.push_back(event->second);
  }
  return found;
}

Result<ListPage> MemoryLog::list(const ListQuery& query) const {
  SKALD_TRY(check_cursor(query));
  const std::lock_guard lock(mutex_);
  PageMaker page(query);
  const auto see = [&page](const Summary& saga, const std::string& cursor) {
    if (!page.see(saga)) return false;
    const bool over = page.out_of_time();
    if (over) page.end_at(cursor);
    return !over;
  };
  if (by_id(query)) {
    walk(all_.ids, SagaId(query.cursor), query.reverse, [&](const auto& entry) {
      const auto saga = all_.sagas.find(entry.second);
      return saga == all_.sagas.end() || see(saga->second, entry.first.str());
    });
  } else {
    walk(all_.sagas, RunId(folded(query.cursor)), !query.reverse,
         [&](const auto& entry) { return see(entry.second, entry.first.str()); });
  }
  return page.take();
}

Result<std::uint64_t> MemoryLog::count(const ListQuery& query) const {
  SKALD_ASSIGN(const ListPage page, list(all_to_count(query)));
  return page.count;
}

Result<std::vector<TimerRow>> MemoryLog::timers(ShardId shard, Time before, std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<TimerRow> due;
  for (const TimerRow& row : all_.timers) {
    if (row.due >= before || due.size() == limit) break;
    if (shard_of_run(row.run).value_or(0) == shard) due.push_back(row);
  }
  return due;
}

Result<std::vector<PendingRow>> MemoryLog::pending(ShardId shard) const {
  const std::lock_guard lock(mutex_);
  std::vector<PendingRow> rows;
  for (const auto& [key, bytes] : all_.pending) {
    if (shard_of_run(key.first).value_or(0) == shard) rows.push_back({key.first, key.second, bytes});
  }
  return rows;
}

Result<std::vector<PendingRow>> MemoryLog::pending_of(const RunId& run) const {
  const std::lock_guard lock(mutex_);
  std::vector<PendingRow> rows;
  for (auto at = all_.pending.lower_bound({run, ""}); at != all_.pending.end() && at->first.first == run; ++at) {
    rows.push_back({run, at->first.second, at->second});
  }
  return rows;
}

Result<std::vector<RunId>> MemoryLog::awaiting(const std::string& type, const std::string& subject, const RunId& after,
                                               std::size_t limit) const {
  const std::lock_guard lock(mutex_);
  std::vector<RunId> runs;
  for (auto at = all_.awaits.upper_bound({after, type, subject}); at != all_.awaits.end() && runs.size() < limit;
       ++at) {
    if (at->type == type && at->subject == subject) runs.push_back(at->run);
  }
  return runs;
}

Result<std::vector<DefinitionRow>> MemoryLog::definitions() const {
  const std::lock_guard lock(mutex_);
  std::vector<DefinitionRow> rows;
  for (const auto& [key, row] : all_.definitions) rows.push_back(row);
  return rows;
}

Result<std::optional<DefinitionRow>> MemoryLog::definition(const std::string& workflow,
                                                           const std::string& version) const {
  const std::lock_guard lock(mutex_);
  const auto at = all_.definitions.find({workflow, version});
  return at == all_.definitions.end() ? std::nullopt : std::optional(at->second);
}

Result<std::optional<std::string>> MemoryLog::meta(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto at = all_.meta.find(key);
  return at == all_.meta.end() ? std::nullopt : std::optional(at->second);
}

}  // namespace skald::store
