// Workflow documents, in YAML and JSON. A saga of one that is taken is run for a while: whatever a document says, the
// core must be able to go through it and back.

#include "engine/core/apply.h"
#include "engine/core/decide.h"
#include "engine/core/kinds.h"
#include "engine/definition/kind.h"
#include "tests/fuzz/no_jq.h"
#include "tests/fuzz/target.h"

namespace skald::fuzz {
namespace {

constexpr Time kStart{1'700'000'000'000};

class Run {
 public:
  explicit Run(std::shared_ptr<const definition::Workflow> workflow)
      : state_(core::make_state(workflow)), folded_(core::make_state(std::move(workflow))) {}

  void start() {
    core::Start start;
    start.run = make_run_id(kStart, 3, 42);
    start.id = SagaId("saga-1");
    start.input = Payload(Value{{"a", {{"b", 1}}}, {"list", {1, "two", nullptr}}});
    SKALD_CHECK(decide(start) > 0, "a saga starts, and be it to fail");
  }

  // Answers what is owed and lets the timers run, until nothing is or it has gone on for long.
  void go_on() {
    constexpr int kRounds = 12;
    for (int round = 0; round < kRounds; ++round) {
      const core::Outward owed = core::outward(folded_);
      if (owed.tasks.empty() && owed.timers.empty()) return;
      for (const core::TaskAct& task : owed.tasks) decide(answer(task, round));
      for (const core::Timer& timer : owed.timers) {
        now_ = std::max(now_, timer.due);
        decide(core::TimerDue{timer.name});
      }
    }
  }

 private:
  // Good answers at first, then bad ones: forward, then back.
  static core::TakeResult answer(const core::TaskAct& task, int round) {
    core::TakeResult result;
    result.key = task.key;
    result.attempt = task.attempt;
    const bool good = round % 4 != 2;
    result.outcome = good             ? core::Outcome::kCompleted
                     : round % 8 == 2 ? core::Outcome::kUnknown
                                      : core::Outcome::kRejected;
    (good ? result.output : result.error) = Payload(Value{{"title", "t"}, {"n", round}});
    return result;
  }

  std::size_t decide(const core::Command& command) {
    const auto events = core::decide(state_, command, {now_, 7, jq_});
    SKALD_CHECK(events, "results and timers are never refused");
    for (const core::Event& event : *events) {
      const auto stored = core::decode_event(core::encode(event));
      SKALD_CHECK(stored && *stored == event, "an event survives being stored");
      core::apply(folded_, *stored);
    }
    const core::Outward decided = core::outward(state_);
    const core::Outward folded = core::outward(folded_);
    SKALD_CHECK(decided.tasks == folded.tasks && decided.timers == folded.timers, "the fold owes what was decided");
    return events->size();
  }

  NoJq jq_;
  Time now_ = kStart;
  core::State state_;
  core::State folded_;  // from the stored events alone
};

}  // namespace
}  // namespace skald::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  fuzz::NoJq jq;
  const auto parsed = definition::parse_workflow(fuzz::text_of(data, size), "fuzz.yaml", core::all_kinds(), jq);
  if (!parsed) {
    SKALD_CHECK(parsed.error().message.rfind("fuzz.yaml:", 0) == 0, "a refusal says where");
    return 0;
  }
  const auto again = definition::parse_workflow(parsed->workflow->source, "fuzz.yaml", core::all_kinds(), jq);
  SKALD_CHECK(again && again->workflow->hash == parsed->workflow->hash, "what was deployed can be deployed again");
  fuzz::Run run(parsed->workflow);
  run.start();
  run.go_on();
  return 0;
}
