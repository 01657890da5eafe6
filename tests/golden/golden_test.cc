// Histories that were stored must give the state that they gave, byte for byte.

#include <gtest/gtest.h>

#include <set>

#include "engine/core/event.h"
#include "engine/core/kinds.h"
#include "tests/golden/replay.h"

namespace skald::golden {
namespace {

class Golden : public ::testing::TestWithParam<Stored> {};

TEST_P(Golden, AStoredHistoryGivesTheStateThatItGave) {
  const Stored& history = GetParam();
  ASSERT_FALSE(history.events.empty());
  EXPECT_EQ(text_of(replay(history)), history.state);
}

TEST_P(Golden, AStoredEventIsReadShownAndWrittenAsItWas) {
  const Stored& history = GetParam();
  for (std::size_t i = 0; i < history.events.size(); ++i) {
    const auto event = core::decode_event(history.events[i]);
    ASSERT_TRUE(event) << event.error().message;
    EXPECT_EQ(core::to_value(*event), history.shown[i]);
    EXPECT_EQ(core::encode(*event), history.events[i]) << history.shown[i].dump();
  }
}

INSTANTIATE_TEST_SUITE_P(Histories, Golden, ::testing::ValuesIn(stored()), [](const auto& one) {
  std::string name = one.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(GoldenHistories, HaveEveryTypeOfEvent) {
  std::set<std::string> seen;
  for (const Stored& history : stored()) {
    for (const Value& event : history.shown) seen.insert(event.at("type"));
  }
  for (auto type = core::EventType::kSagaStarted; type <= core::EventType::kOperatorResolve;
       type = static_cast<core::EventType>(static_cast<int>(type) + 1)) {
    EXPECT_EQ(seen.count(std::string(core::name_of(type))), 1U)
        << core::name_of(type) << ": no golden history has it; add a scenario, then golden_test --write-new";
  }
}

void collect_kinds(const definition::Task& task, std::set<std::string>& kinds) {
  kinds.emplace(task.kind->keyword());
  if (task.undo != nullptr) collect_kinds(*task.undo->body, kinds);
  for (const definition::TaskList* list : task.body->lists()) {
    for (const auto& child : *list) collect_kinds(*child, kinds);
  }
}

TEST(GoldenHistories, HaveEveryKindOfTask) {
  std::set<std::string> kinds;
  for (const Stored& history : stored()) collect_kinds(*replay(history).workflow->root, kinds);
  for (const definition::Kind* kind : core::all_kinds()) {
    EXPECT_EQ(kinds.count(std::string(kind->keyword())), 1U) << kind->keyword();
  }
}

}  // namespace
}  // namespace skald::golden
