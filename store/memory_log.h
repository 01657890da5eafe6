#pragma once

// A saga log in memory, for tests and the simulation. Thread-safe.

#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "store/saga_log.h"

namespace skald::store {

class MemoryLog final : public SagaLog {
 public:
  struct Contents {
    std::map<RunId, std::map<std::uint64_t, StoredEvent>> events;
    std::map<RunId, Summary> sagas;
    std::map<RunId, Removed> removed;
    std::map<SagaId, RunId> ids;
    std::set<TimerRow> timers;
    std::map<std::pair<RunId, std::string>, std::string> pending;
    std::set<AwaitRow> awaits;
    std::map<std::pair<std::string, std::string>, DefinitionRow> definitions;
    std::map<std::string, std::string> meta;
  };

  explicit MemoryLog(std::uint32_t shards = 16, std::string store_id = "memory");

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
  // All that it holds, as a backup would have it, and back again.
  Contents contents() const;
  void become(Contents contents);

  const std::string& store_id() const override { return store_id_; }
  std::uint32_t shards() const override { return shards_; }

 private:
  const std::uint32_t shards_;
  const std::string store_id_;
  mutable std::mutex mutex_;
  Contents all_;
};

}  // namespace skald::store
