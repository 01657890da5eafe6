#include "engine/base/fault_point.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

namespace skald {
namespace {

void pass(const char* point, int times) {
  for (int i = 0; i < times; ++i) SKALD_CRASH_POINT(point);
  std::exit(0);
}

TEST(FaultPoint, DiesAtTheNamedPassage) {
  ::setenv("SKALD_CRASH_AT", "here:3", 1);
  EXPECT_EXIT(pass("here", 3), ::testing::KilledBySignal(SIGKILL), "");
  EXPECT_EXIT(pass("here", 2), ::testing::ExitedWithCode(0), "");
  EXPECT_EXIT(pass("elsewhere", 3), ::testing::ExitedWithCode(0), "");
}

TEST(FaultPoint, CountsOnlyWhileItsFileExists) {
  ::setenv("SKALD_CRASH_AT", "here:1", 1);
  ::setenv("SKALD_CRASH_WHILE", "/nowhere/at/all", 1);
  EXPECT_EXIT(pass("here", 3), ::testing::ExitedWithCode(0), "");
  ::setenv("SKALD_CRASH_WHILE", "/", 1);
  EXPECT_EXIT(pass("here", 3), ::testing::KilledBySignal(SIGKILL), "");
  ::unsetenv("SKALD_CRASH_WHILE");
}

TEST(FaultPoint, RefusesAPlaceThatIsNone) {
  ::setenv("SKALD_CRASH_AT", "here:never", 1);
  EXPECT_DEATH(pass("here", 1), "expected POINT:COUNT");
}

TEST(FaultPoint, ABugIsPlantedUntilItIsTakenOut) {
  EXPECT_FALSE(planted("skip-sync"));
  plant("skip-sync");
  EXPECT_TRUE(planted("skip-sync"));
  EXPECT_FALSE(planted("skip"));
  unplant("skip-sync");
  EXPECT_FALSE(planted("skip-sync"));
}

void expect_both() { std::exit(planted("one") && planted("two") && !planted("three") ? 0 : 1); }

TEST(FaultPoint, TheEnvironmentPlantsBugs) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";  // a process of its own, which reads its own environment
  ::setenv("SKALD_PLANT", "one,two", 1);
  EXPECT_EXIT(expect_both(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace skald
