#pragma once

// Tells the high-water mark what becomes durable in the database's log files, as RocksDB writes them.

#include <memory>

#include "store/high_water.h"

namespace rocksdb {
class Env;
}

namespace skald::store {

// Hands everything on to `base`. Both arguments outlive the database that is opened with it.
std::unique_ptr<rocksdb::Env> watch_log_files(rocksdb::Env& base, HighWater& high_water);

}  // namespace skald::store
