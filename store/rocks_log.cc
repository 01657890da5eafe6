#include "store/rocks_log.h"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include "engine/base/check.h"
#include "engine/base/fault_point.h"
#include "store/keys.h"
#include "store/records.h"
#include "store/rocks_impl.h"

namespace skald::store {
namespace {

// Collects the rows of one commit.
class Writer {
 public:
  explicit Writer(Rows& rows) : rows_(rows) {}

  void add(const Batch& batch) {
    for (const EventRecord& event : batch.events) {
      put(kEvents, keys::event(run_key(event.run), event.seq), encode_event(event));
    }
    for (const SummaryChange& change : batch.summaries) add(change);
    for (const auto& [id, run] : batch.ids) put(kIds, id.str(), run_key(run));
    for (const TimerRow& row : batch.timers_removed) remove(kTimers, keys::timer(row, run_key(row.run)));
    for (const TimerRow& row : batch.timers) put(kTimers, keys::timer(row, run_key(row.run)), "");
    for (const PendingRow& row : batch.pending_removed) remove(kPending, pending_key(row));
    for (const PendingRow& row : batch.pending) put(kPending, pending_key(row), row.bytes);
    // Put once and removed once, as those of a status: SingleDelete.
    for (const AwaitRow& row : batch.awaits_removed) rows_.remove_single(kIndex, await_key(row));
    for (const AwaitRow& row : batch.awaits) put(kIndex, await_key(row), "");
    for (const DefinitionRow& row : batch.definitions) {
      put(kDefinitions, keys::definition(row.workflow, row.version), encode(row));
    }
    for (const auto& [key, value] : batch.meta) put(kMeta, key, value);
    for (const Removal& removal : batch.removals) add(removal);
  }

  void note_counts(const StatusCounts& counts) { put(kMeta, kCounts, encode(counts)); }

 private:
  // Rows of one run often follow one another.
  const std::string& run_key(const RunId& run) {
    if (run == last_run_) return last_key_;
    auto key = keys::run(run);
    SKALD_CHECK(key, "what is committed has a run id");
    last_key_ = std::move(*key);
    last_run_ = run;
    return last_key_;
  }

  std::string pending_key(const PendingRow& row) {
    return keys::pending(shard_of_run(row.run).value_or(0), run_key(row.run), row.act);
  }

  std::string await_key(const AwaitRow& row) { return keys::index_event(row.type, row.subject) + run_key(row.run); }

  void add(const SummaryChange& change) {
    const Summary& saga = change.now;
    const std::string& run = run_key(saga.run);
    put(kSagas, run, encode(saga));
    if (change.status_was == saga.status) return;
    if (change.status_was.empty()) {
      put(kIndex, keys::index_all() + run, "");
      put(kIndex, keys::index_workflow(saga.workflow) + run, "");
      for (const auto& [key, value] : saga.labels) put(kIndex, keys::index_label(key, value) + run, "");
    } else {
      remove_status(saga.workflow, change.status_was, run);
    }
    put(kIndex, keys::index_status(saga.status) + run, "");
    put(kIndex, keys::index_workflow_status(saga.workflow, saga.status) + run, "");
  }

  // Key by key: a range's tombstone would slow every later scan over it, and a damaged one is passed over in silence.
  void add(const Removal& removal) {
    const Summary& saga = removal.last;
    const std::string& run = run_key(saga.run);
    for (std::uint64_t seq = 1; seq <= saga.events; ++seq) remove(kEvents, keys::event(run, seq));
    remove(kIndex, keys::index_all() + run);
    remove(kIndex, keys::index_workflow(saga.workflow) + run);
    for (const auto& [key, value] : saga.labels) remove(kIndex, keys::index_label(key, value) + run);
    remove_status(saga.workflow, saga.status, run);
    put(kSagas, run, encode(what_stays(removal)));
  }

