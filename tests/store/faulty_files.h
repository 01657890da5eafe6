#pragma once

// A file system whose writes, syncs and reads fail as a disk's do, for one kind of file.

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <string>

namespace skald::store::testing {

// What the next operations on files whose path contains `on` come to.
struct Faults {
  enum class Kind { kNone, kNoSpace, kWriteError, kSyncError, kReadError };
  std::atomic<Kind> kind{Kind::kNone};
  std::string on;  // to be set while kind is kNone

  void begin(Kind what, std::string where) {
    kind = Kind::kNone;
    on = std::move(where);
    kind = what;
  }
  void end() { kind = Kind::kNone; }
  rocksdb::IOStatus now(const std::string& path, Kind here) const {
    const Kind set = kind;
    const bool write = here == Kind::kWriteError && set == Kind::kNoSpace;
    if ((set != here && !write) || path.find(on) == std::string::npos) return rocksdb::IOStatus::OK();
    if (set == Kind::kNoSpace) return rocksdb::IOStatus::NoSpace("injected", "No space left on device");
    return rocksdb::IOStatus::IOError("injected", "Input/output error");
  }
};

class FaultyWrites final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyWrites(std::unique_ptr<rocksdb::FSWritableFile> file, std::string path, const Faults& faults)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), faults_(faults) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* context) override {
    const auto fault = faults_.now(path_, Faults::Kind::kWriteError);
    return fault.ok() ? FSWritableFileOwnerWrapper::Append(data, options, context) : fault;
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo& check, rocksdb::IODebugContext* context) override {
    const auto fault = faults_.now(path_, Faults::Kind::kWriteError);
    return fault.ok() ? FSWritableFileOwnerWrapper::Append(data, options, check, context) : fault;
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* context) override {
    const auto fault = faults_.now(path_, Faults::Kind::kSyncError);
    return fault.ok() ? FSWritableFileOwnerWrapper::Sync(options, context) : fault;
  }

 private:
  const std::string path_;
  const Faults& faults_;
};

class FaultyReads final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  FaultyReads(std::unique_ptr<rocksdb::FSRandomAccessFile> file, std::string path, const Faults& faults)
      : FSRandomAccessFileOwnerWrapper(std::move(file)), path_(std::move(path)), faults_(faults) {}

  rocksdb::IOStatus Read(std::uint64_t offset, std::size_t size, const rocksdb::IOOptions& options,
                         rocksdb::Slice* result, char* scratch, rocksdb::IODebugContext* context) const override {
    const auto fault = faults_.now(path_, Faults::Kind::kReadError);
    return fault.ok() ? FSRandomAccessFileOwnerWrapper::Read(offset, size, options, result, scratch, context) : fault;
  }

 private:
  const std::string path_;
  const Faults& faults_;
};

class FaultyFiles final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultyFiles(const Faults& faults) : FileSystemWrapper(rocksdb::FileSystem::Default()), faults_(faults) {}
  const char* Name() const override { return "FaultyFiles"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* context) override {
    const auto made = FileSystemWrapper::NewWritableFile(path, options, result, context);
    if (made.ok()) *result = std::make_unique<FaultyWrites>(std::move(*result), path, faults_);
    return made;
  }
  rocksdb::IOStatus ReuseWritableFile(const std::string& path, const std::string& old,
                                      const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSWritableFile>* result,
                                      rocksdb::IODebugContext* context) override {
    const auto made = FileSystemWrapper::ReuseWritableFile(path, old, options, result, context);
    if (made.ok()) *result = std::make_unique<FaultyWrites>(std::move(*result), path, faults_);
    return made;
  }
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                        rocksdb::IODebugContext* context) override {
    const auto made = FileSystemWrapper::NewRandomAccessFile(path, options, result, context);
    if (made.ok()) *result = std::make_unique<FaultyReads>(std::move(*result), path, faults_);
    return made;
  }
  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* result,
                                      rocksdb::IODebugContext* context) override {
    const auto fault = faults_.now(path, Faults::Kind::kReadError);
    return fault.ok() ? FileSystemWrapper::NewSequentialFile(path, options, result, context) : fault;
  }

 private:
  const Faults& faults_;
};

}  // namespace skald::store::testing
