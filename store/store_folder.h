#pragma once

// The files of ours beside the database: who has the folder open, and how far the log has come.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "engine/base/result.h"

namespace skald::store {

// Where things lie in an engine's folder.
std::string database_path(const std::string& dir);
// `dir` itself where it holds a store, `dir`/engine where that does (the folder of `skald dev`). Error: kNotFound
// "no-store".
Result<std::string> find_store(const std::string& dir);

// Holds the folder for one process, for as long as it lives: a lock on `engine.lock`, in which its process id stands.
class FolderLock {
 public:
  // Errors: kConflict "folder-in-use", naming who has it; kIo "folder-unusable".
  static Result<FolderLock> take(const std::string& dir);
  FolderLock(FolderLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

// The number of the last write that was durable, in the small file `HIGHWATER`: no recovery mode of RocksDB notices a
// write-ahead log that vanished. Written after each commit and not synced, so it is never newer than the log.
// Thread-safe.
class HighWater {
 public:
  static Result<HighWater> open(const std::string& dir);
  HighWater(HighWater&& other) noexcept : fd_(other.fd_), mark_(other.mark_) { other.fd_ = -1; }
  HighWater& operator=(HighWater&&) = delete;
  ~HighWater();

  // None: the file is new, or was torn.
  static std::optional<std::uint64_t> read(const std::string& dir);
  // Notes a durable write; lower numbers than the last are ignored.
  void note(std::uint64_t sequence);
  // Begins anew, after losses were accepted.
  void reset(std::uint64_t sequence);

 private:
  explicit HighWater(int fd) : fd_(fd) {}
  void write(std::uint64_t sequence);

  int fd_;
  std::mutex mutex_;
  std::uint64_t mark_ = 0;
};

}  // namespace skald::store
