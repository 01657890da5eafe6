#include "engine/runtime/activity.h"

#include <gtest/gtest.h>

namespace skald::runtime {
namespace {

RunId run(int number) { return make_run_id(Time{1'700'000'000'000}, 3, static_cast<std::uint64_t>(number)); }

core::Event of(core::EventType type) {
  core::Event event;
  event.type = type;
  return event;
}

core::Event answered(const std::string& task, std::int64_t took_ms) {
  core::Event event = of(core::EventType::kStepCompleted);
  event.task = task;
  event.started_at = Time{1'000};
  event.finished_at = Time{1'000 + took_ms};
  return event;
}

void note(Activity& activity, const RunId& run, const std::vector<core::Event>& events) {
  activity.note(run, Activity::Done(events));
}

TEST(Activity, TheSlowestTasksComeFirst) {
  Activity activity;
  note(activity, run(1), {answered("a.quick", 2), answered("a.slow", 100), answered("a.slow", 300)});
  const auto slowest = activity.slowest(10);
  ASSERT_EQ(slowest.size(), 2U);
  EXPECT_EQ(slowest[0].task, "a.slow");
  EXPECT_EQ(slowest[0].count, 2U);
  EXPECT_DOUBLE_EQ(slowest[0].mean_ms, 200);
  EXPECT_DOUBLE_EQ(slowest[0].max_ms, 300);
  EXPECT_EQ(activity.slowest(1).size(), 1U);
}

TEST(Activity, AnAttemptWithoutTimesIsCountedAlone) {
  Activity activity;
  note(activity, run(1), {of(core::EventType::kStepFailed), of(core::EventType::kStepScheduled)});
  EXPECT_EQ(activity.totals().steps, 1U);
  EXPECT_EQ(activity.totals().events, 2U);
  EXPECT_TRUE(activity.slowest(10).empty());
}

TEST(Activity, NoMoreTaskTypesAreKeptThanTheLimit) {
  Activity activity;
  for (std::size_t i = 0; i < Activity::kMaxTaskTypes + 5; ++i) {
    note(activity, run(1), {answered("a.t" + std::to_string(i), 1)});
  }
  EXPECT_EQ(activity.slowest(Activity::kMaxTaskTypes * 2).size(), Activity::kMaxTaskTypes);
}

TEST(Activity, TheLastSagasThatWentWrongAreKnownOnceEach) {
  Activity activity;
  for (int i = 0; i < 15; ++i) note(activity, run(i), {of(core::EventType::kSagaFailed)});
  note(activity, run(10), {of(core::EventType::kSagaStuck)});
  note(activity, run(20), {of(core::EventType::kSagaCompleted)});
  const auto troubled = activity.troubled();
  ASSERT_EQ(troubled.size(), Activity::kTroubled);
  EXPECT_EQ(troubled[0], run(10));
  EXPECT_EQ(troubled[1], run(14));
  EXPECT_EQ(std::count(troubled.begin(), troubled.end(), run(10)), 1);
  EXPECT_EQ(activity.totals().ended, 16U);
}

}  // namespace
}  // namespace skald::runtime
