// `for`: rounds over a collection.

#include <fmt/format.h>

#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

constexpr const char* kReserve = R"(
  - all:
      for: { each: line, in: .lines, at: i }
      do:
        - reserve:
            call: stock.reserve
            with: { sku: '${ $line.sku }', position: '${ $i }' }
            compensate: { call: stock.release, with: { was: '${ $forward.input.sku }' } }
  - pay: { call: pay.charge }
)";
const std::string kStep = "/do/0/all/do/0/reserve";
const Value kLines = {{"lines", {{{"sku", "axe"}}, {{"sku", "saw"}}}}};

TEST(For, ItsTasksRunOnceForEachItemWithKeysOfTheirOwn) {
  Saga saga(kReserve);
  saga.start(kLines);
  EXPECT_EQ(saga.find(kStep)->input.value(), (Value{{"sku", "axe"}, {"position", 0}}));
  const std::string first = saga.find(kStep)->key;
  saga.completes(kStep);
  EXPECT_EQ(saga.find(kStep)->input.value(), (Value{{"sku", "saw"}, {"position", 1}}));
  EXPECT_NE(saga.find(kStep)->key, first);
  saga.completes(kStep);
  EXPECT_EQ(saga.in_flight(), Lines{"/do/1/pay"});
}

TEST(For, EachRoundIsUndoneInReverse) {
  Saga saga(kReserve);
  saga.start(kLines).completes(kStep).completes(kStep).rejected("/do/1/pay");
  EXPECT_EQ(outward(saga.state()).tasks[0].input.value(), (Value{{"was", "saw"}}));
  saga.completes(kStep + "/compensate");
  EXPECT_EQ(outward(saga.state()).tasks[0].input.value(), (Value{{"was", "axe"}}));
  saga.completes(kStep + "/compensate");
  EXPECT_EQ(saga.status(), "compensated");
}

// Their keys sort otherwise: ":10" comes before ":2".
TEST(For, ManyRoundsAreUndoneInReverse) {
  constexpr int kRounds = 12;
  Value lines = Value::array();
  for (int i = 0; i < kRounds; ++i) lines.push_back({{"sku", i}});
  Saga saga(kReserve);
  saga.start({{"lines", lines}});
  for (int i = 0; i < kRounds; ++i) saga.completes(kStep);
  saga.rejected("/do/1/pay");
  for (int i = kRounds - 1; i >= 0; --i) {
    ASSERT_EQ(outward(saga.state()).tasks.size(), 1U);
    EXPECT_EQ(outward(saga.state()).tasks[0].input.value(), (Value{{"was", i}}));
    saga.completes(kStep + "/compensate");
  }
  EXPECT_EQ(saga.status(), "compensated");
}

TEST(For, ARoundsOutputIsTheNextOnesInput) {
  Saga saga(
      "  - sum: { for: { in: .n }, do: [ { add: { set: { sum: '${ .sum + $item }', at: '${ $index }' } } } ] }\n");
  saga.start({{"n", {1, 2, 3}}});
  EXPECT_EQ(saga.state().output.value(), (Value{{"sum", 6}, {"at", 2}}));
}

TEST(For, WhileIsAskedBeforeEachRound) {
  Saga saga(R"(
  - sum:
      for: { in: .n }
      while: '(.sum // 0) < 3'
      do: [ { add: { set: { sum: '${ .sum + $item }' } } } ]
)");
  saga.start({{"n", {1, 2, 3, 4}}});
  EXPECT_EQ(saga.state().output.value(), (Value{{"sum", 3}}));
  std::vector<std::string> taken;
  for (const Event& event : saga.history) {
    if (event.type == EventType::kLoopRound) taken.push_back(event.taken + " " + std::to_string(event.round));
  }
  EXPECT_EQ(taken, (Lines{"run 0", "run 1", "end 2"}));
}

TEST(For, OverNothingItsOutputIsItsInput) {
  Saga saga("  - none: { for: { in: .n }, do: [ { add: { call: svc.a } } ] }\n");
  saga.start({{"n", Value::array()}});
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_EQ(saga.state().output.value(), (Value{{"n", Value::array()}}));
}

TEST(For, ExitEndsTheLoop) {
  Saga saga(R"(
  - find:
      for: { in: .n }
      do:
        - look: { switch: [ { found: { when: $item == 2, then: exit } } ] }
        - no: { set: { last: '${ $item }' } }
)");
  saga.start({{"n", {1, 2, 3}}});
  EXPECT_EQ(saga.status(), "completed");
  EXPECT_EQ(saga.state().output.value(), (Value{{"last", 1}}));
}

TEST(For, AnInnerLoopHidesTheVariablesOfTheOuterOne) {
  Saga saga(R"(
  - outer:
      for: { in: .rows }
      do:
        - inner:
            for: { in: $item.cells, at: column }
            do: [ { add: { set: { seen: '${ .seen + [ [$index, $column, $item] ] }' } } } ]
)");
  saga.start({{"rows", {{{"cells", {"a", "b"}}}, {{"cells", {"c"}}}}}});
  EXPECT_EQ(saga.state().output.value()["seen"], (Value{{0, 0, "a"}, {0, 1, "b"}, {1, 0, "c"}}));
}

TEST(For, WhatIsNoListIsAFault) {
  Saga saga("  - all: { for: { in: .n }, do: [ { add: { call: svc.a } } ] }\n");
  saga.start({{"n", 3}});
  EXPECT_EQ(saga.status(), "failed");
  EXPECT_NE(saga.state().error.value()["detail"].get<std::string>().find("number, not a list"), std::string::npos);
}

// What is deeper than a document may be could not be read back from the log.
TEST(For, RoundsThatWrapTheirDataEndWhereItIsTooDeep) {
  for (const char* wrap : {"${ . }", "${ . | . }"}) {
    Saga saga(
        fmt::format("  - deeper: {{ for: {{ in: .list }}, do: [ {{ wrap: {{ set: {{ in: '{}' }} }} }} ] }}\n", wrap));
    saga.start({{"list", std::vector<int>(2 * kMaxValueDepth)}});
    EXPECT_EQ(saga.status(), "failed") << wrap;
    EXPECT_EQ(saga.state().error.value()["detail"], "the data is nested deeper than 127 levels") << wrap;
  }
}

TEST(For, RoundsThatPassOnEverMoreEndWhereItIsTooMuch) {
  Saga saga(R"(
  - more:
      for: { in: .list }
      do:
        - both:
            fork:
              branches:
                - a: { switch: [ { on: { then: continue } } ] }
                - b: { switch: [ { on: { then: continue } } ] }
)");
  saga.limits.payload_bytes = 1'000;
  saga.start({{"list", std::vector<int>(64)}});
  EXPECT_EQ(saga.status(), "failed");
  EXPECT_NE(saga.state().error.value()["detail"].get<std::string>().find("bytes; here it may have 16000"),
            std::string::npos)
      << saga.state().error.json();
}

}  // namespace
}  // namespace skald::core
