#pragma once

// What is looked at in an engine's folder before RocksDB is let at it: it would make do with what it finds.

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "store/high_water.h"
#include "store/log_end.h"

namespace skald::store {

// Before the store is opened for writing. The mark to go on from; zero where there is none, or where the store begins
// empty. Behind it each write-ahead log's file ends where the log does. `accept_loss` passes over a newest write-ahead
// log that is gone, short or changed, and over a database that is gone: what is left of that is moved aside. Errors,
// kDamaged: "log-lost" (a file is gone or short), "damaged-log" (it has changed), "unreadable-log"; kIo
// "folder-unusable".
Result<Mark> check_before_open(const std::string& dir, bool accept_loss);

// Before it is opened for reading, perhaps beside the engine that writes it. Errors: as above.
Result<Mark> check_beside_writer(const std::string& dir);

// The paths of the folder's write-ahead logs, in no order.
std::vector<std::string> write_ahead_logs(const std::string& dir);

// Where the one of that name ends, which is at least what the mark says; its file is at `path`. Error: kDamaged
// "unreadable-log".
Result<LogEnd> end_of_log(const std::string& path, const std::string& name, const Mark& mark);

// kDamaged "damaged-log": what lies behind that end.
Error damaged_log(const std::string& path, const LogEnd& end);

// kDamaged "log-lost": the database ends before the last write that was once durable.
Error lost_writes(const std::string& dir, std::uint64_t now, std::uint64_t durable);

}  // namespace skald::store