  // Such a row is put once and then removed once, and never by Delete (prepare_index()): with SingleDelete both are
  // gone with the next flush. Tombstones would stand where every saga passed through, and lists of the few that are
  // open would wade through them.
  void remove_status(const std::string& workflow, const std::string& status, const std::string& run) {
    for (const std::string& prefix : {keys::index_status(status), keys::index_workflow_status(workflow, status)}) {
      rows_.remove_single(kIndex, prefix + run);
    }
  }

  void put(Family which, std::string_view key, std::string_view value) { rows_.put(which, key, value); }
  void remove(Family which, std::string_view key) { rows_.remove(which, key); }

  Rows& rows_;
  RunId last_run_;
  std::string last_key_;
};

tl::unexpected<Error> damaged_key(std::string_view what) {
  return fail(ErrorKind::kDamaged, "damaged-key", fmt::format("the key of a {} in the store cannot be read", what));
}

}  // namespace

RocksLog::RocksLog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksLog::~RocksLog() = default;

const std::string& RocksLog::store_id() const { return impl_->store_id; }
std::uint32_t RocksLog::shards() const { return impl_->shards; }

Status RocksLog::commit(const Batch& batch) {
  if (impl_->failed) {
    const std::lock_guard lock(impl_->failure_mutex);
    return fail(impl_->failure);
  }
  const std::lock_guard committing(impl_->commit_mutex);
  Writer writer(impl_->rows);
  writer.add(batch);
  if (impl_->counts.add(batch)) writer.note_counts(impl_->counts);
  rocksdb::WriteOptions durable;
  durable.sync = !planted("skip-sync");
  rocksdb::Status written = impl_->rows.make_batch(impl_->families);
  if (written.ok()) written = impl_->db->Write(durable, &impl_->rows.batch());
  impl_->rows.clear();
  if (!written.ok()) {
    const std::lock_guard lock(impl_->failure_mutex);
    impl_->failure = write_error(written);
    impl_->failed = true;
    return fail(impl_->failure);
  }
  SKALD_CRASH_POINT("store.before-high-water");
  impl_->high_water->note(impl_->db->GetLatestSequenceNumber());
  SKALD_CRASH_POINT("store.after-high-water");
  return {};
}

Result<std::optional<std::string>> RocksLog::Impl::get(Family which, std::string_view key) const {
  std::string value;
  const rocksdb::Status found = db->Get(rocksdb::ReadOptions(), family(which), slice(key), &value);
  if (found.IsNotFound()) return std::optional<std::string>();
  if (!found.ok()) return fail(read_error(found));
  return std::optional(std::move(value));
}

Result<std::optional<RunId>> RocksLog::find(const SagaId& id) const {
  SKALD_ASSIGN(const auto value, impl_->get(kIds, id.str()));
  if (!value) return std::optional<RunId>();
  if (value->size() != keys::kRunBytes) {
    return fail(ErrorKind::kDamaged, "damaged-id", fmt::format("the entry of saga id {} cannot be read", id.str()));
  }
  return std::optional(keys::run_from(*value));
}

Result<std::optional<Summary>> RocksLog::summary(const RunId& run) const {
  const auto key = keys::run(run);
  if (!key) return std::optional<Summary>();
  SKALD_ASSIGN(const auto value, impl_->get(kSagas, *key));
  if (!value || is_removed(*value)) return std::optional<Summary>();
  SKALD_ASSIGN(auto decoded, decode_summary(*value));
  return std::optional(std::move(decoded));
}

Result<std::optional<Removed>> RocksLog::removed(const RunId& run) const {
  const auto key = keys::run(run);
  if (!key) return std::optional<Removed>();
  SKALD_ASSIGN(const auto value, impl_->get(kSagas, *key));
  if (!value || !is_removed(*value)) return std::optional<Removed>();
  SKALD_ASSIGN(auto decoded, decode_removed(*value));
  return std::optional(std::move(decoded));
}

Result<std::vector<StoredEvent>> RocksLog::events(const RunId& run, std::uint64_t from, std::size_t limit) const {
  std::vector<StoredEvent> found;
  const auto key = keys::run(run);
  if (!key || limit == 0) return found;
  std::uint64_t expected = std::max<std::uint64_t>(from, 1);
  Status damage;
  SKALD_TRY(impl_->scan(kEvents, *key, keys::event(*key, expected), [&](std::string_view at, std::string_view value) {
    auto event = decode_event(keys::event_seq(at), value);
    if (!event) {
      damage = fail(event.error());
      return false;
    }
    if (event->seq != expected) {
      damage = fail(ErrorKind::kDamaged, "damaged-history",
                    fmt::format("event {} of run {} is missing; the next is {}", expected, run.str(), event->seq));
      return false;
    }
    ++expected;
    found.push_back(std::move(*event));
    return found.size() < limit;
  }));
  SKALD_TRY(damage);
  return found;
}

Result<std::vector<TimerRow>> RocksLog::timers(ShardId shard, Time before, std::size_t limit) const {
  std::vector<TimerRow> due;
  const std::string prefix = keys::timer_shard(shard);
  if (limit == 0) return due;
  Status damage;
  SKALD_TRY(impl_->scan(kTimers, prefix, prefix, [&](std::string_view key, std::string_view) {
    auto row = keys::timer_from(key);
    if (!row) damage = damaged_key("timer");
    if (!row || row->due >= before) return false;
    due.push_back(std::move(*row));
    return due.size() < limit;
  }));
  SKALD_TRY(damage);
  return due;
}

Result<std::vector<PendingRow>> RocksLog::pending_under(const std::string& prefix) const {
  std::vector<PendingRow> rows;
  Status damage;
  SKALD_TRY(impl_->scan(kPending, prefix, prefix, [&](std::string_view key, std::string_view value) {
    auto row = keys::pending_from(key);
    if (!row) {
      damage = damaged_key("pending act");
      return false;
    }
    row->bytes = std::string(value);
    rows.push_back(std::move(*row));
    return true;
  }));
  SKALD_TRY(damage);
  return rows;
}

Result<std::vector<PendingRow>> RocksLog::pending(ShardId shard) const {
  return pending_under(keys::pending_shard(shard));
}

Result<std::vector<PendingRow>> RocksLog::pending_of(const RunId& run) const {
  const auto key = keys::run(run);
  if (!key) return std::vector<PendingRow>();
  return pending_under(keys::pending_run(shard_of_run(run).value_or(0), *key));
}

Result<std::vector<RunId>> RocksLog::awaiting(const std::string& type, const std::string& subject, const RunId& after,
                                              std::size_t limit) const {
  std::vector<RunId> runs;
  if (limit == 0) return runs;
  const std::string prefix = keys::index_event(type, subject);
  const std::string from = prefix + keys::run(after).value_or("");
  SKALD_TRY(impl_->scan(kIndex, prefix, from, [&](std::string_view key, std::string_view) {
    if (key != from && key.size() == prefix.size() + keys::kRunBytes)
      runs.push_back(keys::run_from(key.substr(prefix.size())));
    return runs.size() < limit;
  }));
  return runs;
}

Result<std::vector<DefinitionRow>> RocksLog::definitions() const {
  std::vector<DefinitionRow> rows;
  Status damage;
  SKALD_TRY(impl_->scan(kDefinitions, "", "", [&](std::string_view, std::string_view value) {
    auto row = decode_definition(value);
    if (!row) {
      damage = fail(row.error());
      return false;
    }
    rows.push_back(std::move(*row));
    return true;
  }));
  SKALD_TRY(damage);
  return rows;
}

Result<std::optional<DefinitionRow>> RocksLog::definition(const std::string& workflow,
                                                          const std::string& version) const {
  SKALD_ASSIGN(const auto value, impl_->get(kDefinitions, keys::definition(workflow, version)));
  if (!value) return std::optional<DefinitionRow>();
  SKALD_ASSIGN(auto row, decode_definition(*value));
  return std::optional(std::move(row));
}

Result<std::optional<std::string>> RocksLog::meta(const std::string& key) const { return impl_->get(kMeta, key); }

}  // namespace skald::store
