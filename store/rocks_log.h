#pragma once

// The saga log on RocksDB. Thread-safe: see saga_log.h.

#include <functional>
#include <memory>
#include <string>

#include "store/saga_log.h"

namespace rocksdb {
class Env;
}

namespace skald::store {

struct OpenOptions {
  std::uint32_t shards = 16;  // used when the store is made; at most 4096
  bool create_if_missing = true;
  // Open although writes are missing at the end. Where some are, a new incarnation begins: see backup.h.
  bool accept_loss = false;
  rocksdb::Env* env = nullptr;  // for fault injection; must outlive the log
};

class RocksLog final : public SagaLog {
 public:
  // The format of keys and values that this version writes, and the oldest that it reads. A store of an older one is of
  // this one once it was opened for writing.
  static constexpr std::uint32_t kFormat = 2;
  static constexpr std::uint32_t kOldestFormat = 1;

  // Opens or makes the store in `dir`. Errors: kConflict "folder-in-use"; kNotFound "no-store"; kDamaged "log-lost"
  // (fewer writes than were once durable), "damaged-log", "unknown-format"; kInvalid "bad-shards"; kIo "open-failed",
  // "folder-unusable".
  static Result<std::unique_ptr<RocksLog>> open(const std::string& dir, const OpenOptions& options = {});
  // Reads the store in `dir`, or in its folder `engine`, beside an engine that runs or after one that has ended; writes
  // nothing there. It sees what was durable when it was opened. Errors: as of open();
  // kUnavailable "log-moved-on": the engine lets files go faster than they can be looked at. `env` as of OpenOptions.
  static Result<std::unique_ptr<RocksLog>> open_reader(const std::string& dir, rocksdb::Env* env = nullptr);

  // Reads every block of every table and compares its checksum. Error: kDamaged.
  Status verify_tables() const;

  // The runs of which there is a summary, or what stays of one that was removed: behind `after`, oldest first.
  Result<std::vector<RunId>> runs(const RunId& after, std::size_t limit) const;

  // A row that the others do not agree with. Run and id are empty where they are not known.
  struct RowDamage {
    RunId run;
    SagaId id;
    std::string what;
  };
  // Holds summaries against the rows that follow from them, and these against the summaries: ids, index, counts; and
  // that events, timers and pending acts belong to some saga. Reads the keys of all rows. What cannot be read is
  // damage.
  void check_rows(const std::function<void(const RowDamage&)>& found) const;

  ~RocksLog() override;
  RocksLog(const RocksLog&) = delete;
  RocksLog& operator=(const RocksLog&) = delete;

  Status commit(const Batch& batch) override;
  Result<std::optional<RunId>> find(const SagaId& id) const override;
  Result<std::optional<Summary>> summary(const RunId& run) const override;
  Result<std::optional<Removed>> removed(const RunId& run) const override;
  Result<std::vector<StoredEvent>> events(const RunId& run, std::uint64_t from, std::size_t limit) const override;
  Result<ListPage> list(const ListQuery& query) const override;
  Result<std::uint64_t> count(const ListQuery& query) const override;
  Result<std::vector<TimerRow>> timers(ShardId shard, Time before, std::size_t limit) const override;
  Result<std::vector<PendingRow>> pending(ShardId shard) const override;
  Result<std::vector<PendingRow>> pending_of(const RunId& run) const override;
  Result<std::vector<RunId>> awaiting(const std::string& type, const std::string& subject, const RunId& after,
                                      std::size_t limit) const override;
  Result<std::vector<DefinitionRow>> definitions() const override;
  Result<std::optional<DefinitionRow>> definition(const std::string& workflow,
                                                  const std::string& version) const override;
  Result<std::optional<std::string>> meta(const std::string& key) const override;
  Result<BackedUp> backup(const std::string& dir, std::size_t keep, const std::stop_token& stop) override;
  const std::string& store_id() const override;
  std::uint32_t shards() const override;

 private:
  class RowCheck;
  struct Impl;  // RocksDB's types stay out of this header
  explicit RocksLog(std::unique_ptr<Impl> impl);
  Status load_meta(const OpenOptions& options, bool may_make);
  Status load_counts();
  Status prepare_index();
  Status take_on();
  Result<ListPage> read_list(const ListQuery& query) const;
  Result<std::vector<PendingRow>> pending_under(const std::string& prefix) const;

  std::unique_ptr<Impl> impl_;
};

}  // namespace skald::store
