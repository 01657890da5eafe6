// Backups from a running store, and what becomes of them.

#include "store/backup.h"

#include <thread>

#include "tests/store/folders.h"

namespace skald::store {
namespace {

using testing::Found;

class Backups : public ::testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    auto opened = RocksLog::open(data_);
    ASSERT_TRUE(opened) << opened.error().message;
    log_ = std::move(*opened);
  }
  void commit(int first, int last) {
    for (int i = first; i < last; ++i) ASSERT_TRUE(log_->commit(testing::full_saga(i, log_->store_id())));
  }
  Result<BackedUp> backup(std::size_t keep = 0) { return log_->backup(backups_, keep, {}); }
  Result<Restored> restore(std::uint32_t number = 0, Time now = Time{1'800'000'000'000}) {
    return store::restore({backups_, restored_, number, now});
  }
  void expect_whole(int sagas) {
    const auto log = RocksLog::open(restored_);
    ASSERT_TRUE(log) << log.error().message;
    EXPECT_EQ((*log)->store_id(), log_->store_id());
    const Found found = testing::read_all(**log, sagas);
    EXPECT_TRUE(found.whole) << found.error.message;
  }
  static std::string code(const Result<Restored>& result) { return result ? "restored" : result.error().code; }
  // The files of the backups whose names end so.
  std::vector<std::string> files(const std::string& end) const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(backups_)) {
      if (entry.is_regular_file() && entry.path().string().ends_with(end)) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  testing::TempDir root_;
  const std::string data_ = root_.path() + "/engine";
  const std::string backups_ = root_.path() + "/backups";
  const std::string restored_ = root_.path() + "/restored";
  std::unique_ptr<RocksLog> log_;
};

TEST_F(Backups, ARestoredStoreHasWhatStoodWhenTheBackupWasMade) {
  commit(0, 20);
  const auto made = backup();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->number, 1U);
  EXPECT_EQ(made->store_id, log_->store_id());
  EXPECT_GT(made->bytes, 0U);
  commit(20, 30);
  const auto restored = restore();
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(restored->sagas, 20U);
  EXPECT_EQ(restored->events, 60U);
  expect_whole(20);
}

TEST_F(Backups, ARestoreBeginsAnIncarnationAboveAllThatWereUsed) {
  commit(0, 1);
  ASSERT_TRUE(backup());
  EXPECT_EQ(log_->meta("incarnation")->value(), "1");
  ASSERT_EQ(restore()->incarnation, 1'800'000'000'000U);
  {
    const auto log = RocksLog::open(restored_);
    EXPECT_EQ((*log)->meta("incarnation")->value(), "1800000000000");
    ASSERT_TRUE((*log)->backup(root_.path() + "/second", 0, {}));
  }
  // A clock that was set back is no way to an incarnation that was used.
  const auto again = store::restore({root_.path() + "/second", root_.path() + "/again", 0, Time{5}});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->incarnation, 1'800'000'000'001U);
}

TEST_F(Backups, SeveralShareAFolderAndAnyCanBeRestored) {
  for (int i = 0; i < 3; ++i) {
    commit(i * 10, i * 10 + 10);
    EXPECT_EQ(backup()->number, static_cast<std::uint32_t>(i + 1));
  }
  ASSERT_EQ(code(restore(2)), "restored");
  expect_whole(20);
  EXPECT_EQ(code(store::restore({backups_, root_.path() + "/other", 9, Time{1}})), "no-backup");
}

TEST_F(Backups, OnlyTheLatestAreKeptWhereThatIsAsked) {
  for (int i = 0; i < 4; ++i) {
    commit(i, i + 1);
    ASSERT_TRUE(backup(2));
  }
  EXPECT_EQ(code(restore(2)), "no-backup");
  EXPECT_EQ(code(restore(3)), "restored");
}

TEST_F(Backups, WhatWasCommittedBeforeIsInABackupThatIsMadeAmidCommits) {
  std::atomic<int> committed{0};
  std::atomic<bool> enough{false};
  std::thread writer([&] {
    for (int i = 0; !enough; ++i) {
      ASSERT_TRUE(log_->commit(testing::full_saga(i, log_->store_id())));
      committed = i + 1;
    }
  });
  while (committed < 50) std::this_thread::yield();
  const int before = committed;
  const auto made = backup();
  enough = true;
  writer.join();
  ASSERT_TRUE(made) << made.error().message;
  const auto restored = restore();
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_GE(restored->sagas, static_cast<std::uint64_t>(before));
  expect_whole(static_cast<int>(restored->sagas));
}

