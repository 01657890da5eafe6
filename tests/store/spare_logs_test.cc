#include "store/spare_logs.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

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
  // The next one that is ready; none within five seconds.
  static std::optional<std::string> wait_for(SpareLogs& spares) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    auto taken = spares.take();
    for (; !taken && std::chrono::steady_clock::now() < end; taken = spares.take()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return taken;
  }

  testing::TempDir dir_;
};

TEST_F(Spares, AKeptFileComesBackWithoutTheBeginsOfItsBlocks) {
  SpareLogs spares(dir_.path());
  EXPECT_EQ(spares.take(), std::nullopt);
  const std::string path = make("000007.log");
  ASSERT_TRUE(spares.keep(path));
  EXPECT_FALSE(std::filesystem::exists(path));
  const auto taken = wait_for(spares);
  ASSERT_TRUE(taken);
  std::ifstream in(*taken, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  ASSERT_EQ(bytes.size(), kSize);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    ASSERT_EQ(bytes[at], at % kLogBlock < kLogHeader ? '\0' : 'x') << at;
  }
  EXPECT_EQ(spares.take(), std::nullopt) << "it has been taken";
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
  ASSERT_TRUE(wait_for(spares));
  EXPECT_TRUE(spares.keep(path)) << "one has gone";
}

TEST_F(Spares, TheyOutliveTheProcess) {
  {
    SpareLogs spares(dir_.path());
    ASSERT_TRUE(spares.keep(make("000007.log")));
    ASSERT_TRUE(wait_for(spares));
    ASSERT_TRUE(spares.keep(make("000008.log")));
  }
  make("spent-40");  // of a process that was killed before it was ready
  make("spare-x");   // not ours
  SpareLogs spares(dir_.path());
  int found = 0;
  while (found < 3 && wait_for(spares)) ++found;
  EXPECT_EQ(found, 3) << "the first was taken and not renamed, so that it is there again";
  EXPECT_EQ(spares.take(), std::nullopt);
}

}  // namespace
}  // namespace skald::store
