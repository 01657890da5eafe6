// What RocksDB's version adds: files that outlive the process, and what becomes of them.

#include "store/store_folder.h"
#include "tests/store/folders.h"
#include "tests/store/raw_store.h"

namespace skald::store {
namespace {

using testing::in_child;
using testing::newest_wal;
using testing::run_at;
using testing::saga;
using testing::started;
using testing::TempDir;

std::unique_ptr<RocksLog> open(const std::string& dir, const OpenOptions& options = {}) {
  auto log = RocksLog::open(dir, options);
  EXPECT_TRUE(log) << log.error().message;
  return log ? std::move(*log) : nullptr;
}

// A store with `count` sagas, whose process ended without closing it.
void make_killed(const std::string& dir, int count) {
  in_child([&] {
    auto log = RocksLog::open(dir);
    if (!log) ::_exit(1);
    for (int i = 0; i < count; ++i) {
      if (!(*log)->commit(started(saga(run_at(1000 + i), "s" + std::to_string(i), 1000 + i), (*log)->store_id()))) {
        ::_exit(2);
      }
    }
    (void)log->release();
  });
}

TEST(RocksLog, KeepsEverythingAfterAKill) {
  const TempDir dir;
  make_killed(dir.path(), 20);
  const auto log = open(dir.path());
  ASSERT_TRUE(log);
  EXPECT_EQ(*log->count({}), 20U);
  EXPECT_TRUE(verify_chain(*log, run_at(1019)));
}

// What stands in the write-ahead log alone is read whole at the next opening.
TEST(RocksLog, AStoreThatIsClosedLeavesLittleToBeReadAgain) {
  const TempDir dir;
  constexpr int kCommits = 24;
  const auto logged = [&] {
    std::uintmax_t bytes = 0;
    for (const std::string& file : testing::files_of(dir.path(), "", ".log")) bytes += std::filesystem::file_size(file);
    return bytes;
  };
  {
    const auto log = open(dir.path());
    for (int i = 0; i < kCommits; ++i) {
      Summary summary = saga(run_at(1000 + i), "s" + std::to_string(i), 1000 + i);
      Batch batch;
      testing::add_events(batch, summary, log->store_id(), 4, std::string(100'000, 'x'));
      batch.ids.emplace_back(summary.id, summary.run);
      batch.summaries.push_back({summary, ""});
      ASSERT_TRUE(log->commit(batch));
    }
    EXPECT_GT(logged(), 9'000'000U);
  }
  EXPECT_LT(logged(), 100'000U);
  const auto log = open(dir.path());
  ASSERT_TRUE(log);
  EXPECT_EQ(*log->count({}), static_cast<std::uint64_t>(kCommits));
  EXPECT_TRUE(verify_chain(*log, run_at(1000)));
}

TEST(RocksLog, IdentityOfAStoreOutlivesIt) {
  const TempDir dir;
  std::string id;
  std::string secret;
  {
    const auto log = open(dir.path(), {.shards = 5});
    id = log->store_id();
    secret = log->meta("secret")->value();
    EXPECT_EQ(id.size(), 32U);
    EXPECT_EQ(secret.size(), 32U);
  }
  const auto again = open(dir.path(), {.shards = 9});
  EXPECT_EQ(again->store_id(), id);
  EXPECT_EQ(again->shards(), 5U);
  EXPECT_EQ(again->meta("secret")->value(), secret);
  const TempDir other;
  EXPECT_NE(open(other.path())->store_id(), id);
}

// The store as one that was made before the counts were kept.
void forget_counts(const std::string& dir) {
  testing::RawStore raw(dir);
  ASSERT_TRUE(raw.db().Delete({}, raw.family("meta"), "counts").ok());
}

TEST(RocksLog, ItsCountsOutliveItAndAreMadeWhereTheyAreMissing) {
  const TempDir dir;
  const auto ended = [&](RocksLog& log, int i) {
    Summary summary = saga(run_at(1000 + i), "s" + std::to_string(i), 1000 + i);
    Batch batch = started(summary, log.store_id());
    batch.summaries.back().now.status = "completed";
    ASSERT_TRUE(log.commit(batch));
  };
  {
    const auto log = open(dir.path());
    for (int i = 0; i < 3; ++i) ended(*log, i);
    ASSERT_TRUE(log->commit(started(saga(run_at(1010), "s10", 1010), log->store_id())));
    EXPECT_EQ(*log->count({.status = "completed"}), 3U);
    EXPECT_EQ(*log->count({.status = "running"}), 1U);
  }
  ended(*open(dir.path()), 4);
  EXPECT_EQ(*open(dir.path())->count({.status = "completed"}), 4U);
  forget_counts(dir.path());
  EXPECT_EQ(*open(dir.path())->count({.status = "completed"}), 4U) << "counted one by one";
  ended(*open(dir.path()), 5);
  EXPECT_EQ(*open(dir.path())->count({.status = "completed"}), 5U);
  EXPECT_EQ(*open(dir.path())->count({}), 6U);
}

TEST(RocksLog, ATornTailLosesOnlyTheTail) {
  const TempDir dir;
  make_killed(dir.path(), 5);
  const std::string wal = newest_wal(dir.path());
  std::filesystem::resize_file(wal, testing::size_of(wal) - 3);
  // What was cut had been durable, so that it is not passed over in silence.
  const auto refused = RocksLog::open(dir.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "log-lost");
  const auto log = open(dir.path(), {.accept_loss = true});
  EXPECT_EQ(*log->count({}), 4U);
}

TEST(RocksLog, ATailThatWasNeverDurableIsCutInSilence) {
  const TempDir dir;
  make_killed(dir.path(), 5);
  const std::string wal = newest_wal(dir.path());
  std::filesystem::resize_file(wal, testing::size_of(wal));
  std::ofstream(wal, std::ios::app | std::ios::binary) << std::string("\x12\x34\x56\x78\x40\x00\x01torn", 11);
  const auto log = open(dir.path());
  EXPECT_EQ(*log->count({}), 5U);
}

TEST(RocksLog, AChangedByteInTheLogIsRefused) {
  const TempDir dir;
  make_killed(dir.path(), 20);
  const std::string wal = newest_wal(dir.path());
  testing::flip(wal, testing::size_of(wal) / 2, 4);
  const auto refused = RocksLog::open(dir.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kDamaged);
  EXPECT_EQ(refused.error().code, "damaged-log") << refused.error().message;
}

TEST(RocksLog, AVanishedLogFileIsNoticed) {
  const TempDir dir;
  make_killed(dir.path(), 5);
  std::filesystem::remove(newest_wal(dir.path()));
  const auto refused = RocksLog::open(dir.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kDamaged);
  EXPECT_EQ(refused.error().code, "log-lost");
  EXPECT_NE(refused.error().message.find("backup"), std::string::npos);
}

TEST(RocksLog, AVanishedDatabaseIsNoticed) {
  const TempDir dir;
  make_killed(dir.path(), 1);
  std::filesystem::remove_all(database_path(dir.path()));
  const auto refused = RocksLog::open(dir.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "log-lost");
}

// Makes the mark as earlier versions wrote it.
void write_mark_with_fnv1a(const std::string& dir) {
  Mark mark = *HighWater::read(dir);
  for (auto& [name, file] : mark.files) {
    std::ifstream in(database_path(dir) + "/" + name, std::ios::binary);
    std::string bytes(file.bytes, '\0');
    ASSERT_TRUE(in.read(bytes.data(), static_cast<std::streamsize>(bytes.size())));
    FileHash hash(HashKind::kFnv1a);
    hash.add(bytes);
    file = {file.bytes, hash.value(), HashKind::kFnv1a};
  }
  std::ofstream(dir + "/HIGHWATER", std::ios::binary | std::ios::trunc) << encode(mark);
}

TEST(RocksLog, IsHeldAgainstTheMarkOfAnEarlierVersion) {
  const TempDir dir;
  make_killed(dir.path(), 3);
  write_mark_with_fnv1a(dir.path());
  EXPECT_EQ(*open(dir.path())->count({}), 3U);
  make_killed(dir.path(), 1);
  write_mark_with_fnv1a(dir.path());
  testing::flip(newest_wal(dir.path()), 20, 4);
  const auto refused = RocksLog::open(dir.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "damaged-log") << refused.error().message;
}

TEST(RocksLog, ATornHighWaterMarkKeepsNobodyOut) {
  const TempDir dir;
  make_killed(dir.path(), 2);
  std::ofstream(dir.path() + "/HIGHWATER", std::ios::binary | std::ios::trunc) << std::string(16, '\0');
  EXPECT_EQ(*open(dir.path())->count({}), 2U);
}

TEST(RocksLog, WhetherAFolderIsInUseIsAskedWithoutTakingIt) {
  const TempDir dir;
  EXPECT_FALSE(in_use(dir.path())) << "nobody has ever opened it";
  {
    const auto log = open(dir.path());
    EXPECT_TRUE(in_use(dir.path()));
    EXPECT_TRUE(in_use(dir.path())) << "asking changes nothing";
  }
  EXPECT_FALSE(in_use(dir.path())) << "the lock goes with its holder";
}

TEST(RocksLog, AFolderInUseIsRefusedByName) {
  const TempDir dir;
  const auto log = open(dir.path());
  const auto second = RocksLog::open(dir.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(second.error().code, "folder-in-use");
  EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())), std::string::npos)
      << second.error().message;
}

TEST(RocksLog, AStoreOfFormat1IsReadAsItIsAndTakenOnByWhoeverWrites) {
  const TempDir dir;
  {
    const auto log = open(dir.path());
    Batch batch = started(saga(run_at(1000), "s", 1000), log->store_id());
    batch.meta = {{"format", "1"}};
    ASSERT_TRUE(log->commit(batch));
  }
  {
    const auto reader = RocksLog::open_reader(dir.path());
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ(*(*reader)->meta("format"), "1");
  }
  EXPECT_EQ(*open(dir.path())->meta("format"), "2");
  EXPECT_EQ(*open(dir.path())->count({}), 1U);
}

TEST(RocksLog, AnUnknownFormatIsRefused) {
  const TempDir dir;
  {
    const auto log = open(dir.path());
    Batch batch;
    batch.meta = {{"format", "99"}};
    ASSERT_TRUE(log->commit(batch));
  }
  const auto refused = RocksLog::open(dir.path());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "unknown-format");
  EXPECT_NE(refused.error().message.find("99"), std::string::npos);
}

TEST(RocksLog, BadShardsAndMissingStoresAreRefused) {
  const TempDir dir;
  EXPECT_EQ(RocksLog::open(dir.path(), {.shards = 0}).error().code, "bad-shards");
  EXPECT_EQ(RocksLog::open(dir.path(), {.shards = 4097}).error().code, "bad-shards");
  EXPECT_EQ(RocksLog::open(dir.path(), {.create_if_missing = false}).error().code, "no-store");
  EXPECT_EQ(RocksLog::open_reader(dir.path()).error().code, "no-store");
  EXPECT_EQ(RocksLog::open("/proc/nowhere").error().code, "folder-unusable");
}

TEST(RocksReader, SeesADeadStoreAndWritesNothing) {
  const TempDir dir;
  make_killed(dir.path() + "/engine", 3);
  const auto before = std::filesystem::last_write_time(database_path(dir.path() + "/engine"));
  {
    const auto reader = RocksLog::open_reader(dir.path());
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ(*(*reader)->count({}), 3U);
    EXPECT_EQ((*reader)->commit({}).error().code, "read-only");
  }
  EXPECT_EQ(std::filesystem::last_write_time(database_path(dir.path() + "/engine")), before);
}

TEST(RocksReader, SeesWhatALivingStoreHasCommitted) {
  const TempDir dir;
  const auto log = open(dir.path());
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(log->commit(started(saga(run_at(1000 + i), "s" + std::to_string(i), 1000), log->store_id())));
    const auto reader = RocksLog::open_reader(dir.path());
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ(*(*reader)->count({}), static_cast<std::uint64_t>(i + 1));
    EXPECT_EQ((*reader)->events(run_at(1000), 1, 10)->size(), 3U);
  }
}

TEST(RocksLog, AMissingEventIsDamage) {
  const TempDir dir;
  const auto log = open(dir.path());
  Batch batch = started(saga(run_at(1000), "s", 1000), log->store_id());
  batch.events.erase(batch.events.begin() + 1);
  ASSERT_TRUE(log->commit(batch));
  const auto events = log->events(run_at(1000), 1, 10);
  ASSERT_FALSE(events);
  EXPECT_EQ(events.error().code, "damaged-history");
}

}  // namespace
}  // namespace skald::store
