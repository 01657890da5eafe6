#include "store/spare_logs.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fstream>

#include "store/log_end.h"
#include "tests/store/support.h"

namespace skald::store {
namespace {

constexpr std::size_t kSize = SpareLogs::kLeastBytes + 100;

class Spares : public ::testing::Test {
 protected:
  std::string make(const std::string& name, std::size_t bytes = kSize) {
    std::ofstream(dir_.path() + "/" + name, std::ios::binary) << std::string(bytes, 'x');
    return dir_.path() + "/" + name;
  }
  std::string read(const std::string& path) const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  testing::TempDir dir_;
};

TEST_F(Spares, AKeptFileComesBackOnce) {
  SpareLogs spares(dir_.path());
  EXPECT_EQ(spares.take(), std::nullopt);
  const std::string path = make("000007.log");
  ASSERT_TRUE(spares.keep(path));
  EXPECT_FALSE(std::filesystem::exists(path));
  const auto taken = spares.take();
  ASSERT_TRUE(taken);
  EXPECT_EQ(read(*taken), std::string(kSize, 'x'));
  EXPECT_EQ(spares.take(), std::nullopt);
}

TEST_F(Spares, AShortFileIsNotWorthIt) {
  SpareLogs spares(dir_.path());
  const std::string path = make("000007.log", SpareLogs::kLeastBytes - 1);
  EXPECT_FALSE(spares.keep(path));
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(Spares, WhatSomebodyReadsIsNotTaken) {
  SpareLogs spares(dir_.path());
  const std::string path = make("000007.log");
  const int reader = ::open(path.c_str(), O_RDONLY);
  ASSERT_EQ(::flock(reader, LOCK_SH), 0);
  EXPECT_FALSE(spares.keep(path));
  EXPECT_TRUE(std::filesystem::exists(path));
  ::close(reader);
  EXPECT_TRUE(spares.keep(path));
}

TEST_F(Spares, ThereAreOnlySoMany) {
  SpareLogs spares(dir_.path());
  for (std::size_t i = 0; i < SpareLogs::kMost; ++i)
    ASSERT_TRUE(spares.keep(make("00001" + std::to_string(i) + ".log")));
  const std::string path = make("000020.log");
  EXPECT_FALSE(spares.keep(path));
  ASSERT_TRUE(spares.take());
  EXPECT_TRUE(spares.keep(path)) << "one has gone";
}

TEST_F(Spares, TheyOutliveTheProcess) {
  {
    SpareLogs spares(dir_.path());
    ASSERT_TRUE(spares.keep(make("000007.log")));
    ASSERT_TRUE(spares.keep(make("000008.log")));
  }
  make("spare-x");  // not ours
  SpareLogs spares(dir_.path());
  ASSERT_TRUE(spares.keep(make("000009.log")));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(spares.take());
  EXPECT_EQ(spares.take(), std::nullopt);
}

TEST_F(Spares, TheBeginOfABlockIsClearedBeforeAWriteGetsThere) {
  const std::string path = make("spare-0", 3 * ClearedBlocks::kAhead * kLogBlock + 3);
  ClearedBlocks blocks(path);
  std::uint64_t cleared = 0;
  for (const std::uint64_t end :
       {std::uint64_t{0}, std::uint64_t{100}, std::uint64_t{kLogBlock}, 5'000'000UL, 9'000'000UL}) {
    ASSERT_TRUE(blocks.reach(end));
    const std::string bytes = read(path);
    cleared = end / kLogBlock + ClearedBlocks::kAhead;
    for (std::uint64_t block = 0; block * kLogBlock + kLogHeader <= bytes.size(); ++block) {
      const std::string header = bytes.substr(block * kLogBlock, kLogHeader);
      ASSERT_EQ(header, std::string(kLogHeader, block <= cleared ? '\0' : 'x')) << block;
    }
    ASSERT_EQ(bytes.size(), std::filesystem::file_size(path)) << "it does not grow";
  }
  EXPECT_EQ(blocks.count(), cleared + 1);
}

TEST_F(Spares, WhatCannotBeClearedIsNotWrittenOver) {
  ClearedBlocks none(dir_.path() + "/none");
  EXPECT_FALSE(none.reach(0));
}

TEST_F(Spares, SmallWritesOfANewLogFindZerosAheadOfThem) {
  const std::string path = make("000001.log", 0);
  ZerosAhead zeros(path);
  constexpr std::uint64_t kSmall = ZerosAhead::kSmall;
  zeros.reach(0, kSmall + 1);
  EXPECT_EQ(read(path), "") << "a large write is not worth it";
  zeros.reach(1'000, 1'100);
  EXPECT_EQ(read(path), std::string(1'100 + ZerosAhead::kChunk, '\0'));
  make("000001.log", 1'200 + ZerosAhead::kChunk);
  zeros.reach(ZerosAhead::kChunk, 1'100 + ZerosAhead::kChunk);
  zeros.reach(1'100 + ZerosAhead::kChunk, 1'200 + ZerosAhead::kChunk);
  EXPECT_EQ(read(path), std::string(1'200 + ZerosAhead::kChunk, 'x') + std::string(ZerosAhead::kChunk, '\0'))
      << "what is about to be written stays as it is, and zeros are written where there are none yet";
}

TEST_F(Spares, WhereNoZerosCanBeWrittenThereAreNone) {
  ZerosAhead none(dir_.path() + "/none");
  none.reach(0, 1);
  EXPECT_FALSE(std::filesystem::exists(dir_.path() + "/none"));
}

}  // namespace
}  // namespace skald::store
