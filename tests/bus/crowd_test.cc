#include "engine/bus/crowd.h"

#include <gtest/gtest.h>

namespace skald::bus {
namespace {

using std::chrono::milliseconds;

TEST(Crowd, LetsFewGoAtOnceAndManyTogether) {
  Crowd crowd;
  const Crowd::Clock::time_point start{milliseconds(1'000)};
  EXPECT_EQ(crowd.add(1, start), Pace::kNow);
  EXPECT_EQ(crowd.add(Crowd::kMany, start + milliseconds(100)), Pace::kSoon);
  EXPECT_EQ(crowd.add(1, start + milliseconds(200)), Pace::kNow);
}

TEST(Crowd, GathersWhatComesFastUntilItComesSlowlyAgain) {
  Crowd crowd;
  Crowd::Clock::time_point now{milliseconds(1'000)};
  int at_once = 0;
  for (int i = 0; i < 1'000; ++i) {
    now += std::chrono::microseconds(50);
    at_once += crowd.add(1, now) == Pace::kNow ? 1 : 0;
  }
  EXPECT_EQ(at_once, static_cast<int>(Crowd::kFast) - 1) << "only until it was known to be fast";
  EXPECT_EQ(crowd.add(1, now + 2 * Crowd::kWindow), Pace::kNow);
}

TEST(Crowd, LeavesASteadyTrickleAlone) {
  Crowd crowd;
  Crowd::Clock::time_point now{milliseconds(1'000)};
  for (int i = 0; i < 1'000; ++i) {
    now += milliseconds(1);
    ASSERT_EQ(crowd.add(4, now), Pace::kNow);
  }
}

}  // namespace
}  // namespace skald::bus