TEST_F(Backups, AFolderOfSomethingElseIsRefused) {
  commit(0, 1);
  std::filesystem::create_directories(backups_);
  std::ofstream(backups_ + "/holiday.jpg") << "x";
  EXPECT_EQ(backup().error().code, "not-a-backup");
  EXPECT_EQ(log_->backup(data_ + "/backup", 0, {}).error().code, "backup-inside-data");
  EXPECT_EQ(log_->backup(data_, 0, {}).error().code, "backup-inside-data");
  EXPECT_EQ(log_->backup("/proc/nowhere", 0, {}).error().code, "backup-failed");
  EXPECT_EQ(code(restore()), "no-backup");
  EXPECT_EQ(code(store::restore({root_.path() + "/nothing", restored_, 0, Time{1}})), "no-backup");
}

TEST_F(Backups, AFolderOfAnotherStoreIsRefused) {
  ASSERT_TRUE(backup());
  const auto other = RocksLog::open(root_.path() + "/other");
  EXPECT_EQ((*other)->backup(backups_, 0, {}).error().code, "backup-of-another");
}

TEST_F(Backups, ARestoreWritesOverNothing) {
  ASSERT_TRUE(backup());
  EXPECT_EQ(code(store::restore({backups_, data_, 0, Time{1}})), "folder-in-use");
  log_.reset();
  EXPECT_EQ(code(store::restore({backups_, data_, 0, Time{1}})), "folder-not-empty");
  std::filesystem::create_directories(restored_);
  EXPECT_EQ(code(restore()), "restored") << "an empty folder is as good as none";
  EXPECT_EQ(code(restore()), "folder-not-empty");
}

TEST_F(Backups, ADamagedTableIsNotBackedUp) {
  commit(0, 20);
  log_.reset();
  open();  // what was in the log is in tables now
  const auto tables = testing::files_of(data_, "", ".sst");
  ASSERT_FALSE(tables.empty());
  testing::flip(tables.front(), 20, 3);
  const auto made = backup();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::kDamaged) << made.error().message;
  EXPECT_EQ(code(restore()), "no-backup");
}

TEST_F(Backups, ADamagedBackupIsRefusedAndLeavesNothingBehind) {
  commit(0, 20);
  ASSERT_TRUE(backup());
  for (const std::string& file : files("")) {
    if (file.ends_with(".lock") || std::filesystem::file_size(file) == 0) continue;
    testing::flip(file, std::filesystem::file_size(file) / 2, 3);
    EXPECT_EQ(code(restore()), "damaged-backup") << file;
    testing::flip(file, std::filesystem::file_size(file) / 2, 3);
  }
  const std::string table = files(".sst").front();
  std::filesystem::rename(table, root_.path() + "/away");
  EXPECT_EQ(code(restore()), "damaged-backup") << "a table is missing";
  std::filesystem::rename(root_.path() + "/away", table);
  for (const auto& entry : std::filesystem::directory_iterator(root_.path())) {
    EXPECT_EQ(entry.path().string().find("restor"), std::string::npos) << entry.path();
  }
  EXPECT_EQ(code(restore()), "restored");
  expect_whole(20);
}

TEST_F(Backups, AnEarlierOneIsOfferedWhereTheLatestIsCut) {
  commit(0, 10);
  ASSERT_TRUE(backup());
  commit(10, 20);
  ASSERT_TRUE(backup());
  const std::string newest = files(".sst").back();
  std::filesystem::resize_file(newest, 10);
  const auto refused = restore();
  ASSERT_EQ(code(refused), "damaged-backup");
  EXPECT_NE(refused.error().message.find("--backup: 1"), std::string::npos) << refused.error().message;
  EXPECT_EQ(code(restore(1)), "restored");
  expect_whole(10);
}

TEST_F(Backups, OneThatIsStoppedIsNone) {
  commit(0, 5);
  ASSERT_TRUE(backup());
  commit(5, 10);
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = log_->backup(backups_, 0, stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, "backup-stopped");
  EXPECT_EQ(code(restore()), "restored");
  expect_whole(5);
}

TEST_F(Backups, AnAcceptedLossBeginsAnIncarnationToo) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "under ThreadSanitizer no threads may begin behind a fork of a process that had some";
#endif
  commit(0, 5);
  log_.reset();
  testing::fill_and_kill(data_, 5, 10);
  std::filesystem::remove(testing::newest_wal(data_));
  auto log = RocksLog::open(data_, {.accept_loss = true});
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_NE((*log)->meta("incarnation")->value(), "1");
  const std::string incarnation = (*log)->meta("incarnation")->value();
  log->reset();
  log = RocksLog::open(data_, {.accept_loss = true});
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_EQ((*log)->meta("incarnation")->value(), incarnation) << "nothing was lost this time";
}

}  // namespace
}  // namespace skald::store
