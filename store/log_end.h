#pragma once

// Where a write-ahead log of RocksDB ends. Its file may go on behind that: it may have been an older log's before
// (spare_logs.h), of which the rest still lies there, and a write may have been torn.
//
// Format: https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace skald::store {

inline constexpr std::size_t kLogBlock = 32 * 1024;  // a record that does not fit goes on at the next block's begin
inline constexpr std::size_t kLogHeader = 7;         // of each part of a record

struct LogEnd {
  std::uint64_t bytes = 0;  // up to here there are whole records
  bool damaged = false;     // a later write lies behind that, or a last one that is not torn but has changed
};

// The end of a log whose file begins with these bytes; a record begins at `from`. Writes have ascending sequence
// numbers, from `least` on: what has a lower one is an older log's.
LogEnd end_of_records(std::string_view bytes, std::size_t from, std::uint64_t least);

// Of a file. kDamaged "unreadable-log": it cannot be read.
Result<LogEnd> find_log_end(const std::string& path, std::uint64_t from, std::uint64_t least);

}  // namespace skald::store
