#pragma once

// Sagas of a log without an engine.

#include <memory>

#include "engine/runtime/catalog.h"
#include "engine/runtime/saga_reader.h"

namespace skald::runtime {

class LogReader final : public SagaReader {
 public:
  // Both must outlive it.
  LogReader(const store::SagaLog& log, const Catalog& catalog) : log_(log), catalog_(catalog) {}

  Result<RunId> resolve(const std::string& id_or_run) const override;
  Result<SagaView> show(const RunId& run) const override;
  Result<std::optional<store::Summary>> summary(const RunId& run) const override { return log_.summary(run); }
  Result<store::ListPage> list(const store::ListQuery& query) const override { return log_.list(query); }
  Result<std::uint64_t> count(const store::ListQuery& query) const override { return log_.count(query); }
  Result<std::vector<store::StoredEvent>> events(const RunId& run, std::uint64_t from,
                                                 std::size_t limit) const override {
    return log_.events(run, from, limit);
  }
  Result<WorkflowPtr> workflow(const std::string& name, const std::string& version) const override {
    return catalog_.find(name, version);
  }
  Result<store::DefinitionRow> definition(const std::string& name, const std::string& version) const override;
  const std::string& store_id() const override { return log_.store_id(); }

 private:
  const store::SagaLog& log_;
  const Catalog& catalog_;
};

// A log, its definitions and a reader of both: a folder (RocksLog::open_reader) or what was read from an export. No
// expression is evaluated when sagas are read.
class OpenLog {
 public:
  static Result<std::unique_ptr<OpenLog>> over(std::unique_ptr<store::SagaLog> log);

  const SagaReader& reader() const { return reader_; }
  const store::SagaLog& log() const { return *log_; }
  const Catalog& catalog() const { return catalog_; }

 private:
  explicit OpenLog(std::unique_ptr<store::SagaLog> log);

  std::unique_ptr<definition::JqRunner> jq_;
  std::unique_ptr<store::SagaLog> log_;
  Catalog catalog_;
  LogReader reader_;
};

// For a catalog of whoever only reads: refuses to evaluate anything.
std::unique_ptr<definition::JqRunner> nothing_to_run();

// The definitions of a log, in a catalog. Error: kDamaged.
Status load_definitions(const store::SagaLog& log, Catalog& catalog);

}  // namespace skald::runtime
