// A flipped bit, a cut or a missing file, in each kind of file of the folder: the store opens whole or refuses; it
// never comes up quietly short.

#include <sys/resource.h>

#include "tests/store/folders.h"

namespace skald::store {
namespace {

using testing::copy_folder;
using testing::files_of;
using testing::Found;
using testing::open_and_read;
using testing::size_of;

// Damages copies of a folder whose engine was killed, one after another.
class DamageTest : public ::testing::Test {
 protected:
  // The files of a fresh copy.
  std::vector<std::string> fresh(const std::string& begin, const std::string& end = "") {
    copy_folder(intact_, dir_);
    return files_of(dir_, begin, end);
  }
  void expect_intact_is_whole() {
    copy_folder(intact_, dir_);
    const Found found = open_and_read(dir_, sagas_);
    ASSERT_TRUE(found.whole) << found.error.message;
  }
  // What comes of the copy as it now is. It must not be short, and what is refused must be told.
  bool whole(const std::string& what) {
    const Found found = open_and_read(dir_, sagas_);
    if (found.whole) return true;
    EXPECT_EQ(found.error.kind, ErrorKind::kDamaged) << what << ": " << found.error.code << ": " << found.error.message;
    EXPECT_NE(found.error.message.find("backup"), std::string::npos) << what << ": " << found.error.message;
    return false;
  }
  // Flips one bit every `step` bytes of those files. How many of the folders were whole all the same, and how many not.
  std::pair<int, int> flip_through(const std::string& begin, const std::string& end, std::uint64_t step) {
    std::pair<int, int> ends;
    const std::size_t count = fresh(begin, end).size();
    EXPECT_GT(count, 0U);
    for (std::size_t which = 0; which < count; ++which) {
      const std::uint64_t size = size_of(fresh(begin, end)[which]);
      for (std::uint64_t at = which % step; at < size && !HasFailure(); at += step) {
        const std::string file = fresh(begin, end)[which];
        const int bit = static_cast<int>(at * 5 % 8);
        testing::flip(file, at, bit);
        ++(whole(file + " byte " + std::to_string(at) + " bit " + std::to_string(bit)) ? ends.first : ends.second);
      }
    }
    return ends;
  }
  // Cuts the newest of those files every `step` bytes; none of what is left may open.
  void cut_through(const std::string& begin, const std::string& end, std::uint64_t step) {
    const std::uint64_t size = size_of(fresh(begin, end).back());
    for (std::uint64_t keep = 0; keep < size && !HasFailure(); keep += step) {
      const std::string file = fresh(begin, end).back();
      std::filesystem::resize_file(file, keep);
      EXPECT_FALSE(whole(file + " cut to " + std::to_string(keep)));
    }
  }
  void remove_each(const std::string& begin, const std::string& end, bool stays_whole) {
    const std::size_t count = fresh(begin, end).size();
    EXPECT_GT(count, 0U);
    for (std::size_t which = 0; which < count && !HasFailure(); ++which) {
      const std::string file = fresh(begin, end)[which];
      std::filesystem::remove(file);
      EXPECT_EQ(whole(file + " removed"), stays_whole) << file;
    }
  }

