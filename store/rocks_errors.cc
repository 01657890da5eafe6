// RocksDB's errors as ours: what happened, and what to do.

#include <fmt/format.h>

#include "store/rocks_impl.h"

namespace skald::store {
namespace {

bool says(const rocksdb::Status& status, const char* words) {
  return status.ToString().find(words) != std::string::npos;
}

bool disk_is_full(const rocksdb::Status& status) { return status.IsNoSpace() || says(status, "No space left"); }

// The device does not give back what was written.
bool unreadable(const rocksdb::Status& status) { return status.IsIOError() && says(status, "Input/output error"); }

}  // namespace

Error open_error(const std::string& dir, const rocksdb::Status& status) {
  if (disk_is_full(status)) return write_error(status);
  if (unreadable(status)) return read_error(status);
  if (status.IsCorruption() || status.IsNotFound() || status.IsInvalidArgument() || status.IsPathNotFound()) {
    return make_error(ErrorKind::kDamaged, "damaged-log",
                      fmt::format("the saga log in {} is damaged: {}; keep a copy of the folder, then restore a backup",
                                  dir, status.ToString()));
  }
  return make_error(ErrorKind::kIo, "open-failed",
                    fmt::format("cannot open the saga log in {}: {}", dir, status.ToString()));
}

Error read_error(const rocksdb::Status& status) {
  if (unreadable(status)) {
    return make_error(ErrorKind::kDamaged, "unreadable-log",
                      fmt::format("the disk does not give back the saga log: {}; look at the disk, or restore a backup",
                                  status.ToString()));
  }
  // A path that is not there: a table has vanished under the open database.
  if (status.IsCorruption() || status.IsPathNotFound()) {
    return make_error(ErrorKind::kDamaged, "damaged-log",
                      fmt::format("the saga log is damaged: {}; keep a copy of the folder, then restore a backup",
                                  status.ToString()));
  }
  return make_error(ErrorKind::kIo, "read-failed",
                    fmt::format("a read from the saga log failed: {}", status.ToString()));
}

Error write_error(const rocksdb::Status& status) {
  if (disk_is_full(status)) {
    return make_error(
        ErrorKind::kIo, "disk-full",
        fmt::format("the disk of the saga log is full: {}; make room and start again", status.ToString()));
  }
  // A write fails, too, where a compaction has met a damaged table before.
  if (status.IsCorruption()) return read_error(status);
  return make_error(
      ErrorKind::kIo, "write-failed",
      fmt::format("a write to the saga log failed: {}; look at the disk and start again", status.ToString()));
}

}  // namespace skald::store
