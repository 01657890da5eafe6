// What an order to undo would do: the plan says what then happens.

#include "engine/core/undo_plan.h"

#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

constexpr const char* kThree = R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - b: { call: svc.b, compensate: { call: undo.b } }
  - c: { call: svc.c, compensate: { call: undo.c } }
)";
constexpr const char* kPivot = R"(
  - a: { call: svc.a, compensate: { call: undo.a } }
  - pay: { call: svc.pay, pivot: true }
  - c: { call: svc.c }
)";
constexpr const char* kA = "/do/0/a";
constexpr const char* kB = "/do/1/b";
constexpr const char* kC = "/do/2/c";
constexpr const char* kPay = "/do/1/pay";
const std::string kUndoA = "/do/0/a/compensate";
const std::string kUndoB = "/do/1/b/compensate";

Lines steps(const UndoPlan& plan) {
  Lines references;
  for (const PlannedUndo& undo : plan.undos) references.push_back(undo.step);
  return references;
}

TEST(UndoPlan, NamesWhatWasDoneInReverseWithItsTasksAndKeys) {
  Saga saga(kThree);
  saga.start().completes(kA).completes(kB).fails(kC);
  const UndoPlan plan = undo_plan(saga.state());
  EXPECT_FALSE(plan.refused);
  EXPECT_TRUE(plan.leaves_behind.empty());
  ASSERT_EQ(steps(plan), (Lines{kB, kA})) << "c was answered with a failure, so there is nothing of it to undo";
  EXPECT_EQ(plan.undos[0].tasks, Lines{"undo.b"});
  EXPECT_EQ(plan.undos[0].key, saga.find(kB)->key + ":undo:1");
  EXPECT_TRUE(plan.undos[0].certain);
}

TEST(UndoPlan, WhatIsInFlightIsUndoneFirstIfItTookEffect) {
  Saga saga(kThree);
  saga.start().completes(kA);
  const UndoPlan plan = undo_plan(saga.state());
  ASSERT_EQ(steps(plan), (Lines{kB, kA}));
  EXPECT_FALSE(plan.undos[0].certain);
  saga.unknown(kB).timer("retry:");
  EXPECT_TRUE(undo_plan(saga.state()).undos[0].certain) << "an attempt before may have taken effect";
}

TEST(UndoPlan, IsWhatThenHappens) {
  for (int done = 0; done < 3; ++done) {
    Saga saga(kThree);
    saga.start();
    const Lines all{kA, kB, kC};
    for (int i = 0; i < done; ++i) saga.completes(all[static_cast<std::size_t>(i)]);
    const UndoPlan plan = undo_plan(saga.state());
    saga.compensates().completes(all[static_cast<std::size_t>(done)]);
    Lines keys;
    while (!saga.state().final) {
      keys.push_back(outward(saga.state()).tasks.at(0).key);
      saga.completes(saga.in_flight().at(0));
    }
    Lines planned;
    for (const PlannedUndo& undo : plan.undos) planned.push_back(undo.key);
    EXPECT_EQ(planned, keys);
    EXPECT_EQ(planned.size(), static_cast<std::size_t>(done) + 1);
  }
}

TEST(UndoPlan, ChangesNothing) {
  Saga saga(kThree);
  saga.start().completes(kA).completes(kB);
  const Value before = dump(saga.state());
  undo_plan(saga.state());
  EXPECT_EQ(dump(saga.state()), before);
}

TEST(UndoPlan, OfASagaThatUndoesIsWhatIsLeft) {
  Saga saga(kThree);
  saga.start().completes(kA).completes(kB).rejected(kC);
  UndoPlan plan = undo_plan(saga.state());
  ASSERT_EQ(steps(plan), (Lines{kB, kA}));
  EXPECT_EQ(plan.undos[0].key, saga.find(kUndoB)->key) << "the one that has begun";
  saga.suspends().completes(kUndoB);
  plan = undo_plan(saga.state());
  EXPECT_EQ(steps(plan), Lines{kA});
  saga.resumes().rejected(kUndoA);
  ASSERT_EQ(saga.status(), "stuck");
  EXPECT_EQ(steps(undo_plan(saga.state())), Lines{kA});
}

TEST(UndoPlan, OfASuspendedSagaIsThatOfTheSagaAsItStands) {
  Saga saga(kThree);
  saga.start().completes(kA).completes(kB).suspends();
  EXPECT_EQ(steps(undo_plan(saga.state())), (Lines{kC, kB, kA}));
}

TEST(UndoPlan, ListsTheTasksOfAListAndStandsForAComposite) {
  Saga saga(R"(
  - pack:
      compensate:
        - one: { call: undo.one }
        - two: { do: [ { three: { call: undo.three } } ] }
      do:
        - a: { call: svc.a, compensate: { call: undo.a } }
  - b: { call: svc.b }
)");
  saga.start();
  EXPECT_EQ(steps(undo_plan(saga.state())), Lines{"/do/0/pack/do/0/a"}) << "not done, it is its children's";
  saga.completes("/do/0/pack/do/0/a");
  const UndoPlan plan = undo_plan(saga.state());
  ASSERT_EQ(steps(plan), Lines{"/do/0/pack"});
  EXPECT_EQ(plan.undos[0].tasks, (Lines{"undo.one", "undo.three"}));
}

TEST(UndoPlan, OnCompletedIsUncertainUntilTheStepHas) {
  Saga saga("  - a: { call: svc.a, compensate: { call: undo.a, on: completed } }\n  - b: { call: svc.b }\n");
  saga.start().unknown(kA).timer("retry:");
  EXPECT_FALSE(undo_plan(saga.state()).undos.at(0).certain);
  saga.completes(kA);
  EXPECT_TRUE(undo_plan(saga.state()).undos.at(0).certain);
}

TEST(UndoPlan, NamesWhatNothingUndoes) {
  Saga saga("  - a: { call: svc.a }\n  - b: { call: svc.b, effect: none }\n  - c: { call: svc.c }\n");
  saga.start().completes(kA).completes(kB);
  EXPECT_EQ(undo_plan(saga.state()).leaves_behind, (Lines{kC, kA})) << "c, in flight, may stand as well";
}

TEST(UndoPlan, WaitsForThePivotAndIsRefusedBehindIt) {
  Saga saga(kPivot);
  saga.start().completes(kA);
  EXPECT_EQ(undo_plan(saga.state()).waits_for, kPay);
  EXPECT_EQ(steps(undo_plan(saga.state())), Lines{kA});
  EXPECT_TRUE(undo_plan(saga.state()).leaves_behind.empty());
  saga.completes(kPay);
  const UndoPlan behind = undo_plan(saga.state());
  EXPECT_EQ(behind.refused->code, "past-pivot");
  EXPECT_TRUE(behind.undos.empty());
  saga.completes(kC);
  EXPECT_EQ(undo_plan(saga.state()).refused->code, "ended");
}

}  // namespace
}  // namespace skald::core
