// Writes, syncs and reads that fail: the log stops for good, says why, and has lost nothing when it is opened again.

#include "store/rocks_impl.h"
#include "tests/store/faulty_files.h"
#include "tests/store/folders.h"

namespace skald::store {
namespace {

using testing::Faults;
using testing::Found;
using Kind = Faults::Kind;

class RocksFaults : public ::testing::Test {
 protected:
  void open() {
    auto opened = RocksLog::open(dir_.path(), {.env = env_.get()});
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = std::move(*opened);
  }
  void commit_next() {
    const Status status = log_->commit(testing::full_saga(acknowledged_, log_->store_id()));
    ASSERT_TRUE(status) << status.error().message;
    ++acknowledged_;
  }
  // Commits large sagas, so that tables have to be written, until one fails.
  Error commit_until_it_fails() {
    constexpr int kMost = 400;
    constexpr std::size_t kEventBytes = 150'000;
    for (int i = 0; i < kMost; ++i) {
      const Status status = log_->commit(testing::full_saga(acknowledged_, log_->store_id(), kEventBytes));
      if (!status) return status.error();
      ++acknowledged_;
    }
    ADD_FAILURE() << "every write went well";
    return {};
  }
  // Opened on a disk that is well again: what was acknowledged is there. One more may be: its failed write may have
  // arrived.
  void expect_nothing_is_lost() {
    log_.reset();
    faults_.end();
    open();
    const auto count = static_cast<int>(log_->count({}).value_or(0));
    EXPECT_GE(count, acknowledged_);
    EXPECT_LE(count, acknowledged_ + 1);
    const Found found = testing::read_all(*log_, count);
    EXPECT_TRUE(found.whole) << found.error.message;
  }

  testing::TempDir dir_;
  Faults faults_;
  std::unique_ptr<rocksdb::Env> env_ = rocksdb::NewCompositeEnv(std::make_shared<testing::FaultyFiles>(faults_));
  std::unique_ptr<RocksLog> log_;
  int acknowledged_ = 0;
};

TEST_F(RocksFaults, AFailedSyncStopsTheLogForGood) {
  open();
  commit_next();
  faults_.begin(Kind::kSyncError, ".log");
  const Status failed = log_->commit(testing::full_saga(acknowledged_, log_->store_id()));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kIo);
  EXPECT_EQ(failed.error().code, "write-failed");
  faults_.end();
  EXPECT_EQ(log_->commit(testing::full_saga(99, log_->store_id())).error().code, "write-failed")
      << "the disk's recovery is not ours";
  EXPECT_FALSE(log_->find(SagaId("s99"))->has_value());
  expect_nothing_is_lost();
}

TEST_F(RocksFaults, AWriteThatTheDiskRefusesStopsTheLog) {
  open();
  commit_next();
  faults_.begin(Kind::kWriteError, ".log");
  EXPECT_EQ(log_->commit(testing::full_saga(acknowledged_, log_->store_id())).error().code, "write-failed");
  expect_nothing_is_lost();
}

TEST_F(RocksFaults, AFullDiskIsCalledSo) {
  open();
  commit_next();
  faults_.begin(Kind::kNoSpace, ".log");
  const Status failed = log_->commit(testing::full_saga(acknowledged_, log_->store_id()));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "disk-full");
  EXPECT_EQ(failed.error().kind, ErrorKind::kIo);
  expect_nothing_is_lost();
}

struct BackgroundFault {
  const char* name;
  Kind kind;
  const char* file;
  const char* code;
};

// What RocksDB writes on threads of its own fails later, and stops the log all the same.
class BackgroundFaults : public RocksFaults, public ::testing::WithParamInterface<BackgroundFault> {};

TEST_P(BackgroundFaults, StopTheLogAndLoseNothing) {
  const BackgroundFault& fault = GetParam();
  open();
  commit_next();
  faults_.begin(fault.kind, fault.file);
  EXPECT_EQ(commit_until_it_fails().code, fault.code);
  EXPECT_EQ(log_->commit(testing::full_saga(999, log_->store_id())).error().code, fault.code);
  expect_nothing_is_lost();
}

INSTANTIATE_TEST_SUITE_P(
    Files, BackgroundFaults,
    ::testing::Values(BackgroundFault{"TableWithoutRoom", Kind::kNoSpace, ".sst", "disk-full"},
                      BackgroundFault{"TableNotWritten", Kind::kWriteError, ".sst", "write-failed"},
                      BackgroundFault{"TableNotSynced", Kind::kSyncError, ".sst", "write-failed"},
                      BackgroundFault{"ManifestWithoutRoom", Kind::kNoSpace, "MANIFEST-", "disk-full"},
                      BackgroundFault{"ManifestNotSynced", Kind::kSyncError, "MANIFEST-", "write-failed"}),
    [](const auto& one) { return one.param.name; });

TEST_F(RocksFaults, ATableThatTheDiskDoesNotGiveBackIsDamage) {
  open();
  commit_next();
  log_.reset();
  open();  // what was in the log is in tables now
  log_.reset();
  open();  // and not in memory
  faults_.begin(Kind::kReadError, ".sst");
  const auto summary = log_->summary(testing::run_at(1'000));
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind, ErrorKind::kDamaged);
  EXPECT_EQ(summary.error().code, "unreadable-log");
  faults_.end();
  EXPECT_TRUE(log_->summary(testing::run_at(1'000)));
}

TEST_F(RocksFaults, AWriteAheadLogThatTheDiskDoesNotGiveBackIsRefused) {
  testing::fill_and_kill(dir_.path(), 0, 3);
  acknowledged_ = 3;
  faults_.begin(Kind::kReadError, ".log");
  const auto refused = RocksLog::open(dir_.path(), {.env = env_.get()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kDamaged);
  EXPECT_EQ(refused.error().code, "unreadable-log") << refused.error().message;
  expect_nothing_is_lost();
}

TEST_F(RocksFaults, AStoreThatCannotBeOpenedForWantOfRoomSaysSo) {
  testing::fill_and_kill(dir_.path(), 0, 3);
  acknowledged_ = 3;
  faults_.begin(Kind::kNoSpace, "/");
  const auto refused = RocksLog::open(dir_.path(), {.env = env_.get()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kIo);
  EXPECT_EQ(refused.error().code, "disk-full") << refused.error().message;
  expect_nothing_is_lost();
}

// As a compaction that has met a damaged table leaves it: no start again helps.
TEST(RocksErrors, AWriteThatFailsForADamagedTableIsDamage) {
  const Error error = write_error(rocksdb::Status::Corruption("block checksum mismatch"));
  EXPECT_EQ(error.kind, ErrorKind::kDamaged);
  EXPECT_NE(error.message.find("restore a backup"), std::string::npos) << error.message;
  EXPECT_EQ(write_error(rocksdb::Status::IOError("torn")).code, "write-failed");
}

}  // namespace
}  // namespace skald::store
