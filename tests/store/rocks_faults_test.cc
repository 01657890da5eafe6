// Writes and syncs that fail: the log stops for good, and says why.

#include <gtest/gtest.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>

#include "store/rocks_log.h"
#include "tests/store/support.h"

namespace skald::store {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

// What the next writes to log files come to.
struct Faults {
  std::atomic<bool> fail_sync{false};
  std::atomic<bool> no_space{false};
};

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(std::unique_ptr<rocksdb::FSWritableFile> file, Faults& faults)
      : FSWritableFileOwnerWrapper(std::move(file)), faults_(faults) {}

  using FSWritableFileOwnerWrapper::Append;
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options, IODebugContext* context) override {
    if (faults_.no_space) return IOStatus::NoSpace("injected");
    return FSWritableFileOwnerWrapper::Append(data, options, context);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* context) override {
    if (faults_.fail_sync) return IOStatus::IOError("injected");
    return FSWritableFileOwnerWrapper::Sync(options, context);
  }

 private:
  Faults& faults_;
};

class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultyFileSystem(Faults& faults) : FileSystemWrapper(rocksdb::FileSystem::Default()), faults_(faults) {}
  const char* Name() const override { return "FaultyFileSystem"; }
  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext* context) override {
    const IOStatus made = FileSystemWrapper::NewWritableFile(name, options, result, context);
    if (made.ok() && name.ends_with(".log")) *result = std::make_unique<FaultyFile>(std::move(*result), faults_);
    return made;
  }

 private:
  Faults& faults_;
};

class RocksFaults : public ::testing::Test {
 protected:
  Batch batch(int i) {
    return testing::started(testing::saga(testing::run_at(1000 + i), "s" + std::to_string(i), 1000), "store");
  }
  void open() {
    auto opened = RocksLog::open(dir_.path(), {.env = env_.get()});
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = std::move(*opened);
    ASSERT_TRUE(log_->commit(batch(0)));
  }

  testing::TempDir dir_;
  Faults faults_;
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(std::make_shared<FaultyFileSystem>(faults_));
  std::unique_ptr<RocksLog> log_;
};

TEST_F(RocksFaults, AFailedSyncStopsTheLogForGood) {
  open();
  faults_.fail_sync = true;
  const Status failed = log_->commit(batch(1));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kIo);
  EXPECT_EQ(failed.error().code, "write-failed");
  faults_.fail_sync = false;
  EXPECT_EQ(log_->commit(batch(2)).error().code, "write-failed") << "the disk's recovery is not ours";
  log_.reset();
  open();
  EXPECT_TRUE(log_->find(SagaId("s0"))->has_value());
  EXPECT_FALSE(log_->find(SagaId("s2"))->has_value());
}

TEST_F(RocksFaults, AFullDiskIsCalledSo) {
  open();
  faults_.no_space = true;
  const Status failed = log_->commit(batch(1));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "disk-full");
  faults_.no_space = false;
}

}  // namespace
}  // namespace skald::store
