#include "engine/inspect/state_view.h"

#include <algorithm>
#include <ctime>

#include "engine/inspect/fold.h"
#include "tests/inspect/history.h"
#include "tests/inspect/patched.h"

namespace skald::inspect {
namespace {

// Seconds of the processor, where a fifth of one is usual: sanitizers and busy machines are slower, and what grows with
// the square of a history takes minutes.
constexpr std::clock_t kMuch = 10;

using core::Saga;

// What of a view changes from event to event.
Value changing(Value view) {
  for (const char* fixed : {"id", "run", "seq", "of", "at", "event"}) view.erase(fixed);
  return view;
}

class GoldenState : public ::testing::TestWithParam<History> {};

TEST_P(GoldenState, IsAfterEachEventWhatTheFoldSays) {
  const HistoryReader reader(GetParam());
  core::State state = core::make_state(GetParam().workflow);
  for (const core::Event& event : GetParam().events) {
    core::apply(state, event);
    const Value dumped = core::dump(state);
    const auto view = state_view(reader, reader.run(), event.seq);
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_EQ((*view)["seq"], event.seq);
    EXPECT_EQ((*view)["of"], GetParam().events.size());
    EXPECT_EQ((*view)["event"]["type"], core::name_of(event.type));
    for (const char* same : {"id", "status", "context", "input", "output", "error", "pivot_done"}) {
      EXPECT_EQ((*view)[same], dumped[same]) << same << " after " << event.seq;
    }
    ASSERT_EQ((*view)["steps"].size(), dumped["steps"].size());
    for (const Value& step : (*view)["steps"]) {
      const Value& folded = dumped["steps"][step["key"].get<std::string>()];
      for (const char* same : {"step", "visit", "phase", "attempt", "input", "output", "error", "may_have_effect"}) {
        EXPECT_EQ(step[same], folded[same]) << same << " after " << event.seq;
      }
      EXPECT_EQ(step["outcome"].is_null() ? "none" : step["outcome"], folded["end"]);
      EXPECT_EQ(step["undo"], folded["undo"]["phase"]);
      EXPECT_EQ(step["undo_generation"], folded["undo"]["generation"]);
    }
    EXPECT_EQ((*view)["open"].size(), dumped["frames"].size());
  }
}

TEST_P(GoldenState, ChangesMadeOnOneStateGiveTheOther) {
  const HistoryReader reader(GetParam());
  const std::uint64_t last = GetParam().events.size();
  for (std::uint64_t from = 1; from <= last; ++from) {
    for (const std::uint64_t to : {last, std::min(from + 1, last), last - from + 1}) {
      const auto found = state_changes(reader, reader.run(), from, to);
      ASSERT_TRUE(found) << found.error().message;
      const Value was = changing(state_view(reader, reader.run(), from).value());
      const Value now = changing(state_view(reader, reader.run(), to).value());
      EXPECT_EQ(patched(was, (*found)["changes"]), now) << from << " to " << to;
    }
  }
}

// Otherwise a change at /steps/3 would be about another step on either side.
TEST_P(GoldenState, KeepsEachStepInItsPlace) {
  const HistoryReader reader(GetParam());
  std::vector<std::string> before;
  for (std::uint64_t seq = 1; seq <= GetParam().events.size(); ++seq) {
    std::vector<std::string> keys;
    const Value view = state_view(reader, reader.run(), seq).value();
    for (const Value& step : view["steps"]) keys.push_back(step["key"]);
    ASSERT_LE(before.size(), keys.size());
    EXPECT_TRUE(std::equal(before.begin(), before.end(), keys.begin()));
    before = std::move(keys);
  }
}

INSTANTIATE_TEST_SUITE_P(Histories, GoldenState, ::testing::ValuesIn(golden_histories()), [](const auto& one) {
  std::string name = one.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(StateView, IsOfNowWhereNoEventIsNamed) {
  Saga saga("  - a: { call: svc.a }\n");
  saga.start().completes("/do/0/a", {{"made", 1}});
  const HistoryReader reader(history_of(saga));
  const Value view = state_view(reader, reader.run(), std::nullopt).value();
  EXPECT_EQ(view["seq"], saga.history.size());
  EXPECT_EQ(view["status"], "completed");
  EXPECT_EQ(view["steps"][0]["output"], (Value{{"made", 1}}));
  EXPECT_EQ(view["open"], Value::array());
}

TEST(StateView, ListsWhatIsOpenFromTheOutsideIn) {
  Saga saga("  - outer: { do: [ { inner: { call: svc.a } } ] }\n");
  saga.start();
  const HistoryReader reader(history_of(saga));
  const Value open = state_view(reader, reader.run(), std::nullopt).value()["open"];
  ASSERT_EQ(open.size(), 3U);
  EXPECT_EQ(open[0]["step"], "");
  EXPECT_EQ(open[1]["step"], "/do/0/outer");
  EXPECT_EQ(open[2]["step"], "/do/0/outer/do/0/inner");
}

TEST(StateView, SaysWhichOfAllEventsHasCome) {
  Saga saga("  - told: { listen: { to: { all: [ { with: { type: yes } }, { with: { type: no } } ] } } }\n");
  saga.start();
  const Value event{{"specversion", "1.0"}, {"id", "1"}, {"source", "test"}, {"type", "no"}};
  saga.must(core::TakeEvent{Payload(event), true, {"by hand", "me"}});
  const HistoryReader reader(history_of(saga));
  const auto awaits = [&](std::uint64_t seq) {
    return state_view(reader, reader.run(), seq).value()["open"].back()["awaits"];
  };
  EXPECT_EQ(awaits(2), (Value{{{"type", "yes"}}, {{"type", "no"}}}));
  EXPECT_EQ(awaits(saga.history.size()), (Value{{{"type", "yes"}}, {{"type", "no"}, {"came", true}}}));
}

TEST(StateView, NamesTheLastEventWhereThereIsNoSuchOne) {
  Saga saga("  - a: { call: svc.a }\n");
  saga.start();
  const HistoryReader reader(history_of(saga));
  for (const auto& refused : {state_view(reader, reader.run(), 9), state_changes(reader, reader.run(), 9, 1),
                              state_changes(reader, reader.run(), 1, 9)}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "no-such-event");
    EXPECT_EQ(refused.error().message, "saga saga-1 has no event 9; its last is 2");
  }
  EXPECT_EQ(state_view(reader, reader.run(), 0).error().message, "saga saga-1 has no event 0; its last is 2");
  EXPECT_EQ(state_changes(reader, reader.run(), 0, 1).error().code, "no-such-event");
}

TEST(StateView, ChangesNameTheStepThatTheyAreAbout) {
  Saga saga("  - a: { call: svc.a }\n  - b: { call: svc.b }\n");
  saga.start().completes("/do/0/a");
  const HistoryReader reader(history_of(saga));
  const Value found = state_changes(reader, reader.run(), 2, 3).value()["changes"];
  const auto phase =
      std::find_if(found.begin(), found.end(), [](const Value& change) { return change["path"] == "/steps/0/phase"; });
  ASSERT_NE(phase, found.end());
  EXPECT_EQ(
      *phase,
      (Value{{"path", "/steps/0/phase"}, {"was", "in_flight"}, {"now", "closed"}, {"step", "/do/0/a"}, {"visit", 1}}));
}

TEST(StateView, ShowsReferencesToSecretsOnly) {
  Saga saga("  - a: { call: svc.a, with: { key: '${ $secrets.key }' } }\n", "use: { secrets: [ key ] }\n");
  saga.start();
  const HistoryReader reader(history_of(saga));
  EXPECT_EQ(state_view(reader, reader.run(), std::nullopt).value()["steps"][0]["input"]["key"], "⟦secret:key⟧");
}

TEST(StateView, OfTheLongestHistoryTakesNoLongTime) {
  const HistoryReader reader(long_history(9'999));
  const std::clock_t begun = std::clock();
  const Value view = state_view(reader, reader.run(), std::nullopt).value();
  const std::clock_t took = std::clock() - begun;
  EXPECT_EQ(view["steps"].size(), 10'000U);
  EXPECT_LT(took, kMuch * CLOCKS_PER_SEC);
}

}  // namespace
}  // namespace skald::inspect
