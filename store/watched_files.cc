#include "store/watched_files.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <mutex>

namespace skald::store {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// A write-ahead log or a manifest: it only grows.
class WatchedFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WatchedFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string name, HighWater& high_water)
      : FSWritableFileOwnerWrapper(std::move(file)), name_(std::move(name)), high_water_(high_water) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, IODebugContext* context) override {
    return appended(data, FSWritableFileOwnerWrapper::Append(data, options, context));
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& check,
                  IODebugContext* context) override {
    return appended(data, FSWritableFileOwnerWrapper::Append(data, options, check, context));
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    const FileMark before = appended();
    return synced(before, FSWritableFileOwnerWrapper::Sync(options, context));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    const FileMark before = appended();
    return synced(before, FSWritableFileOwnerWrapper::Fsync(options, context));
  }

 private:
  // Another thread may append while one syncs: only what was there when the sync began is durable behind it.
  FileMark appended() const {
    const std::lock_guard lock(mutex_);
    return {bytes_, hash_.value()};
  }
  IOStatus appended(const rocksdb::Slice& data, IOStatus status) {
    if (status.ok()) {
      const std::lock_guard lock(mutex_);
      bytes_ += data.size();
      hash_.add({data.data(), data.size()});
    }
    return status;
  }
  IOStatus synced(const FileMark& mark, IOStatus status) {
    if (status.ok()) high_water_.synced(name_, mark);
    return status;
  }

  const std::string name_;
  HighWater& high_water_;
  mutable std::mutex mutex_;
  std::uint64_t bytes_ = 0;  // appended
  FileHash hash_;            // of these
};

class WatchedFiles final : public rocksdb::FileSystemWrapper {
 public:
  WatchedFiles(const std::shared_ptr<rocksdb::FileSystem>& base, std::string folder, HighWater& high_water)
      : FileSystemWrapper(base), folder_(std::move(folder)), high_water_(high_water) {}
  const char* Name() const override { return "SkaldWatchedFiles"; }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext* context) override {
    const std::string name = name_of(path);
    const bool watched = is_here(path) && (is_write_ahead_log(name) || is_manifest(name));
    if (watched) {
      IOStatus gone = going(path);
      if (!gone.ok()) return gone;
    }
    IOStatus made = FileSystemWrapper::NewWritableFile(path, options, result, context);
    if (made.ok() && watched) *result = std::make_unique<WatchedFile>(std::move(*result), name, high_water_);
    return made;
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions& options, IODebugContext* context) override {
    IOStatus gone = going(path);
    return gone.ok() ? FileSystemWrapper::DeleteFile(path, options, context) : gone;
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* context) override {
    IOStatus renamed = FileSystemWrapper::RenameFile(from, to, options, context);
    if (renamed.ok() && is_here(to) && name_of(to) == "CURRENT") high_water_.manifest_in_use();
    return renamed;
  }

 private:
  bool is_here(const std::string& path) const { return path.substr(0, path.rfind('/')) == folder_; }
  IOStatus going(const std::string& path) {
    if (!is_here(path)) return IOStatus::OK();
    const Status noted = high_water_.going(name_of(path));
    return noted ? IOStatus::OK() : IOStatus::IOError(noted.error().message);
  }

  const std::string folder_;
  HighWater& high_water_;
};

}  // namespace

std::unique_ptr<rocksdb::Env> watch_log_files(rocksdb::Env& base, const std::string& folder, HighWater& high_water) {
  return rocksdb::NewCompositeEnv(std::make_shared<WatchedFiles>(base.GetFileSystem(), folder, high_water));
}

}  // namespace skald::store
