#pragma once

// An engine's folder: where things lie in it, and who has it open.

#include <string>

#include "engine/base/result.h"

namespace skald::store {

inline constexpr const char* kLockFile = "engine.lock";

// Where things lie in an engine's folder.
std::string database_path(const std::string& dir);
// `dir` itself where it holds a store, `dir`/engine where that does (the folder of `skald dev`). Error: kNotFound
// "no-store".
Result<std::string> find_store(const std::string& dir);
// kIo "folder-unusable": why a file there cannot be opened, from errno.
Error folder_unusable(const std::string& path);

// Whether a process has the folder of a store open for writing. Takes no lock for it: an engine that starts meanwhile
// does not notice.
bool in_use(const std::string& dir);

// Holds the folder for one process, for as long as it lives: a lock on a file there, in which its process id stands.
class FolderLock {
 public:
  // Errors: kConflict "folder-in-use", naming who has it; kIo "folder-unusable".
  static Result<FolderLock> take(const std::string& dir, const std::string& file = kLockFile);
  FolderLock(FolderLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace skald::store
