#include "services/common/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>

#include "engine/base/check.h"

namespace skald::services {
namespace {

constexpr int kBusyTimeoutMs = 5000;

void bind(sqlite3_stmt* statement, int index, const Cell& cell) {
  if (const auto* number = std::get_if<std::int64_t>(&cell)) {
    sqlite3_bind_int64(statement, index, *number);
  } else if (const auto* text = std::get_if<std::string>(&cell)) {
    sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  } else {
    sqlite3_bind_null(statement, index);
  }
}

Cell cell_of(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL:
      return {};
    case SQLITE_INTEGER:
      return std::int64_t{sqlite3_column_int64(statement, column)};
    default: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      return std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column)));
    }
  }
}

Row row_of(sqlite3_stmt* statement) {
  std::vector<Cell> cells;
  const int columns = sqlite3_column_count(statement);
  cells.reserve(static_cast<std::size_t>(columns));
  for (int i = 0; i < columns; ++i) cells.push_back(cell_of(statement, i));
  return Row(std::move(cells));
}

}  // namespace

std::int64_t Row::integer(std::size_t column) const {
  const auto* number = std::get_if<std::int64_t>(&cells_.at(column));
  SKALD_CHECK(number != nullptr, "the column is no integer");
  return *number;
}

const std::string& Row::text(std::size_t column) const {
  const auto* text = std::get_if<std::string>(&cells_.at(column));
  SKALD_CHECK(text != nullptr, "the column is no text");
  return *text;
}

void Connection::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Connection::Connection(sqlite3* handle, std::string path) : handle_(handle), path_(std::move(path)) {}

Connection::~Connection() {
  statements_.clear();
  sqlite3_close(handle_);
}

tl::unexpected<Error> Connection::failure(int code, std::string_view doing) const {
  const bool busy = (code & 0xff) == SQLITE_BUSY;
  return fail(busy ? ErrorKind::kUnavailable : ErrorKind::kIo, busy ? "database-busy" : "database-failed",
              fmt::format("{}: {} while running: {}", path_, sqlite3_errmsg(handle_), doing));
}

Result<sqlite3_stmt*> Connection::prepared(std::string_view sql) {
  std::string text(sql);
  if (const auto known = statements_.find(text); known != statements_.end()) return known->second.get();
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v2(handle_, text.c_str(), static_cast<int>(text.size()), &statement, nullptr);
  if (code != SQLITE_OK) return failure(code, sql);
  statements_.emplace(std::move(text), Statement(statement));
  return statement;
}

Result<std::vector<Row>> Connection::query(std::string_view sql, std::initializer_list<Cell> arguments) {
  SKALD_ASSIGN(sqlite3_stmt * statement, prepared(sql));
  SKALD_CHECK(sqlite3_bind_parameter_count(statement) == static_cast<int>(arguments.size()), "wrong argument count");
  int index = 0;
  for (const Cell& argument : arguments) bind(statement, ++index, argument);
  std::vector<Row> rows;
  int code = SQLITE_ROW;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) rows.push_back(row_of(statement));
  Result<std::vector<Row>> result = std::move(rows);
  if (code != SQLITE_DONE) result = failure(code, sql);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return result;
}

Result<std::int64_t> Connection::run(std::string_view sql, std::initializer_list<Cell> arguments) {
  SKALD_TRY(query(sql, arguments));
  return std::int64_t{sqlite3_changes(handle_)};
}

Status Connection::script(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code, sql);
  return {};
}

Result<std::unique_ptr<Database>> Database::open_file(const std::string& path, int flags) {
  sqlite3* handle = nullptr;
  // Our mutex guards the connection, so SQLite's own would only cost.
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(handle, path));
  if (code != SQLITE_OK) {
    return fail(ErrorKind::kIo, "database-failed",
                fmt::format("cannot open {}: {}; check that the folder exists and may be written", path,
                            handle != nullptr ? sqlite3_errmsg(handle) : "out of memory"));
  }
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  return database;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, const std::string& schema) {
  SKALD_ASSIGN(auto database, open_file(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  SKALD_TRY(database->connection_.script("pragma journal_mode = wal; pragma synchronous = full;"));
  SKALD_TRY(database->connection_.script("begin immediate;" + schema + "commit;"));
  return database;
}

Result<std::unique_ptr<Database>> Database::open_read_only(const std::string& path) {
  if (!std::filesystem::exists(path)) {
    return fail(ErrorKind::kNotFound, "no-database",
                path + " does not exist; give --data the folder of the store's services");
  }
  return open_file(path, SQLITE_OPEN_READONLY);
}

}  // namespace skald::services
