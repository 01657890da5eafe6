#pragma once

// A file system that remembers how much of each file was synced, and shows what a power cut would leave of it.

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace skald::testing {

class PowerCutFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  PowerCutFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "PowerCutFileSystem"; }

  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* context) override {
    const auto made = FileSystemWrapper::NewWritableFile(name, options, result, context);
    if (made.ok()) *result = std::make_unique<File>(std::move(*result), *this, name);
    return made;
  }

  // Cuts every file of a copy of the folder back to what has been synced of it so far.
  void cut_power(const std::filesystem::path& folder, const std::filesystem::path& copy) {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, size] : synced_) {
      const auto there = copy / std::filesystem::relative(name, folder);
      if (std::filesystem::exists(there)) std::filesystem::resize_file(there, size);
    }
  }

 private:
  class File final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSWritableFile> file, PowerCutFileSystem& system, std::string name)
        : FSWritableFileOwnerWrapper(std::move(file)), system_(system), name_(std::move(name)) {
      system_.note(name_, 0);
    }
    using FSWritableFileOwnerWrapper::Append;
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* context) override {
      const auto done = FSWritableFileOwnerWrapper::Append(data, options, context);
      if (done.ok()) written_ += data.size();
      return done;
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* context) override {
      return noted(FSWritableFileOwnerWrapper::Sync(options, context));
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* context) override {
      return noted(FSWritableFileOwnerWrapper::Fsync(options, context));
    }

   private:
    rocksdb::IOStatus noted(rocksdb::IOStatus done) {
      if (done.ok()) system_.note(name_, written_);
      return done;
    }

    PowerCutFileSystem& system_;
    const std::string name_;
    std::uint64_t written_ = 0;
  };

  void note(const std::string& name, std::uint64_t synced) {
    const std::lock_guard lock(mutex_);
    synced_[name] = synced;
  }

  std::mutex mutex_;
  std::map<std::string, std::uint64_t> synced_;
};

}  // namespace skald::testing
