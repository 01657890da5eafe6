#include "store/watched_files.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <map>
#include <mutex>
#include <optional>

#include "store/cut_files.h"
#include "store/spare_logs.h"

namespace skald::store {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

// How long the write-ahead logs are that are being written. Their files may be longer. Thread-safe.
class Lengths {
 public:
  void set(const std::string& name, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    bytes_[name] = bytes;
  }
  void forget(const std::string& name) {
    const std::lock_guard lock(mutex_);
    bytes_.erase(name);
  }
  std::optional<std::uint64_t> of(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto at = bytes_.find(name);
    return at == bytes_.end() ? std::nullopt : std::optional(at->second);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> bytes_;
};

// A write-ahead log or a manifest: it only grows.
class WatchedFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  WatchedFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string name, HighWater& high_water)
      : FSWritableFileOwnerWrapper(std::move(file)), name_(std::move(name)), high_water_(high_water) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, IODebugContext* context) override {
    IOStatus ready = grows(data.size());
    return ready.ok() ? appended(data, FSWritableFileOwnerWrapper::Append(data, options, context)) : ready;
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo& check,
                  IODebugContext* context) override {
    IOStatus ready = grows(data.size());
    return ready.ok() ? appended(data, FSWritableFileOwnerWrapper::Append(data, options, check, context)) : ready;
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    const FileMark before = appended();
    return synced(before, FSWritableFileOwnerWrapper::Sync(options, context));
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* context) override {
    const FileMark before = appended();
    return synced(before, FSWritableFileOwnerWrapper::Fsync(options, context));
  }

 protected:
  const std::string& name() const { return name_; }
  // Another thread may append while one syncs: only what was there when the sync began is durable behind it.
  FileMark appended() const {
    const std::lock_guard lock(mutex_);
    return {bytes_, hash_.value()};
  }
  // By so much, in a moment; on an error it does not.
  virtual IOStatus grows(std::uint64_t /*by*/) { return IOStatus::OK(); }
  virtual void has_grown(std::uint64_t /*to*/) {}

 private:
  IOStatus appended(const rocksdb::Slice& data, IOStatus status) {
    if (status.ok()) {
      const std::lock_guard lock(mutex_);
      bytes_ += data.size();
      hash_.add({data.data(), data.size()});
      has_grown(bytes_);
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

// A write-ahead log, perhaps in a file that was another's and is longer. It ends where it ends once it is closed.
class WatchedLog final : public WatchedFile {
 public:
  // `blocks`: of such a file; none of a new one, which is at `path`.
  WatchedLog(std::unique_ptr<rocksdb::FSWritableFile> file, const std::string& path, HighWater& high_water,
             Lengths& lengths, std::unique_ptr<ClearedBlocks> blocks)
      : WatchedFile(std::move(file), name_of(path), high_water), lengths_(lengths), blocks_(std::move(blocks)) {
    if (!blocks_) zeros_.emplace(path);
    lengths_.set(name(), 0);
  }
  ~WatchedLog() override { lengths_.forget(name()); }

  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    const std::uint64_t cleared = blocks_ ? blocks_->count() : 0;
    IOStatus synced = WatchedFile::Sync(options, context);
    if (synced.ok() && blocks_) blocks_->synced(cleared);
    return synced;
  }
  IOStatus Close(const IOOptions& options, IODebugContext* context) override {
    const IOStatus cut = WatchedFile::Truncate(appended().bytes, options, context);
    IOStatus closed = WatchedFile::Close(options, context);
    lengths_.forget(name());
    return cut.ok() ? closed : cut;
  }

 private:
  IOStatus grows(std::uint64_t by) override {
    const std::uint64_t end = appended().bytes;
    if (zeros_) zeros_->reach(end, end + by);
    if (!blocks_ || blocks_->reach(end + by)) return IOStatus::OK();
    return IOStatus::IOError("cannot clear what the file of the log held before");
  }
  void has_grown(std::uint64_t to) override { lengths_.set(name(), to); }

  Lengths& lengths_;
  const std::unique_ptr<ClearedBlocks> blocks_;
  std::optional<ZerosAhead> zeros_;
};

class WatchedFiles final : public rocksdb::FileSystemWrapper {
 public:
  WatchedFiles(const std::shared_ptr<rocksdb::FileSystem>& base, std::string folder, HighWater& high_water)
      : FileSystemWrapper(base), folder_(std::move(folder)), high_water_(high_water), spares_(folder_) {}
  const char* Name() const override { return "SkaldWatchedFiles"; }

  IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext* context) override {
    const std::string name = name_of(path);
    const bool log = is_here(path) && is_write_ahead_log(name);
    const bool watched = log || (is_here(path) && is_manifest(name));
    if (watched) {
      IOStatus gone = going(path);
      if (!gone.ok()) return gone;
    }
    auto blocks = log ? take_spare(path, options, result, context) : nullptr;
    IOStatus made = blocks ? IOStatus::OK() : FileSystemWrapper::NewWritableFile(path, options, result, context);
    if (!made.ok() || !watched) return made;
    if (log) {
      *result = std::make_unique<WatchedLog>(std::move(*result), path, high_water_, lengths_, std::move(blocks));
    } else {
      *result = std::make_unique<WatchedFile>(std::move(*result), name, high_water_);
    }
    return made;
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions& options, IODebugContext* context) override {
    IOStatus gone = going(path);
    if (!gone.ok()) return gone;
    const bool closed_log = is_here(path) && is_write_ahead_log(name_of(path)) && !length_of(path);
    if (closed_log && spares_.keep(path)) return gone;
    return FileSystemWrapper::DeleteFile(path, options, context);
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions& options, std::uint64_t* size,
                       IODebugContext* context) override {
    const auto length = length_of(path);
    if (!length) return FileSystemWrapper::GetFileSize(path, options, size, context);
    *size = *length;
    return IOStatus::OK();
  }
  IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result, IODebugContext* context) override {
    const auto length = length_of(path);
    IOStatus opened = FileSystemWrapper::NewSequentialFile(path, options, result, context);
    if (opened.ok() && length) *result = cut_file(std::move(*result), *length);
    return opened;
  }
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      IODebugContext* context) override {
    IOStatus renamed = FileSystemWrapper::RenameFile(from, to, options, context);
    if (renamed.ok() && is_here(to) && name_of(to) == "CURRENT") high_water_.manifest_in_use();
    return renamed;
  }

 private:
  // Has an older log's file take that path. None: there is none.
  std::unique_ptr<ClearedBlocks> take_spare(const std::string& path, const rocksdb::FileOptions& options,
                                            std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext* context) {
    const auto spare = spares_.take();
    if (!spare) return nullptr;
    auto blocks = std::make_unique<ClearedBlocks>(*spare);
    if (!blocks->reach(0)) return nullptr;  // under this name it must not begin with the older log's writes
    const IOStatus taken = FileSystemWrapper::ReuseWritableFile(path, *spare, options, result, context);
    return taken.ok() ? std::move(blocks) : nullptr;
  }
  // None where it is no log that is being written: its file says it.
  std::optional<std::uint64_t> length_of(const std::string& path) const {
    return is_here(path) ? lengths_.of(name_of(path)) : std::nullopt;
  }
  bool is_here(const std::string& path) const { return path.substr(0, path.rfind('/')) == folder_; }
  IOStatus going(const std::string& path) {
    if (!is_here(path)) return IOStatus::OK();
    const Status noted = high_water_.going(name_of(path));
    return noted ? IOStatus::OK() : IOStatus::IOError(noted.error().message);
  }

  const std::string folder_;
  HighWater& high_water_;
  Lengths lengths_;
  SpareLogs spares_;
};

}  // namespace

std::unique_ptr<rocksdb::Env> watch_log_files(rocksdb::Env& base, const std::string& folder, HighWater& high_water) {
  return rocksdb::NewCompositeEnv(std::make_shared<WatchedFiles>(base.GetFileSystem(), folder, high_water));
}

}  // namespace skald::store
