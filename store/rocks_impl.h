#pragma once

// What the parts of RocksLog share.

#include <rocksdb/db.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "store/high_water.h"
#include "store/rocks_families.h"
#include "store/rocks_log.h"
#include "store/rocks_rows.h"
#include "store/status_counts.h"
#include "store/store_folder.h"

namespace skald::store {

// In meta.
inline constexpr const char* kCounts = "counts";
inline constexpr const char* kIndexRemovals = "index_removals";  // how rows of the index are removed: "single"

struct RocksLog::Impl {
  Impl() = default;
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  rocksdb::ColumnFamilyHandle* family(Family which) const { return families[which]; }
  // None where there is no such key.
  Result<std::optional<std::string>> get(Family which, std::string_view key) const;
  // Calls `row(key, value)` for the keys that begin with `prefix`, from `from` on, until it returns false.
  template <typename Row>
  Status scan(Family which, std::string_view prefix, std::string_view from, Row row) const;

  static Result<std::unique_ptr<Impl>> open_for_reading(const std::string& dir, rocksdb::Env* env);
  void flush_if_much();
  // `passed_over`: how many removals of rows a list met.
  void tidy_index(std::uint64_t passed_over) const;
  // Leaves of each row of the index only whether it is there.
  Status rewrite_index() const;

  std::unique_ptr<FolderLock> lock;
  std::unique_ptr<HighWater> high_water;
  std::string dir;                    // the engine's folder
  rocksdb::Env* base = nullptr;       // without the mark
  std::unique_ptr<rocksdb::Env> env;  // tells the mark; a reader's shows the folder as of one moment
  std::mutex backing_up;
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  std::string store_id;
  std::uint32_t shards = 0;
  std::uint32_t format = 0;
  bool read_only = false;
  mutable std::atomic<std::int64_t> tidied{0};  // when; 0: never
  std::mutex commit_mutex;
  StatusCounts counts;  // as of the last commit
  Rows rows;            // of the commit that is being made
  std::atomic<bool> failed{false};
  std::mutex failure_mutex;
  Error failure;
};

// RocksDB's errors as ours.
Error open_error(const std::string& dir, const rocksdb::Status& status);
Error read_error(const rocksdb::Status& status);
Error write_error(const rocksdb::Status& status);

template <typename Row>
Status RocksLog::Impl::scan(Family which, std::string_view prefix, std::string_view from, Row row) const {
  const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator(rocksdb::ReadOptions(), family(which)));
  for (at->Seek(slice(from)); at->Valid() && at->key().starts_with(slice(prefix)); at->Next()) {
    if (!row(view(at->key()), view(at->value()))) return {};
  }
  if (!at->status().ok()) return fail(read_error(at->status()));
  return {};
}

}  // namespace skald::store
