#pragma once

// What is looked at in an engine's folder before RocksDB is let at it: it would make do with what it finds.

#include <string>

#include "engine/base/result.h"
#include "store/high_water.h"

namespace skald::store {

// Before the store is opened for writing. The mark to go on from; zero where there is none, or where the store begins
// empty. `accept_loss` passes over a newest write-ahead log that is gone, short or changed, and over a database that is
// gone: what is left of that is moved aside. Errors, kDamaged: "log-lost" (a file is gone or short), "damaged-log" (it
// has changed), "unreadable-log"; kIo "folder-unusable".
Result<Mark> check_before_open(const std::string& dir, bool accept_loss);

// Before it is opened for reading, perhaps beside the engine that writes it. Errors: as above.
Result<Mark> check_beside_writer(const std::string& dir);

// kDamaged "log-lost": the database ends before the last write that was once durable.
Error lost_writes(const std::string& dir, std::uint64_t now, std::uint64_t durable);

}  // namespace skald::store
