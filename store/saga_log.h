#pragma once

// The saga log: the port through which everything durable goes. Two versions, RocksDB (rocks_log.h) and memory
// (memory_log.h), pass one shared test suite.
//
// Threading: commit() may be called from any thread, and calls are grouped into one fsync; reads may be called from
// any thread and see every batch whose commit() has returned.

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/hash.h"
#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "store/list_query.h"
#include "store/summary.h"

namespace skald::store {

// One event of a saga's history. `hash` continues the saga's chain (chain.h) over `bytes`.
struct EventRecord {
  RunId run;
  std::uint64_t seq = 0;  // from 1, without gaps
  std::string bytes;      // the encoded event, opaque here
  Digest hash{};
};

struct SummaryChange {
  Summary now;
  std::string status_was;  // the status of the summary that this one replaces; empty: it is new
};

// What stays known of a run that retention has removed, so that its id is never used again.
struct Removed {
  RunId run;
  SagaId id;
  std::string workflow;  // "namespace/name"
  std::string version;
  std::string status;  // the final one
  Time started_at;
  Time ended_at;
  Time removed_at;
  std::uint64_t events = 0;  // how many it had
  Digest head{};             // hash of the last

  bool operator==(const Removed&) const = default;
};

// A run that is to be removed: events, summary and index rows. It has no timers and no pending acts.
struct Removal {
  Summary last;  // as it stands, final
  Time at;
};
Removed what_stays(const Removal& removal);

struct TimerRow {
  Time due;
  RunId run;
  std::string timer;  // unique within the run

  auto operator<=>(const TimerRow&) const = default;
};

// An outward act (a task to dispatch, an event to publish) that was decided and is not yet done with.
struct PendingRow {
  RunId run;
  std::string act;    // unique within the run
  std::string bytes;  // opaque here

  bool operator==(const PendingRow&) const = default;
};

// That a saga would take an event of this type; with this subject, or, where that is empty, with any or none.
struct AwaitRow {
  RunId run;
  std::string type;  // at most 1,000 bytes, as the subject
  std::string subject;

  auto operator<=>(const AwaitRow&) const = default;
};

struct DefinitionRow {
  std::string workflow;  // "namespace/name"
  std::string version;
  std::string hash;    // hex SHA-256 of `source`'s meaning: what makes two deployments identical
  std::string source;  // the document as it was deployed
  Time deployed_at;
};

// What one commit changes, all of it or nothing. Removals are made before additions, so that a row in both is set.
struct Batch {
  std::vector<EventRecord> events;
  std::vector<SummaryChange> summaries;
  std::vector<std::pair<SagaId, RunId>> ids;
  std::vector<TimerRow> timers_removed;
  std::vector<TimerRow> timers;
  std::vector<PendingRow> pending_removed;  // `bytes` is ignored
  std::vector<PendingRow> pending;
  std::vector<AwaitRow> awaits_removed;
  std::vector<AwaitRow> awaits;
  std::vector<DefinitionRow> definitions;
  std::vector<std::pair<std::string, std::string>> meta;  // key, value
  std::vector<Removal> removals;                          // made last

  bool empty() const;
  // Appends what `other` changes; the two then commit as one, as if this one had come first.
  void append(Batch other);
};

struct StoredEvent {
  std::uint64_t seq = 0;
  std::string bytes;
  Digest hash{};
};

struct BackedUp {
  std::uint32_t number = 0;  // in its folder, from 1
  std::string store_id;
  Time at;
  std::uint64_t bytes = 0;  // of all files that it needs, some of which it shares with others
  std::uint32_t files = 0;
};

class SagaLog {
 public:
  virtual ~SagaLog() = default;

  // Durable when it returns success: fsynced, where the version keeps files. Any error means that nobody knows whether
  // the batch is there ("write-failed", "disk-full"): stop the process and recover from disk. After an error every
  // further commit fails as well.
  [[nodiscard]] virtual Status commit(const Batch& batch) = 0;

  // Every read: Error kDamaged "damaged-..." where stored bytes are not what was written, kIo "read-failed".
  // Of a removed run too.
  virtual Result<std::optional<RunId>> find(const SagaId& id) const = 0;
  // None as well where the run was removed.
  virtual Result<std::optional<Summary>> summary(const RunId& run) const = 0;
  // None where the run was not removed, or never was.
  virtual Result<std::optional<Removed>> removed(const RunId& run) const = 0;
  // The events of a run from `from` on, at most `limit`, in order.
  virtual Result<std::vector<StoredEvent>> events(const RunId& run, std::uint64_t from, std::size_t limit) const = 0;
  // A page as of one moment. Along the pages of a query, each saga that is meant all the while comes once, and none
  // twice. Error "bad-cursor".
  virtual Result<ListPage> list(const ListQuery& query) const = 0;
  // How many sagas the query matches, its limit, cursor and budget aside.
  virtual Result<std::uint64_t> count(const ListQuery& query) const = 0;

  // Timers of a shard due before `before`, in order of due time.
  virtual Result<std::vector<TimerRow>> timers(ShardId shard, Time before, std::size_t limit) const = 0;
  // All pending acts of a shard, by run and act.
  virtual Result<std::vector<PendingRow>> pending(ShardId shard) const = 0;
  virtual Result<std::vector<PendingRow>> pending_of(const RunId& run) const = 0;

  // Runs behind `after` that await an event of this type under just this subject, in order, at most `limit`.
  virtual Result<std::vector<RunId>> awaiting(const std::string& type, const std::string& subject, const RunId& after,
                                              std::size_t limit) const = 0;

  virtual Result<std::vector<DefinitionRow>> definitions() const = 0;
  virtual Result<std::optional<DefinitionRow>> definition(const std::string& workflow,
                                                          const std::string& version) const = 0;
  virtual Result<std::optional<std::string>> meta(const std::string& key) const = 0;

  // Copies the store as it now is into the backup folder `dir`, while commits go on; what commit() returned for before
  // is in it. Reads all that is stored, and refuses to back up what is damaged. `keep` above 0: then drops all but the
  // latest so many. Waits until it is done, or `stop` is requested. Errors: kConflict "backup-running", "not-a-backup"
  // (a folder of something else), "backup-of-another" (store); kInvalid "backup-inside-data", "no-backups" (of this
  // version of the log); kIo "backup-failed"; kUnavailable "backup-stopped"; and those of reads.
  virtual Result<BackedUp> backup(const std::string& dir, std::size_t keep, const std::stop_token& stop);

  // Fixed when the store was made.
  virtual const std::string& store_id() const = 0;
  virtual std::uint32_t shards() const = 0;
};

}  // namespace skald::store
