// A real disk that is full.

#include "tests/store/folders.h"
#include "tests/store/small_disk.h"

namespace skald::store {
namespace {

using testing::Found;

TEST(FullDisk, AFullDiskStopsTheLogAndLosesNothing) {
  testing::SmallDisk disk(24);
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small file system needs root";
  const std::string dir = disk.path() + "/engine";
  constexpr std::size_t kEventBytes = 100'000;
  int acknowledged = 0;
  Error failure;
  {
    const auto log = RocksLog::open(dir);
    ASSERT_TRUE(log) << log.error().message;
    for (int i = 0; i < 1'000 && failure.code.empty(); ++i) {
      const Status status = (*log)->commit(testing::full_saga(i, (*log)->store_id(), kEventBytes));
      if (status) {
        ++acknowledged;
      } else {
        failure = status.error();
      }
    }
    EXPECT_EQ((*log)->commit({}).error().code, "disk-full");
  }
  EXPECT_EQ(failure.code, "disk-full") << failure.message;
  EXPECT_EQ(failure.kind, ErrorKind::kIo);
  EXPECT_GT(acknowledged, 20);

  // As long as there is no room, it says so and harms nothing.
  for (int tries = 0; tries < 2; ++tries) {
    const auto full = RocksLog::open(dir);
    if (full) continue;  // RocksDB found room after all: the failed write had been cut off
    EXPECT_EQ(full.error().code, "disk-full") << full.error().message;
  }
  disk.resize(128);
  const auto log = RocksLog::open(dir);
  ASSERT_TRUE(log) << log.error().message;
  const auto count = static_cast<int>((*log)->count({}).value_or(0));
  EXPECT_GE(count, acknowledged);
  EXPECT_LE(count, acknowledged + 1) << "the failed write may have arrived";
  const Found found = testing::read_all(**log, count);
  EXPECT_TRUE(found.whole) << found.error.message;
  EXPECT_TRUE((*log)->commit(testing::full_saga(count, (*log)->store_id(), kEventBytes)));
}

}  // namespace
}  // namespace skald::store
