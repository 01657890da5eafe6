#pragma once

// Backups: made from a running store (SagaLog::backup), and turned into the folder of a new engine here.
//
// A backup folder holds several backups of one store; each shares the tables of those before it.

#include <cstdint>
#include <string>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "store/saga_log.h"

namespace skald::store {

struct RestoreOptions {
  std::string backup;        // the backup folder
  std::string data;          // the folder to make: not there, or empty
  std::uint32_t number = 0;  // which of its backups; 0: the latest
  Time now;
};

struct Restored {
  BackedUp backup;
  std::uint64_t sagas = 0;
  std::uint64_t events = 0;
  std::uint64_t incarnation = 0;
};

// Makes an engine's folder from a backup, proves it (checksums of all files, of all blocks, every saga's hash chain)
// and begins a new incarnation. The folder comes into being whole or not at all. Errors: kNotFound "no-backup";
// kConflict "folder-not-empty", "folder-in-use"; kDamaged "damaged-backup" and what reading the store can meet; kIo
// "restore-failed".
Result<Restored> restore(const RestoreOptions& options);

// A life of a store between restores: the engine of a later one takes the broker over from an earlier. Makes it greater
// than any that was used, also by engines that went on after the backup was taken: the time in milliseconds.
Result<std::uint64_t> begin_incarnation(SagaLog& log, Time now);

}  // namespace skald::store
