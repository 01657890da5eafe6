// A real disk that is full.

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>

#include "tests/store/folders.h"
#include "tests/store/small_disk.h"

namespace skald::store {
namespace {

using testing::Found;

constexpr std::size_t kEventBytes = 100'000;

// What a process told before it ended.
struct Told {
  int acknowledged = 0;
  std::array<char, 64> failure{};  // the code of the error
  bool aborted = false;
};

// Runs it in a process of its own. Debian's RocksDB checks itself with assertions, and may end a process whose writes
// failed for want of room; that is as good as an error, as long as nothing is harmed.
Told apart(const std::function<void(Told&)>& what) {
  void* shared = ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  Told& told = *new (shared) Told;
  const pid_t child = ::fork();
  if (child == 0) {
    what(told);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) || WTERMSIG(status) == SIGABRT) << status;
  told.aborted = WIFSIGNALED(status);
  const Told copy = told;
  ::munmap(shared, sizeof(Told));
  return copy;
}

void note(Told& told, const Error& error) { error.code.copy(told.failure.data(), told.failure.size() - 1); }

TEST(FullDisk, AFullDiskStopsTheLogAndLosesNothing) {
  testing::SmallDisk disk(24);
  if (!disk.mounted()) GTEST_SKIP() << "mounting a small file system needs root";
  const std::string dir = disk.path() + "/engine";
  const Told filled = apart([&](Told& told) {
    const auto log = RocksLog::open(dir);
    if (!log) return note(told, log.error());
    for (int i = 0; i < 1'000; ++i) {
      const Status status = (*log)->commit(testing::full_saga(i, (*log)->store_id(), kEventBytes));
      if (!status) return note(told, (*log)->commit({}).error());
      ++told.acknowledged;
    }
  });
  if (!filled.aborted) {
    EXPECT_STREQ(filled.failure.data(), "disk-full");
  }
  EXPECT_GT(filled.acknowledged, 20);

  // As long as there is no room, it says so and harms nothing.
  for (int tries = 0; tries < 2; ++tries) {
    const Told again = apart([&](Told& told) {
      const auto full = RocksLog::open(dir);
      if (!full) note(told, full.error());  // or RocksDB found room after all: the failed write had been cut off
    });
    const std::string code = again.failure.data();
    EXPECT_TRUE(code.empty() || code == "disk-full") << code;
  }
  disk.resize(128);
  const auto log = RocksLog::open(dir);
  ASSERT_TRUE(log) << log.error().message;
  const auto count = static_cast<int>((*log)->count({}).value_or(0));
  EXPECT_GE(count, filled.acknowledged);
  EXPECT_LE(count, filled.acknowledged + 1) << "the failed write may have arrived";
  const Found found = testing::read_all(**log, count);
  EXPECT_TRUE(found.whole) << found.error.message;
  EXPECT_TRUE((*log)->commit(testing::full_saga(count, (*log)->store_id(), kEventBytes)));
}

}  // namespace
}  // namespace skald::store
