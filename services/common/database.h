#pragma once

// SQLite, wrapped once: one connection behind a mutex, statements prepared once and bound by value, transactions as
// functions. Files are opened in WAL mode with synchronous=FULL: what `write` has committed is on disk.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "engine/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace skald::services {

using Cell = std::variant<std::monostate, std::int64_t, std::string>;

// One row of an answer. Asking a column for another type than it has is a broken invariant.
class Row {
 public:
  explicit Row(std::vector<Cell> cells) : cells_(std::move(cells)) {}

  bool is_null(std::size_t column) const { return std::holds_alternative<std::monostate>(cells_.at(column)); }
  std::int64_t integer(std::size_t column) const;
  const std::string& text(std::size_t column) const;

 private:
  std::vector<Cell> cells_;
};

// One SQLite connection; for one thread at a time.
// Errors of both: "database-busy" (kUnavailable: another process held the lock too long), "database-failed" (kIo).
class Connection {
 public:
  Connection(sqlite3* handle, std::string path);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Runs one statement and returns all of its rows.
  Result<std::vector<Row>> query(std::string_view sql, std::initializer_list<Cell> arguments = {});
  // Runs one statement and returns how many rows it changed.
  Result<std::int64_t> run(std::string_view sql, std::initializer_list<Cell> arguments = {});
  // Runs several statements, without arguments.
  Status script(const std::string& sql);

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

  Result<sqlite3_stmt*> prepared(std::string_view sql);
  tl::unexpected<Error> failure(int code, std::string_view doing) const;

  sqlite3* handle_;
  std::string path_;
  std::unordered_map<std::string, Statement> statements_;
};

// A database file. Thread-safe.
class Database {
 public:
  // Opens or makes the file and runs the schema, which must be repeatable ("create table if not exists").
  static Result<std::unique_ptr<Database>> open(const std::string& path, const std::string& schema);
  // Error besides those of Connection: "no-database" (kNotFound).
  static Result<std::unique_ptr<Database>> open_read_only(const std::string& path);

  // Runs `act(Connection&) -> Result<T>` without a transaction.
  template <typename Act>
  auto read(Act&& act) -> decltype(act(std::declval<Connection&>())) {
    std::lock_guard lock(mutex_);
    return act(connection_);
  }

  // Runs `act(Connection&) -> Result<T>` in a transaction that holds the write lock from its beginning. A value
  // commits, and is durable when this returns; an error rolls back.
  template <typename Act>
  auto write(Act&& act) -> decltype(act(std::declval<Connection&>())) {
    std::lock_guard lock(mutex_);
    SKALD_TRY(connection_.run("begin immediate"));
    auto result = act(connection_);
    if (result) {
      auto committed = connection_.run("commit");
      if (committed) return result;
      result = fail(std::move(committed.error()));
    }
    (void)connection_.run("rollback");  // fails only where SQLite has rolled back already
    return result;
  }

 private:
  Database(sqlite3* handle, const std::string& path) : connection_(handle, path) {}
  static Result<std::unique_ptr<Database>> open_file(const std::string& path, int flags);

  std::mutex mutex_;
  Connection connection_;
};

}  // namespace skald::services
