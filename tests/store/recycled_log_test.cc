// Stores whose newest write-ahead log lies in the file of an older one, of which the rest is still there.

#include <signal.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <iterator>
#include <thread>

#include "store/backup.h"
#include "store/folder_checks.h"
#include "store/spare_logs.h"
#include "tests/store/faulty_files.h"
#include "tests/store/folders.h"

namespace skald::store {
namespace {

using testing::copy_folder;
using testing::Found;
using testing::newest_wal;
using testing::open_and_read;

constexpr int kLarge = 8;  // sagas that fill the older log
constexpr int kSagas = 30;

bool wait_for_spare(const std::string& dir) {
  for (int i = 0; i < 5'000; ++i) {
    if (!testing::files_of(dir, "spare-", "").empty()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

// Its log is moved into tables as it is opened, and the file is kept.
void make_spare(const std::string& dir) {
  testing::fill_and_kill(dir, 0, kLarge, 150'000);
  testing::in_child([&] {
    const auto log = RocksLog::open(dir);
    if (!log || !wait_for_spare(dir)) ::_exit(1);
  });
}

class RecycledLog : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    intact_root_ = std::make_unique<testing::TempDir>();
    make_spare(intact());
    testing::fill_and_kill(intact(), kLarge, kSagas);
  }
  static void TearDownTestSuite() { intact_root_.reset(); }
  static std::string intact() { return intact_root_->path() + "/engine"; }

  void SetUp() override { copy_folder(intact(), dir_); }
  std::uint64_t durable() const {
    const auto mark = HighWater::read(dir_);
    return mark->files.at(std::filesystem::path(newest_wal(dir_)).filename()).bytes;
  }
  void write_at(std::uint64_t at, const std::string& bytes) const {
    std::fstream file(newest_wal(dir_), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file << bytes;
  }
  std::string read_at(std::uint64_t at, std::size_t bytes) const {
    std::ifstream file(newest_wal(dir_), std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    std::string read(bytes, '\0');
    file.read(read.data(), static_cast<std::streamsize>(bytes));
    return read;
  }
  void expect_whole(int sagas = kSagas) const {
    const Found found = open_and_read(dir_, sagas);
    EXPECT_TRUE(found.whole) << found.error.message;
  }

  const testing::TempDir root_;
  const std::string dir_ = root_.path() + "/engine";

 private:
  inline static std::unique_ptr<testing::TempDir> intact_root_;
};

TEST_F(RecycledLog, IsLongerThanWhatWasWritten) {
  EXPECT_LT(durable(), std::filesystem::file_size(newest_wal(dir_)) / 2);
  EXPECT_NE(read_at(durable() + 100'000, 100), std::string(100, '\0')) << "the older one's rest";
}

TEST_F(RecycledLog, OpensWholeAndIsCutToWhatWasWritten) {
  const std::uint64_t bytes = durable();
  const auto mark = check_before_open(dir_, false);
  ASSERT_TRUE(mark) << mark.error().message;
  EXPECT_EQ(std::filesystem::file_size(newest_wal(dir_)), bytes);
  expect_whole();
}

TEST_F(RecycledLog, OpensWholeWithoutAMark) {
  std::filesystem::remove(dir_ + "/HIGHWATER");
  expect_whole();
}

TEST_F(RecycledLog, ATornWriteIsCutInSilence) {
  const std::string begun("\x12\x34\x56\x78\x40\x00\x01torn", 11);
  for (const bool marked : {true, false}) {
    copy_folder(intact(), dir_);
    write_at(durable(), begun);
    if (!marked) std::filesystem::remove(dir_ + "/HIGHWATER");
    expect_whole();
  }
}

TEST_F(RecycledLog, AWriteThatTheMarkDoesNotNameYetIsThere) {
  // As of a kill between a write and its mark: the mark is that of before the last commit.
  const testing::TempDir before;
  make_spare(before.path());
  testing::in_child([&] {
    auto log = RocksLog::open(before.path());
    if (!log || !(*log)->commit(testing::full_saga(kLarge, (*log)->store_id()))) ::_exit(1);
    std::filesystem::copy_file(before.path() + "/HIGHWATER", before.path() + "/mark");
    if (!(*log)->commit(testing::full_saga(kLarge + 1, (*log)->store_id()))) ::_exit(1);
    (void)log->release();
  });
  std::filesystem::rename(before.path() + "/mark", before.path() + "/HIGHWATER");
  const Found found = open_and_read(before.path(), kLarge + 2);
  EXPECT_TRUE(found.whole) << found.error.message;
}

TEST_F(RecycledLog, AChangedByteIsRefusedWithAMarkAndWithout) {
  const std::uint64_t bytes = durable();
  for (std::uint64_t at = 3; at + 2'000 < bytes; at += 997) {
    for (const bool marked : {true, false}) {
      copy_folder(intact(), dir_);
      testing::flip(newest_wal(dir_), at, static_cast<int>(at % 8));
      if (!marked) std::filesystem::remove(dir_ + "/HIGHWATER");
      const auto refused = RocksLog::open(dir_);
      ASSERT_FALSE(refused) << at;
      EXPECT_EQ(refused.error().code, "damaged-log") << refused.error().message;
    }
  }
}

TEST_F(RecycledLog, WhereLossIsAcceptedWhatStandsBeforeTheDamageGoesOn) {
  testing::flip(newest_wal(dir_), durable() / 2, 3);
  const auto log = RocksLog::open(dir_, {.accept_loss = true});
  ASSERT_TRUE(log) << log.error().message;
  const auto left = static_cast<int>((*log)->count({}).value_or(0));
  EXPECT_GT(left, kLarge);
  EXPECT_LT(left, kSagas);
  const Found found = testing::read_all(**log, left);
  EXPECT_TRUE(found.whole) << found.error.message;
}

TEST_F(RecycledLog, AReaderSeesWhatWasWrittenAndChangesNothing) {
  const std::string wal = newest_wal(dir_);
  const std::uint64_t size = std::filesystem::file_size(wal);
  const auto reader = RocksLog::open_reader(dir_);
  ASSERT_TRUE(reader) << reader.error().message;
  const Found found = testing::read_all(**reader, kSagas);
  EXPECT_TRUE(found.whole) << found.error.message;
  EXPECT_EQ(std::filesystem::file_size(wal), size);
}

// The engine writes meanwhile, faster than any does for long, and goes from one log to the next.
TEST_F(RecycledLog, AReaderBesideTheWriterSeesAllThatWasDurable) {
  constexpr std::size_t kEventBytes = 50'000;
  constexpr int kMost = 1'200;  // 180 MB: more than the logs may hold
  constexpr std::chrono::milliseconds kPause{2};
  auto opened = RocksLog::open(dir_);
  ASSERT_TRUE(opened) << opened.error().message;
  std::atomic<int> durable{kSagas};
  std::jthread writer([&] {
    for (int i = kSagas; i < kMost; ++i) {
      ASSERT_TRUE((*opened)->commit(testing::full_saga(i, (*opened)->store_id(), kEventBytes)));
      ++durable;
      std::this_thread::sleep_for(kPause);
    }
  });
  int reads = 0;
  for (int before = durable; before < kMost && !HasFailure(); before = durable) {
    const auto reader = RocksLog::open_reader(dir_);
    ASSERT_TRUE(reader) << reader.error().message;
    const auto count = static_cast<int>((*reader)->count({}).value_or(0));
    EXPECT_GE(count, before);
    const Found found = testing::read_all(**reader, count);
    EXPECT_TRUE(found.whole) << found.error.message;
    ++reads;
  }
  EXPECT_GT(reads, 3);
}

TEST_F(RecycledLog, AWriteOrASyncThatFailsStopsItAndLosesNothing) {
  using Kind = testing::Faults::Kind;
  testing::Faults faults;
  const auto env = rocksdb::NewCompositeEnv(std::make_shared<testing::FaultyFiles>(faults));
  const std::vector<Kind> kinds = {Kind::kWriteError, Kind::kNoSpace, Kind::kSyncError};
  const auto folder = [this](Kind kind) { return root_.path() + "/faulty-" + std::to_string(static_cast<int>(kind)); };
  for (const Kind kind : kinds) make_spare(folder(kind));  // by children, before this process has threads
  for (const Kind kind : kinds) {
    const std::string dir = folder(kind);
    auto log = RocksLog::open(dir, {.env = env.get()});
    ASSERT_TRUE(log) << log.error().message;
    ASSERT_GT(std::filesystem::file_size(newest_wal(dir)), SpareLogs::kLeastBytes) << "it is an older one's";
    ASSERT_TRUE((*log)->commit(testing::full_saga(kLarge, (*log)->store_id())));
    faults.begin(kind, ".log");
    EXPECT_FALSE((*log)->commit(testing::full_saga(kLarge + 1, (*log)->store_id())));
    EXPECT_FALSE((*log)->commit(testing::full_saga(kLarge + 2, (*log)->store_id())));
    log->reset();
    faults.end();
    const auto again = RocksLog::open(dir);
    ASSERT_TRUE(again) << again.error().message;
    const auto count = static_cast<int>((*again)->count({}).value_or(0));
    EXPECT_GE(count, kLarge + 1);
    EXPECT_LE(count, kLarge + 2) << "the failed write may have arrived";
    const Found found = testing::read_all(**again, count);
    EXPECT_TRUE(found.whole) << found.error.message;
  }
}

TEST_F(RecycledLog, ABackupHoldsWhatStood) {
  make_spare(root_.path() + "/other");
  auto log = RocksLog::open(root_.path() + "/other");
  ASSERT_TRUE(log) << log.error().message;
  for (int i = kLarge; i < kSagas; ++i) {
    ASSERT_TRUE((*log)->commit(testing::full_saga(i, (*log)->store_id())));
    if (i % 5 != 0) continue;
    const auto made = (*log)->backup(root_.path() + "/backups", 1, {});
    ASSERT_TRUE(made) << made.error().message;
  }
  const auto made = (*log)->backup(root_.path() + "/backups", 1, {});
  ASSERT_TRUE(made) << made.error().message;
  const auto restored = store::restore({root_.path() + "/backups", root_.path() + "/restored", 0, Time{1}});
  ASSERT_TRUE(restored) << restored.error().message;
  const Found found = open_and_read(root_.path() + "/restored", kSagas);
  EXPECT_TRUE(found.whole) << found.error.message;
}

// What stands in the folder is whole, and all that was acknowledged; then commits until it is killed, and says each.
[[noreturn]] void go_on(const std::string& dir, int acknowledged, int told) {
  auto log = RocksLog::open(dir);
  if (!log) ::_exit(1);
  const auto count = static_cast<int>((*log)->count({}).value_or(0));
  if (count < acknowledged || count > acknowledged + 1) ::_exit(2);
  if (!testing::read_all(**log, count).whole) ::_exit(3);
  constexpr std::size_t kSizes[] = {10, 60'000, 300, 9'000, 33'000, 1'000};
  for (int i = count;; ++i) {
    const std::size_t bytes = kSizes[static_cast<std::size_t>(i) % std::size(kSizes)];
    if (!(*log)->commit(testing::full_saga(i, (*log)->store_id(), bytes))) ::_exit(4);
    if (::write(told, &i, sizeof i) != sizeof i) ::_exit(5);
  }
}

ino_t inode(const std::string& path) {
  struct stat file {};
  return ::stat(path.c_str(), &file) == 0 ? file.st_ino : 0;
}

TEST_F(RecycledLog, KilledAtAnyMomentItLosesNothing) {
  constexpr int kKills = 25;
  int acknowledged = kSagas;
  int recycled = 0;
  for (int round = 0; round < kKills && !HasFailure(); ++round) {
    std::vector<ino_t> spares;
    for (const std::string& spare : testing::files_of(dir_, "spare-", "")) spares.push_back(inode(spare));
    int pipe[2];
    ASSERT_EQ(::pipe(pipe), 0);
    const pid_t child = ::fork();
    if (child == 0) go_on(dir_, acknowledged, pipe[1]);
    ::close(pipe[1]);
    int last = 0;
    int seen = 0;
    for (; seen < 20 + round * 7 % 31 && ::read(pipe[0], &last, sizeof last) == sizeof last; ++seen) {
    }
    ::kill(child, SIGKILL);
    while (::read(pipe[0], &last, sizeof last) == sizeof last) {
    }
    ::close(pipe[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself, with " << WEXITSTATUS(status);
    ASSERT_GE(seen, 20);
    acknowledged = last + 1;
    recycled += std::count(spares.begin(), spares.end(), inode(newest_wal(dir_))) > 0 ? 1 : 0;
  }
  EXPECT_GT(recycled, kKills / 2) << "else this shows nothing";
  testing::in_child([&] {
    const auto log = RocksLog::open(dir_);
    if (!log || !testing::read_all(**log, acknowledged).whole) {
      ::_exit(log && static_cast<int>(*(*log)->count({})) == acknowledged + 1 ? 0 : 1);
    }
  });
}

// Logs become spares while the engine runs, and are written again, over and over.
TEST_F(RecycledLog, GoesRoundAndLosesNothing) {
  constexpr std::size_t kEventBytes = 100'000;
  constexpr int kMore = 900;  // 270 MB, twice what the logs may hold
  std::size_t most = 0;       // spares at once
  auto log = RocksLog::open(dir_);
  ASSERT_TRUE(log) << log.error().message;
  for (int i = kSagas; i < kSagas + kMore; ++i) {
    ASSERT_TRUE((*log)->commit(testing::full_saga(i, (*log)->store_id(), kEventBytes)));
    most = std::max(most, testing::files_of(dir_, "sp", "").size());
  }
  EXPECT_GT(most, 0U);
  EXPECT_LE(most, SpareLogs::kMost);
  (*log).reset();
  expect_whole(kSagas + kMore);
}

}  // namespace
}  // namespace skald::store
