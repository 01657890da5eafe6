// The share of the simulation that runs in the gate; ./run simulate runs more.

#include "tests/simulation/simulation.h"

#include <gtest/gtest.h>

#include "engine/base/log.h"

namespace skald::simulation {
namespace {

constexpr std::uint64_t kSeedsOfAShare = kUnderThreadSanitizer ? 25 : 125;

class Seeds : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Seeds, BreakNoRule) {
  setup_logging("off");
  Meetings meetings;
  for (std::uint64_t i = 0; i < kSeedsOfAShare; ++i) {
    const std::uint64_t seed = GetParam() * kSeedsOfAShare + i + 1;
    const Report report = simulate(seed);
    ASSERT_FALSE(report.broken) << "seed " << seed << ": " << *report.broken << "; ./run simulate --seed " << seed;
    EXPECT_GE(report.sagas, 20U);
    EXPECT_GE(report.steps, 500U);
    EXPECT_GE(report.faults, 5U);
    meetings.add(report.meetings);
  }
  if (kUnderThreadSanitizer) return;  // so few need not meet every fault
  for (std::size_t fault = 0; fault < kFaults; ++fault) {
    EXPECT_GT(meetings.of(static_cast<Fault>(fault)), 0U) << name_of(static_cast<Fault>(fault)) << " met nothing";
  }
}

INSTANTIATE_TEST_SUITE_P(Shares, Seeds, ::testing::Range<std::uint64_t>(0, 4));

TEST(Simulation, ASeedRepeatsExactly) {
  setup_logging("off");
  for (const std::uint64_t seed : {7ULL, 1234ULL, 99999ULL}) {
    const Report first = simulate(seed);
    const Report second = simulate(seed);
    EXPECT_FALSE(first.fingerprint.empty());
    EXPECT_EQ(first.fingerprint, second.fingerprint);
    EXPECT_EQ(first.steps, second.steps);
  }
}

}  // namespace
}  // namespace skald::simulation
