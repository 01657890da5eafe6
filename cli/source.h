#pragma once

// Where the commands that only read have their answers from: an engine, a folder, an exported file. All three give the
// JSON of the HTTP interface.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/client.h"
#include "cli/commands/query.h"
#include "engine/runtime/log_reader.h"

namespace skald::cli {

class Source {
 public:
  virtual ~Source() = default;

  // Of an id or a run id. Errors: "unknown-saga", those of Client or of SagaReader.
  virtual Result<Value> saga(const std::string& id) const = 0;
  // Why it is where it is.
  virtual Result<Value> explain(const std::string& id) const = 0;
  // {"items", "next_cursor"}, at most `limit`.
  virtual Result<Value> list(const SagaQuery& query, std::size_t limit, const std::string& cursor) const = 0;
  virtual Result<std::uint64_t> count(const SagaQuery& query) const = 0;
  // Calls `take` with each event from `from` on, in order, until it returns false; `follow`: also with those that come,
  // until the saga has ended.
  virtual Status history(const std::string& id, std::uint64_t from, bool follow,
                         const std::function<bool(const Value&)>& take) const = 0;
  virtual Result<Value> trace(const std::string& id) const = 0;
  // Without `at`: after the last event. Error "no-such-event".
  virtual Result<Value> state(const std::string& id, std::optional<std::uint64_t> at) const = 0;
  virtual Result<Value> state_changes(const std::string& id, std::uint64_t from, std::uint64_t to) const = 0;
};

// An engine, over HTTP.
class ServerSource final : public Source {
 public:
  explicit ServerSource(Client client) : client_(std::move(client)) {}

  Result<Value> saga(const std::string& id) const override;
  Result<Value> explain(const std::string& id) const override;
  Result<Value> list(const SagaQuery& query, std::size_t limit, const std::string& cursor) const override;
  Result<std::uint64_t> count(const SagaQuery& query) const override;
  Status history(const std::string& id, std::uint64_t from, bool follow,
                 const std::function<bool(const Value&)>& take) const override;
  Result<Value> trace(const std::string& id) const override;
  Result<Value> state(const std::string& id, std::optional<std::uint64_t> at) const override;
  Result<Value> state_changes(const std::string& id, std::uint64_t from, std::uint64_t to) const override;

 private:
  Client client_;
};

// A log that is open for reading.
class LogSource final : public Source {
 public:
  // `folder`: that it lies in; empty: it was exported.
  explicit LogSource(std::unique_ptr<runtime::OpenLog> log, std::string folder = "")
      : log_(std::move(log)), folder_(std::move(folder)) {}

  Result<Value> saga(const std::string& id) const override;
  Result<Value> explain(const std::string& id) const override;
  Result<Value> list(const SagaQuery& query, std::size_t limit, const std::string& cursor) const override;
  Result<std::uint64_t> count(const SagaQuery& query) const override;
  Status history(const std::string& id, std::uint64_t from, bool follow,
                 const std::function<bool(const Value&)>& take) const override;
  Result<Value> trace(const std::string& id) const override;
  Result<Value> state(const std::string& id, std::optional<std::uint64_t> at) const override;
  Result<Value> state_changes(const std::string& id, std::uint64_t from, std::uint64_t to) const override;

 private:
  const runtime::SagaReader& reader() const { return log_->reader(); }

  std::unique_ptr<runtime::OpenLog> log_;
  std::string folder_;
};

// --data and --file of a command that reads.
struct SourceOptions {
  std::string data;
  std::string file;

  bool offline() const { return !data.empty() || !file.empty(); }
};
void add_source_options(CLI::App& command, SourceOptions& options);
// The folder or the export that the options name. Errors: those of RocksLog::open_reader and inspect::open_export.
Result<std::unique_ptr<runtime::OpenLog>> open_log(const SourceOptions& options);
// Ids as given, where "-" means those on standard input, one a line. Error: kInvalid "usage", where that is the export.
Result<std::vector<std::string>> ids_of(const std::vector<std::string>& given, const SourceOptions& options);
// What the options name, or else the server. Errors: those of RocksLog::open_reader.
Result<std::unique_ptr<Source>> open_source(const Client& client, const SourceOptions& options);

}  // namespace skald::cli
