#pragma once

// Tells the high-water mark what becomes durable in the database's log files, as RocksDB writes them.

#include <memory>
#include <string>

#include "store/high_water.h"

namespace rocksdb {
class Env;
}

namespace skald::store {

// Watches the log files in `folder`, and hands everything on to `base`. Both references outlive the database that is
// opened with it.
std::unique_ptr<rocksdb::Env> watch_log_files(rocksdb::Env& base, const std::string& folder, HighWater& high_water);

}  // namespace skald::store