  int sagas_ = 0;
  const testing::TempDir root_;
  const std::string intact_ = root_.path() + "/intact";
  const std::string dir_ = root_.path() + "/damaged";
};

// Tables of two generations, and a write-ahead log.
class Damage : public DamageTest {
 protected:
  void SetUp() override {
    sagas_ = 36;
    testing::fill_and_kill(intact_, 0, 12);
    testing::fill_and_kill(intact_, 12, 24);  // opening it has moved the first dozen from the log into tables
    testing::fill_and_kill(intact_, 24, sagas_);
    expect_intact_is_whole();
  }
};

TEST_F(Damage, AFlippedBitInTheWriteAheadLogIsRefused) { EXPECT_EQ(flip_through("", ".log", 97).first, 0); }
TEST_F(Damage, WhatLiesBehindTheWriteAheadLogMeansNothing) {
  const std::string log = fresh("", ".log").back();
  const std::uint64_t file = std::filesystem::file_size(log);
  ASSERT_GT(file, size_of(log) + 100) << "small writes have zeros ahead of them";
  for (std::uint64_t at = size_of(log); at < file; at += at / 7) {
    testing::flip(fresh("", ".log").back(), at, static_cast<int>(at % 8));
    EXPECT_TRUE(whole("byte " + std::to_string(at)));
    std::filesystem::resize_file(fresh("", ".log").back(), at);
    EXPECT_TRUE(whole("cut to " + std::to_string(at)));
  }
}
TEST_F(Damage, AFlippedBitInTheManifestIsRefused) { EXPECT_EQ(flip_through("MANIFEST-", "", 13).first, 0); }
TEST_F(Damage, AFlippedBitInCurrentIsRefused) { EXPECT_EQ(flip_through("CURRENT", "", 1).first, 0); }
TEST_F(Damage, AFlippedBitInATableIsMetWhenItIsRead) {
  const auto [unharmed, told] = flip_through("", ".sst", 331);
  EXPECT_GT(told, unharmed) << "most bytes of a table mean something";
}
// Nothing that is stored depends on these.
TEST_F(Damage, AFlippedBitInIdentityHarmsNothing) { EXPECT_EQ(flip_through("IDENTITY", "", 5).second, 0); }
TEST_F(Damage, AFlippedBitInTheOptionsHarmsNothing) { EXPECT_EQ(flip_through("OPTIONS-", "", 4'999).second, 0); }

TEST_F(Damage, AFlippedBitInTheHighWaterMarkHarmsNothing) {
  fresh("");
  const std::uint64_t size = std::filesystem::file_size(dir_ + "/HIGHWATER");
  ASSERT_GT(size, 60U) << "it names log files";
  for (std::uint64_t at = 0; at < size; at += 4) {
    fresh("");
    testing::flip(dir_ + "/HIGHWATER", at, static_cast<int>(at % 8));
    EXPECT_TRUE(whole("HIGHWATER byte " + std::to_string(at)));
  }
}

TEST_F(Damage, ACutWriteAheadLogIsRefusedWhereverItIsCut) { cut_through("", ".log", 149); }
TEST_F(Damage, ACutManifestIsRefusedWhereverItIsCut) { cut_through("MANIFEST-", "", 37); }
TEST_F(Damage, ACutTableIsRefusedWhereverItIsCut) { cut_through("", ".sst", 97); }

TEST_F(Damage, AMissingWriteAheadLogIsRefused) { remove_each("", ".log", false); }
TEST_F(Damage, AMissingTableIsRefused) { remove_each("", ".sst", false); }
TEST_F(Damage, AMissingManifestIsRefused) { remove_each("MANIFEST-", "", false); }
TEST_F(Damage, AMissingCurrentIsRefused) { remove_each("CURRENT", "", false); }
TEST_F(Damage, MissingOptionsHarmNothing) { remove_each("OPTIONS-", "", true); }
TEST_F(Damage, AMissingIdentityHarmsNothing) { remove_each("IDENTITY", "", true); }

TEST_F(Damage, MissingFilesOfOursHarmNothing) {
  for (const char* file : {"/HIGHWATER", "/engine.lock"}) {
    fresh("");
    ASSERT_TRUE(std::filesystem::remove(dir_ + file));
    EXPECT_TRUE(whole(file));
  }
}

TEST_F(Damage, ARefusedFolderIsLeftAsItIs) {
  std::filesystem::remove(fresh("", ".log").back());
  const auto files = files_of(dir_, "", "");
  EXPECT_FALSE(whole("first try"));
  EXPECT_FALSE(whole("second try")) << "trying again does not make it good";
  EXPECT_EQ(files_of(dir_, "", ""), files);
}

TEST_F(Damage, AReaderRefusesWhatTheEngineWouldRefuse) {
  std::filesystem::remove(fresh("", ".log").back());
  const auto gone = RocksLog::open_reader(dir_);
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, "log-lost");
  testing::flip(fresh("", ".log").back(), 4, 7);
  const auto changed = RocksLog::open_reader(dir_);
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, "damaged-log");
  fresh("");
  EXPECT_TRUE(RocksLog::open_reader(dir_));
}

TEST_F(Damage, AReaderSaysWhichFileItCannotOpen) {
  const std::string table = fresh("", ".sst").front();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{10, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const auto refused = RocksLog::open_reader(dir_);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "open-failed");
  EXPECT_NE(refused.error().message.find(std::filesystem::path(table).parent_path()), std::string::npos)
      << refused.error().message;
  EXPECT_NE(refused.error().message.find("Too many open files"), std::string::npos) << refused.error().message;
}

TEST_F(Damage, AReaderRefusesAStoreThatLacksATable) {
  const std::size_t count = fresh("", ".sst").size();
  for (std::size_t which = 0; which < 2 * count; ++which) {
    const std::string table = fresh("", ".sst")[which / 2];
    const bool cut = which % 2 != 0;
    cut ? std::filesystem::resize_file(table, size_of(table) / 2) : (void)std::filesystem::remove(table);
    const auto reader = RocksLog::open_reader(dir_);
    ASSERT_FALSE(reader) << table << (cut ? " cut" : " removed");
    EXPECT_EQ(reader.error().code, "damaged-log") << reader.error().message;
    EXPECT_NE(reader.error().message.find(std::filesystem::path(table).stem()), std::string::npos)
        << reader.error().message;
  }
}

TEST_F(Damage, WhereLossIsAcceptedWhatStandsBeforeTheDamageGoesOn) {
  const std::uint64_t size = size_of(fresh("", ".log").back());
  const auto left = [&] {
    const auto log = RocksLog::open(dir_, {.accept_loss = true});
    EXPECT_TRUE(log) << log.error().message;
    if (!log) return -1;
    const auto count = static_cast<int>((*log)->count({}).value_or(0));
    const Found found = testing::read_all(**log, count);
    EXPECT_TRUE(found.whole) << found.error.message;
    return count;
  };
  for (const std::uint64_t at : {size / 3, size / 2, size - 5}) {
    std::filesystem::resize_file(fresh("", ".log").back(), at);
    const int cut = left();
    testing::flip(fresh("", ".log").back(), at, 2);
    const int flipped = left();
    EXPECT_GE(cut, 24);
    EXPECT_LT(cut, 36);
    EXPECT_LE(flipped, cut);
    EXPECT_TRUE(RocksLog::open(dir_)) << "it is accepted once";
  }
  std::filesystem::remove(fresh("", ".log").back());
  EXPECT_EQ(left(), 24);
  EXPECT_TRUE(RocksLog::open(dir_)) << "it is accepted once";
}

TEST_F(Damage, WhereLossIsAcceptedWhatIsLeftOfADatabaseIsKept) {
  std::filesystem::remove(fresh("CURRENT").back());
  const auto log = RocksLog::open(dir_, {.accept_loss = true});
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_EQ(*(*log)->count({}), 0U);
  EXPECT_TRUE(std::filesystem::exists(dir_ + "/log.lost-1"));
}

TEST_F(Damage, AcceptedLossIsNoWayAroundADamagedManifest) {
  const std::string manifest = fresh("MANIFEST-").back();
  std::filesystem::resize_file(manifest, std::filesystem::file_size(manifest) - 1);
  const auto refused = RocksLog::open(dir_, {.accept_loss = true});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kDamaged);
}

// Some column families were flushed, so that there are two write-ahead logs; the older one matters for the others.
class DamageOfTwoLogs : public DamageTest {
 protected:
  void SetUp() override {
    sagas_ = 15;
    testing::fill_and_kill(intact_, 0, sagas_, 150'000);
    ASSERT_GE(fresh("", ".log").size(), 2U);
  }
};

TEST_F(DamageOfTwoLogs, AMissingOneIsRefused) { remove_each("", ".log", false); }

TEST_F(DamageOfTwoLogs, ACutInTheOlderIsRefused) {
  const std::uint64_t size = std::filesystem::file_size(fresh("", ".log").front());
  for (const std::uint64_t keep : {std::uint64_t{0}, size / 2, size - 100'000, size - 1}) {
    const std::string file = fresh("", ".log").front();
    std::filesystem::resize_file(file, keep);
    EXPECT_FALSE(whole(file + " cut to " + std::to_string(keep)));
    const auto accepting = RocksLog::open(dir_, {.accept_loss = true});
    ASSERT_FALSE(accepting) << "the loss would be in the middle";
    EXPECT_EQ(accepting.error().code, "log-lost");
  }
}

TEST_F(DamageOfTwoLogs, AFlippedBitInEitherIsRefused) { EXPECT_EQ(flip_through("", ".log", 750'019).first, 0); }

}  // namespace
}  // namespace skald::store
