// Sagas that go any way: whatever comes of them, what is told holds together, and all that is advised is accepted.

#include <fstream>
#include <random>

#include "tests/inspect/explain_fixture.h"

namespace skald::inspect {
namespace {

constexpr const char* kWorkflows[] = {
    R"(
  - a: { call: svc.a, compensate: { call: undo.a, retry: { limit: { attempt: { count: 2 } } } } }
  - t:
      try:
        - b: { call: svc.b, retry: { limit: { attempt: { count: 2 } } }, compensate: { call: undo.b } }
        - c: { call: svc.c, compensate: [ { one: { call: undo.c } }, { two: { call: undo.d } } ] }
      catch: { compensate: true, retry: { delay: { seconds: 1 }, limit: { attempt: { count: 2 } } }, do: [ { mend: { call: svc.m } } ] }
  - pause: { wait: { seconds: 5 } }
  - agreed: { listen: { to: { any: [ { with: { type: agreed } }, { with: { type: refused } } ] } } }
  - pay: { call: svc.pay, pivot: true, compensate: { call: undo.pay } }
  - last: { call: svc.end }
)",
    R"(
  - both:
      compensate: parallel
      fork:
        branches:
          - a: { call: svc.a, compensate: { call: undo.a } }
          - l: { for: { in: '${ [1, 2] }' }, do: [ { b: { call: svc.b, compensate: { call: undo.b } } } ] }
  - race: { fork: { compete: true, branches: [ { c: { call: svc.c, compensate: { call: undo.c } } }, { d: { call: svc.d } } ] } }
  - ship: { run: { workflow: { namespace: t, name: ship, version: '1.0.0' } } }
  - pay: { call: svc.pay, pivot: true }
  - e: { call: svc.e }
)",
    R"(
  - pay: { call: svc.pay, pivot: true }
  - t: { try: [ { b: { call: svc.b } } ], catch: { errors: { with: { status: 409 } }, do: [ { mend: { call: svc.m } } ] } }
  - c: { call: svc.c }
  - d: { set: { x: '${ .a.b.c }' } }
)"};

class Walk {
 public:
  Walk(const char* workflow, unsigned seed) : saga(workflow, "timeout: { after: { minutes: 2 } }\n"), random_(seed) {
    saga.start();
  }

  // One thing that can happen, picked at random.
  void step() {
    saga.now = saga.now + Millis(static_cast<std::int64_t>(random_() % 3'000));
    const auto owed = outward(saga.state());
    const unsigned what = random_() % 12;
    const core::By by{"because", "me"};
    if (what == 0) return try_order(core::Suspend{by});
    if (what == 1 || (saga.state().suspended && random_() % 2 == 0)) return try_order(core::Resume{by});
    if (what == 2 && random_() % 4 == 0) return try_order(core::Cancel{by});
    if (what == 3) return follow_advice();
    if (what < 6 && !owed.timers.empty()) {
      const auto& timer = owed.timers[random_() % owed.timers.size()];
      saga.now = std::max(saga.now, timer.due);
      saga.fire(timer.name);
      return;
    }
    if (saga.state().open_steps.empty()) return follow_advice();
    auto at = saga.state().open_steps.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_() % saga.state().open_steps.size()));
    const core::Step& one = saga.state().steps.at(*at);
    core::TakeResult result;
    result.key = one.key;
    result.attempt = one.attempt;
    const unsigned how = random_() % 10;
    result.outcome = how < 5   ? core::Outcome::kCompleted
                     : how < 7 ? core::Outcome::kFailed
                     : how < 9 ? core::Outcome::kUnknown
                               : core::Outcome::kRejected;
    result.output = Payload(Value::object());
    result.error = Payload(Value{{"title", "bad"}});
    saga.must(result);
  }

  Saga saga;

 private:
  void try_order(const core::Command& order) { (void)saga.act(order); }
  void follow_advice() {
    const Explanation told = explain(saga.state(), past_of(saga), all_served(saga));
    std::vector<core::Command> orders;
    for (const Advice& advice : told.commands) {
      if (const auto order = order_of(advice.command)) orders.push_back(*order);
    }
    if (!orders.empty()) try_order(orders[random_() % orders.size()]);
  }

  std::mt19937 random_;
};

// Every code stands in the documentation, in backquotes.
void expect_documented(const std::string& documentation, const Told& told) {
  const auto stands = [&](const std::string& code) {
    EXPECT_NE(documentation.find("`" + code + "`"), std::string::npos) << code << " is not in docs/explain.md";
  };
  stands(told.cause);
  for (const Sentence& one : told.sentences) {
    if (one.code.rfind("ended-", 0) != 0) stands(one.code);
  }
  for (const Prospect& one : told.next) stands(one.code);
}

TEST(ExplainAnySaga, AdvisesOnlyWhatIsAccepted) {
  std::ifstream file(SKALD_SOURCE_DIR "/docs/explain.md");
  const std::string documentation{std::istreambuf_iterator<char>(file), {}};
  std::map<std::string, int> causes;
  for (unsigned seed = 0; seed < 300; ++seed) {
    Walk walk(kWorkflows[seed % 3], seed);
    for (int i = 0; i < 40; ++i) {
      const Told told = tell(walk.saga);
      ++causes[told.cause];
      expect_documented(documentation, told);
      if (::testing::Test::HasFailure()) {
        FAIL() << "seed " << seed << ", after " << i << " steps:\n" << to_value(told).dump(2);
      }
      EXPECT_EQ(told.sentences.empty(), false);
      if (!walk.saga.state().final) {
        EXPECT_FALSE(told.next.empty()) << told.summary;
      }
      walk.step();
    }
  }
  // The walks come by nearly everything that can be.
  for (const char* cause :
       {"in-flight", "step-failing", "step-failing-past-pivot", "undo-failing", "undoing", "timer", "listening",
        "child", "round-waits", "suspended", "undo-stuck", "step-stuck", "waits-pivot", "cancelled-in-flight",
        "ended-completed", "ended-compensated", "ended-cancelled", "ended-failed"}) {
    EXPECT_GT(causes[cause], 0) << cause;
  }
}

}  // namespace
}  // namespace skald::inspect
