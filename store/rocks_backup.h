#pragma once

// What making backups and restoring them share.

#include <rocksdb/utilities/backup_engine.h>

#include <string>

#include "store/saga_log.h"

namespace skald::store {

rocksdb::BackupEngineOptions backup_options(const std::string& dir);

// A backup as we tell of it; its store stands in RocksDB's metadata.
BackedUp told(const rocksdb::BackupInfo& info);

}  // namespace skald::store
