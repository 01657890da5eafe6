// The share of the simulation that runs in the gate; ./run simulate runs more.

#include "tests/simulation/simulation.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/base/log.h"
#include "tests/simulation/generator.h"

namespace skald::simulation {
namespace {

constexpr std::uint64_t kSeedsOfAShare = kUnderThreadSanitizer ? 25 : 125;

class Seeds : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Seeds, BreakNoRule) {
  setup_logging("off");
  Meetings meetings;
  std::uint64_t children = 0;
  std::uint64_t removed = 0;
  std::uint64_t evicted = 0;
  for (std::uint64_t i = 0; i < kSeedsOfAShare; ++i) {
    const std::uint64_t seed = GetParam() * kSeedsOfAShare + i + 1;
    const Report report = simulate(seed);
    ASSERT_FALSE(report.broken) << "seed " << seed << ": " << *report.broken << "; ./run simulate --seed " << seed;
    EXPECT_GE(report.sagas, 20U);
    EXPECT_GE(report.steps, 500U);
    EXPECT_GE(report.faults, 5U);
    meetings.add(report.meetings);
    children += report.children;
    removed += report.removed;
    evicted += report.evicted;
  }
  EXPECT_GT(children, kSeedsOfAShare);
  EXPECT_GT(removed, kSeedsOfAShare);
  EXPECT_GT(evicted, kSeedsOfAShare);
  if (kUnderThreadSanitizer) return;  // so few need not meet every fault
  for (std::size_t fault = 0; fault < kFaults; ++fault) {
    EXPECT_GT(meetings.of(static_cast<Fault>(fault)), 0U) << name_of(static_cast<Fault>(fault)) << " met nothing";
  }
}

INSTANTIATE_TEST_SUITE_P(Shares, Seeds, ::testing::Range<std::uint64_t>(0, 4));

constexpr std::uint64_t kDefinitionsOfAShare = kUnderThreadSanitizer ? 10 : 50;

class Definitions : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(Definitions, ThatNobodyWroteBreakNoRule) {
  setup_logging("off");
  std::map<std::string, std::uint64_t> events;
  std::uint64_t children = 0;
  for (std::uint64_t i = 0; i < kDefinitionsOfAShare; ++i) {
    const std::uint64_t seed = GetParam() * kDefinitionsOfAShare + i + 1;
    const Report report = simulate(seed, Documents::kGenerated);
    ASSERT_FALSE(report.broken) << "definition " << seed << ": " << *report.broken << "; ./run simulate --definition "
                                << seed << "\n"
                                << report.generated;
    for (const auto& [type, count] : report.events) events[type] += count;
    children += report.children;
  }
  EXPECT_GT(children, kDefinitionsOfAShare);
  if (kUnderThreadSanitizer) return;  // in so few not everything need happen
  for (const char* type :
       {"branch.taken", "loop.round", "error.caught", "context.set", "event.emitted", "event.matched", "timer.fired",
        "step.retry_scheduled", "step.cancelled", "compensation.scheduled", "saga.completed"}) {
    EXPECT_GT(events[type], 0U) << type << " happened in none of them";
  }
}

INSTANTIATE_TEST_SUITE_P(Shares, Definitions, ::testing::Range<std::uint64_t>(0, 4));

TEST(Simulation, DocumentsThatNobodyWroteDiffer) {
  std::set<std::string> sources;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) sources.insert(generated(seed).source);
  EXPECT_GE(sources.size(), 490U) << "small ones may be alike";
}

TEST(Simulation, ASeedRepeatsExactly) {
  setup_logging("off");
  for (const std::uint64_t seed : {7ULL, 1234ULL, 99999ULL}) {
    const Documents documents = seed == 7 ? Documents::kGenerated : Documents::kWritten;
    const Report first = simulate(seed, documents);
    const Report second = simulate(seed, documents);
    EXPECT_FALSE(first.fingerprint.empty());
    EXPECT_EQ(first.fingerprint, second.fingerprint);
    EXPECT_EQ(first.steps, second.steps);
  }
}

// Nothing shows whether a saga was in memory all the time, or was loaded again for each thing that it waited for.
TEST(Simulation, WhatIsEvictedGoesOnAsIfItHadStayed) {
  setup_logging("off");
  constexpr std::uint64_t kCompared = kUnderThreadSanitizer ? 4 : 20;
  std::uint64_t evicted = 0;
  for (std::uint64_t seed = 1; seed <= kCompared; ++seed) {
    const Report stayed = simulate(seed, Documents::kWritten, runtime::kResidentSagas);
    const Report went = simulate(seed, Documents::kWritten, 0);
    EXPECT_EQ(stayed.evicted, 0U);
    EXPECT_EQ(stayed.fingerprint, went.fingerprint) << "seed " << seed;
    EXPECT_EQ(stayed.steps, went.steps) << "seed " << seed;
    evicted += went.evicted;
  }
  EXPECT_GT(evicted, kCompared);
}

}  // namespace
}  // namespace skald::simulation
