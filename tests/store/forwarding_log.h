#pragma once

// A saga log that hands everything to another: for tests that change one thing of it.

#include "store/saga_log.h"

namespace skald::store {

class ForwardingLog : public SagaLog {
 public:
  explicit ForwardingLog(SagaLog& log) : log_(log) {}

  Status commit(const Batch& batch) override { return log_.commit(batch); }
  Result<std::optional<RunId>> find(const SagaId& id) const override { return log_.find(id); }
  Result<std::optional<Summary>> summary(const RunId& run) const override { return log_.summary(run); }
  Result<std::optional<Removed>> removed(const RunId& run) const override { return log_.removed(run); }
  Result<std::vector<StoredEvent>> events(const RunId& run, std::uint64_t from, std::size_t limit) const override {
    return log_.events(run, from, limit);
  }
  Result<ListPage> list(const ListQuery& query) const override { return log_.list(query); }
  Result<std::uint64_t> count(const ListQuery& query) const override { return log_.count(query); }
  Result<std::vector<TimerRow>> timers(ShardId shard, Time before, std::size_t limit) const override {
    return log_.timers(shard, before, limit);
  }
  Result<std::vector<PendingRow>> pending(ShardId shard) const override { return log_.pending(shard); }
  Result<std::vector<PendingRow>> pending_of(const RunId& run) const override { return log_.pending_of(run); }
  Result<std::vector<RunId>> awaiting(const std::string& type, const std::string& subject, const RunId& after,
                                      std::size_t limit) const override {
    return log_.awaiting(type, subject, after, limit);
  }
  Result<std::vector<DefinitionRow>> definitions() const override { return log_.definitions(); }
  Result<std::optional<DefinitionRow>> definition(const std::string& workflow,
                                                  const std::string& version) const override {
    return log_.definition(workflow, version);
  }
  Result<std::optional<std::string>> meta(const std::string& key) const override { return log_.meta(key); }
  const std::string& store_id() const override { return log_.store_id(); }
  std::uint32_t shards() const override { return log_.shards(); }

 protected:
  SagaLog& log_;
};

}  // namespace skald::store
