#include "engine/inspect/trace.h"

#include <algorithm>
#include <ctime>
#include <functional>
#include <set>

#include "engine/core/children.h"
#include "tests/inspect/history.h"

namespace skald::inspect {
namespace {

// Seconds of the processor, where a fifth of one is usual: sanitizers and busy machines are slower, and what grows with
// the square of a history takes minutes.
constexpr std::clock_t kMuch = 10;

using core::Event;
using core::EventType;
using core::Saga;

void each_span(const Value& spans, const std::function<void(const Value&)>& take) {
  for (const Value& span : spans) {
    take(span);
    each_span(span["children"], take);
  }
}

// One line a span, indented: "step charge rejected".
std::string drawn(const Value& spans, int depth = 0) {
  std::string out;
  for (const Value& span : spans) {
    out += std::string(static_cast<std::size_t>(depth) * 2, ' ') + span["kind"].get<std::string>() + " " +
           span["name"].get<std::string>() + " " + span["outcome"].get<std::string>() + "\n";
    out += drawn(span["children"], depth + 1);
  }
  return out;
}

Value trace_of(const Saga& saga) { return trace(saga.state().workflow, saga.history); }
std::string drawn(const Saga& saga) { return drawn(trace_of(saga)["spans"][0]["children"]); }

bool is_attempt(EventType type) {
  return type == EventType::kStepScheduled || type == EventType::kCompensationScheduled;
}

class GoldenTrace : public ::testing::TestWithParam<History> {};

TEST_P(GoldenTrace, HasEveryAttemptExactlyOnce) {
  const History& history = GetParam();
  std::multiset<std::uint64_t> begun;
  for (const Event& event : history.events) {
    if (is_attempt(event.type)) begun.insert(event.seq);
  }
  std::multiset<std::uint64_t> shown;
  const Value all = trace(history.workflow, history.events);
  each_span(all["spans"], [&](const Value& span) {
    if (span["kind"] == "attempt" || span["kind"] == "undo_attempt") shown.insert(span["seq"].get<std::uint64_t>());
  });
  EXPECT_EQ(shown, begun);
}

TEST_P(GoldenTrace, GivesEachAttemptTheOutcomeThatWasLogged) {
  const History& history = GetParam();
  const Value all = trace(history.workflow, history.events);
  each_span(all["spans"], [&](const Value& span) {
    if (span["kind"] != "attempt" && span["kind"] != "undo_attempt") return;
    if (span["end"].is_null()) {
      EXPECT_EQ(span["outcome"], "open");
      return;
    }
    const Event& end = history.events[span["end_seq"].get<std::uint64_t>() - 1];
    const std::string name(core::name_of(end.type));
    EXPECT_EQ(name.substr(name.find('.') + 1), span["outcome"]);
    EXPECT_EQ(end.attempt, span["attempt"]);
    EXPECT_EQ(format_time(end.at), span["end"]);
  });
}

// What of a closed saga is open, or ends before it begins or before what is in it, would be drawn wrong.
TEST_P(GoldenTrace, HoldsEachSpanInsideTheOneAroundIt) {
  const History& history = GetParam();
  const Value all = trace(history.workflow, history.events);
  const bool ended = !all["ended_at"].is_null();
  each_span(all["spans"], [&](const Value& span) {
    EXPECT_TRUE(!ended || !span["end"].is_null()) << span["name"];
    EXPECT_TRUE(span["end"].is_null() || span["seq"] <= span["end_seq"]) << span["name"];
    for (const Value& child : span["children"]) {
      EXPECT_LE(span["seq"], child["seq"]) << child["name"];
      const bool bounded = !span["end"].is_null() && !child["end"].is_null() && span["kind"] != "saga";
      EXPECT_TRUE(!bounded || span["end_seq"] >= child["end_seq"]) << child["name"];
    }
  });
}

// Each prefix is a saga that somebody may look at.
TEST_P(GoldenTrace, IsMadeOfAnyPrefix) {
  const History& history = GetParam();
  for (std::size_t length = 1; length <= history.events.size(); ++length) {
    const std::vector<Event> some(history.events.begin(), history.events.begin() + static_cast<long>(length));
    const Value all = trace(history.workflow, some);
    EXPECT_EQ(all["events"], length);
    ASSERT_EQ(all["spans"].size(), 1U);
    EXPECT_EQ(all["spans"][0]["end"].is_null(), all["ended_at"].is_null());
  }
}

INSTANTIATE_TEST_SUITE_P(Histories, GoldenTrace, ::testing::ValuesIn(golden_histories()), [](const auto& one) {
  std::string name = one.param.name;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Trace, ShowsAttemptsWaitsAndUndosOfACompensatedSaga) {
  Saga saga("  - a: { call: svc.a, compensate: { call: undo.a } }\n  - b: { call: svc.b }\n");
  saga.start().completes("/do/0/a").fails("/do/1/b").timer("retry:").rejected("/do/1/b");
  saga.fails("/do/0/a/compensate").timer("retry:").completes("/do/0/a/compensate");
  EXPECT_EQ(drawn(saga), R"(step a completed
  attempt attempt 1 completed
step b rejected
  attempt attempt 1 failed
  wait retry completed
  attempt attempt 2 rejected
task compensation completed
  undo a completed
    undo_attempt attempt 1 failed
    wait retry completed
    undo_attempt attempt 2 completed
)");
}

TEST(Trace, SaysWhatAnAttemptWasAndWhyItEnded) {
  Saga saga("  - a: { call: svc.a }\n");
  saga.start().rejected("/do/0/a");
  const Value attempt = trace_of(saga)["spans"][0]["children"][0]["children"][0];
  EXPECT_EQ(attempt["step"], "/do/0/a");
  EXPECT_EQ(attempt["visit"], 1);
  EXPECT_EQ(attempt["attempt"], 1);
  EXPECT_EQ(attempt["task"], "svc.a");
  EXPECT_EQ(attempt["worker"], "w");
  EXPECT_EQ(attempt["error"]["title"], "no");
}

TEST(Trace, LeavesWhatIsUnderWayOpen) {
  Saga saga("  - a: { call: svc.a }\n");
  saga.start().fails("/do/0/a");
  const Value all = trace_of(saga);
  const Value step = all["spans"][0]["children"][0];
  EXPECT_TRUE(step["end"].is_null());
  const Value wait = step["children"][1];
  EXPECT_EQ(wait["kind"], "wait");
  EXPECT_EQ(wait["outcome"], "open");
  EXPECT_TRUE(wait.contains("due"));
  EXPECT_EQ(all["status"], "running");
}

TEST(Trace, PutsTheBranchesOfAForkSideBySide) {
  Saga saga("  - both: { fork: { branches: [ { one: { call: svc.one } }, { two: { call: svc.two } } ] } }\n");
  saga.start();
  saga.now = saga.now + Millis(5);
  saga.completes("/do/0/both/fork/branches/1/two");
  saga.now = saga.now + Millis(5);
  saga.completes("/do/0/both/fork/branches/0/one");
  const Value fork = trace_of(saga)["spans"][0]["children"][0];
  ASSERT_EQ(fork["children"].size(), 2U);
  EXPECT_EQ(fork["children"][0]["name"], "one");
  EXPECT_EQ(fork["children"][0]["start"], fork["children"][1]["start"]);
  EXPECT_GT(fork["children"][0]["end"], fork["children"][1]["end"]);
}

TEST(Trace, FailsTheBranchWhoseErrorItWasAndCancelsTheOthers) {
  Saga saga(
      "  - both:\n      fork:\n        branches:\n          - one: { do: [ { a: { call: svc.a } } ] }\n"
      "          - two: { do: [ { b: { call: svc.b } } ] }\n");
  saga.start().rejected("/do/0/both/fork/branches/0/one/do/0/a");
  saga.completes("/do/0/both/fork/branches/1/two/do/0/b");
  EXPECT_EQ(drawn(saga), R"(task both failed
  task one failed
    step a rejected
      attempt attempt 1 rejected
  task two cancelled
    step b completed
      attempt attempt 1 completed
task compensation completed
)");
}

TEST(Trace, GroupsALoopByRounds) {
  Saga saga("  - all: { for: { each: x, in: '${ .list }' }, do: [ { a: { call: svc.a } } ] }\n");
  saga.start({{"list", {1, 2}}}).completes("/do/0/all/do/0/a").completes("/do/0/all/do/0/a");
  EXPECT_EQ(drawn(saga), R"(task all completed
  task round 1 completed
    step a completed
      attempt attempt 1 completed
  task round 2 completed
    step a completed
      attempt attempt 1 completed
)");
  EXPECT_EQ(trace_of(saga)["spans"][0]["children"][0]["items"], 2);
}

TEST(Trace, ShowsATryWithItsCatch) {
  Saga saga("  - soft: { try: [ { a: { call: svc.a } } ], catch: { do: [ { b: { call: svc.b } } ] } }\n");
  saga.start().rejected("/do/0/soft/try/0/a").completes("/do/0/soft/catch/do/0/b");
  EXPECT_EQ(drawn(saga), R"(task soft completed
  step a rejected
    attempt attempt 1 rejected
  task catch completed
    step b completed
      attempt attempt 1 completed
)");
}

TEST(Trace, GroupsATryByTriesOnlyWhereItIsRepeated) {
  const std::string tasks =
      "  - soft: { try: [ { a: { call: svc.a } } ], catch: { retry: { delay: PT1S, limit: { attempt: { count: 3 } } } "
      "} "
      "}\n";
  Saga once(tasks);
  once.start().completes("/do/0/soft/try/0/a");
  EXPECT_EQ(drawn(once), "task soft completed\n  step a completed\n    attempt attempt 1 completed\n");
  Saga twice(tasks);
  twice.start().rejected("/do/0/soft/try/0/a").timer("wait:").completes("/do/0/soft/try/0/a");
  EXPECT_EQ(drawn(twice), R"(task soft completed
  task try 1 failed
    step a rejected
      attempt attempt 1 rejected
  wait retry completed
  task try 2 completed
    step a completed
      attempt attempt 1 completed
)");
}

TEST(Trace, ShowsTimersAndWhatOperatorsDid) {
  Saga saga("  - pause: { wait: { seconds: 3 } }\n  - a: { call: svc.a, pivot: true }\n  - b: { call: svc.b }\n");
  saga.start().suspends().resumes().timer("wait:").completes("/do/1/a").rejected("/do/2/b");
  saga.must(core::Skip{"", std::nullopt, {"not needed", "ann"}});
  EXPECT_EQ(drawn(saga), R"(timer pause completed
operator suspend completed
wait suspended completed
operator resume completed
step a completed
  attempt attempt 1 completed
step b skipped
  attempt attempt 1 rejected
  wait stuck completed
  operator skip completed
)");
  const Value skip = trace_of(saga)["spans"][0]["children"][5]["children"][2];
  EXPECT_EQ(skip["who"], "ann");
  EXPECT_EQ(skip["reason"], "not needed");
}

TEST(Trace, NamesTheChildSagaOfAStep) {
  Saga saga("  - pack: { run: { workflow: { namespace: test, name: child } } }\n");
  saga.start();
  const Value step = trace_of(saga)["spans"][0]["children"][0];
  EXPECT_EQ(step["task"], "test/child");
  const core::ChildAct started = core::outward(saga.state()).children.at(0);
  EXPECT_EQ(step["children"][0]["child"], core::child_id(started.forward, started.forward_attempt).str());
}

TEST(Trace, TellsOfResultsThatCameTooLate) {
  Saga saga("  - a: { call: svc.a }\n  - b: { call: svc.b }\n");
  saga.start().unknown("/do/0/a").timer("retry:").late("/do/0/a", core::Outcome::kCompleted);
  const Value first = trace_of(saga)["spans"][0]["children"][0]["children"][0];
  ASSERT_EQ(first["late"].size(), 1U);
  EXPECT_EQ(first["late"][0]["outcome"], "completed");
}

// 50,000 events are the most that a history has.
TEST(Trace, OfTheLongestHistoryTakesNoLongTime) {
  const History history = long_history(9'999);
  ASSERT_GT(history.events.size(), 49'990U);
  const std::clock_t begun = std::clock();
  const Value all = trace(history.workflow, history.events);
  const std::clock_t took = std::clock() - begun;
  EXPECT_EQ(all["events"], history.events.size());
  EXPECT_LT(took, kMuch * CLOCKS_PER_SEC);
}

TEST(Trace, OfAForkWithManyBranchesTakesNoLongTime) {
  const History history = wide_history(990);
  const std::clock_t begun = std::clock();
  const Value all = trace(history.workflow, history.events);
  const std::clock_t took = std::clock() - begun;
  EXPECT_EQ(all["spans"][0]["children"][0]["children"].size(), 990U);
  EXPECT_EQ(all["status"], "completed");
  EXPECT_LT(took, kMuch * CLOCKS_PER_SEC);
}

}  // namespace
}  // namespace skald::inspect
