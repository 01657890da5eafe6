// trace, state and the filters of history: what they draw, and what they leave out.

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "cli/commands/event_filter.h"
#include "cli/output_state.h"
#include "cli/output_trace.h"
#include "cli/redaction.h"

namespace skald::cli {
namespace {

const char* const kStart = "2026-11-24T02:00:00.000Z";

std::string at(int ms) { return format_time(*parse_time(kStart) + Millis(ms)); }

Value span(const std::string& kind, const std::string& name, int from, int to, Value children = Value::array(),
           const std::string& outcome = "completed") {
  return {{"kind", kind},
          {"name", name},
          {"step", "/do/0/" + name},
          {"visit", 1},
          {"start", at(from)},
          {"end", to < 0 ? Value(nullptr) : Value(at(to))},
          {"outcome", to < 0 ? "open" : outcome},
          {"seq", 1},
          {"children", std::move(children)}};
}

Value trace_of(Value spans, const std::string& status = "completed") {
  return {{"id", "order-1"},      {"workflow", "a/b"}, {"version", "1.0.0"}, {"status", status},
          {"started_at", kStart}, {"events", 9},       {"at", at(100)},      {"spans", std::move(spans)}};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::size_t length(const std::string& line) {
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string drawn(const Value& trace, std::size_t width = 100, bool all = false) {
  return trace_text(trace, {width, *parse_time(at(100)), all}, Style(false));
}

TEST(TraceText, DrawsEachSpanWhereItWas) {
  Value charge = span("step", "charge", 50, 100,
                      {span("attempt", "attempt 1", 50, 70, Value::array(), "failed"), span("wait", "retry", 70, 90),
                       span("attempt", "attempt 2", 90, 100)});
  const std::string text = drawn(
      trace_of({span("saga", "order-1", 0, 100,
                     {span("step", "reserve", 0, 50, {span("attempt", "attempt 1", 0, 50)}), std::move(charge)})}),
      80);
  EXPECT_EQ(text, R"(order-1  a/b@1.0.0  completed  9 events
              0            50ms     100ms
order-1       ━━━━━━━━━━━━━━━━━━━━━━━━━━━     100ms
├ reserve     █████████████                    50ms
└ charge                   ──────────────      50ms  2 attempts
  ├ attempt 1              █████               20ms  failed
  ├ wait                        ░░░░░░         20ms
  └ attempt 2                         ███      10ms
)") << text;
}

TEST(TraceText, FitsTheWidthThatThereIs) {
  const Value trace =
      trace_of({span("saga", "order-1", 0, 100,
                     {span("step", "a-step-with-a-very-long-name-that-does-not-fit", 0, 50, Value::array(), "rejected"),
                      span("step", "schön-größer-als-es-sein-müsste-für-schmale-fenster", 50, -1)})});
  for (const std::size_t width : {60, 80, 100, 200}) {
    const auto lines = lines_of(drawn(trace, width));
    for (std::size_t i = 1; i < lines.size(); ++i) EXPECT_LE(length(lines[i]), width) << lines[i];
  }
}

TEST(TraceText, DrawsWhatIsOpenToNow) {
  const auto lines = lines_of(drawn(trace_of({span("saga", "order-1", 0, -1, {span("step", "a", 50, -1)})})));
  EXPECT_NE(lines[3].find("▶"), std::string::npos) << lines[3];
  EXPECT_NE(lines[3].find("50ms  open"), std::string::npos) << lines[3];
}

TEST(TraceText, FoldsWhatRepeatsItselfAndKeepsWhatDoesNot) {
  Value rounds = Value::array();
  for (int i = 1; i <= 500; ++i) {
    Value round = span("task", "round " + std::to_string(i), i, i + 1, {span("step", "a", i, i + 1)},
                       i == 250 ? "failed" : "completed");
    round["keyword"] = "round";
    rounds.push_back(std::move(round));
  }
  Value loop = span("task", "all", 0, 501, rounds);
  loop["keyword"] = "for";
  const Value trace = trace_of({span("saga", "order-1", 0, 501, {loop})});
  const std::string text = drawn(trace);
  EXPECT_NE(text.find("... 246 more rounds"), std::string::npos) << text;
  EXPECT_NE(text.find("round 250: a"), std::string::npos) << text;
  EXPECT_LT(lines_of(text).size(), 20U);
  EXPECT_EQ(lines_of(drawn(trace, 100, true)).size(), 504U) << "--all shows each";
}

TEST(TraceText, MarksBranchesThatGoSideBySide) {
  Value fork = span("task", "both", 0, 100, {span("step", "one", 0, 50), span("step", "two", 0, 100)});
  fork["keyword"] = "fork";
  const std::string text = drawn(trace_of({span("saga", "order-1", 0, 100, {fork})}));
  EXPECT_NE(text.find("╞ one"), std::string::npos) << text;
  EXPECT_NE(text.find("╘ two"), std::string::npos) << text;
}

TEST(TraceText, SaysWhoDidWhatAndWhichSagaAStepRuns) {
  Value skip = span("operator", "skip", 50, 50);
  skip["who"] = "ann";
  skip["reason"] = "not needed";
  Value run = span("attempt", "attempt 1", 0, 50);
  run["child"] = "c-17";
  const std::string text =
      drawn(trace_of({span("saga", "order-1", 0, 100, {span("step", "pack", 0, 50, {run}), skip})}));
  EXPECT_NE(text.find("by ann: not needed"), std::string::npos) << text;
  EXPECT_NE(text.find("saga c-17"), std::string::npos) << text;
}

TEST(StateText, ShowsWhatChangedWithSigns) {
  const Value changes = Value::parse(R"({"id":"order-1","run":"r","from":2,"to":3,"changes":[
      {"path":"/steps/0/phase","was":"in_flight","now":"closed","step":"/do/0/a","visit":1},
      {"path":"/output","now":{"x":1}}]})");
  EXPECT_EQ(changes_text(changes, Style(false)), R"(order-1 from event 2 to 3: 2 changes
/steps/0/phase  /do/0/a
  - "in_flight"
  + "closed"
/output
  + {
  +   "x": 1
  + }
)");
}

TEST(StateText, SaysWhatAListenStillWaitsFor) {
  const Value state = Value::parse(R"({"id":"order-1","seq":4,"of":4,"at":"2026-01-01T00:00:00.000Z","status":"running",
      "event":{"type":"event.matched","step":"/do/0/told"},"input":{},"context":{},"output":null,"error":null,"steps":[],
      "open":[{"step":"/do/0/told","visit":1,"phase":"listening","since":"2026-01-01T00:00:00.000Z",
               "awaits":[{"type":"yes","subject":"order-1"},{"type":"no","came":true}]}]})");
  const std::string text = state_text(state, Style(false));
  EXPECT_NE(text.find("listening since 2026-01-01T00:00:00.000Z, for yes\n"), std::string::npos) << text;
}

class Filter : public ::testing::Test {
 protected:
  Status give(std::vector<std::string> arguments) {
    CLI::App app;
    filter_.add_options(app);
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
    return filter_.prepare();
  }
  bool takes(const std::string& event) const { return filter_.matches(Value::parse(event)); }

  EventFilter filter_;
};

TEST_F(Filter, TakesTypesThatAreLikeOneOfThePatterns) {
  ASSERT_TRUE(give({"--type", "step.*", "--type", "saga.started"}));
  EXPECT_TRUE(takes(R"({"seq":1,"type":"step.completed"})"));
  EXPECT_TRUE(takes(R"({"seq":1,"type":"saga.started"})"));
  EXPECT_FALSE(takes(R"({"seq":1,"type":"saga.completed"})"));
}

TEST_F(Filter, RefusesAPatternThatNoTypeIsLike) {
  const Status refused = give({"--type", "stp.*"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "bad-type");
}

TEST_F(Filter, TakesAStepByItsReferenceOrItsName) {
  ASSERT_TRUE(give({"--step", "charge"}));
  EXPECT_TRUE(takes(R"({"seq":1,"type":"step.completed","step":"/do/3/charge"})"));
  EXPECT_FALSE(takes(R"({"seq":1,"type":"step.completed","step":"/do/3/recharge"})"));
  EXPECT_FALSE(takes(R"({"seq":1,"type":"saga.started"})"));
}

TEST_F(Filter, TakesWhatStandsInsideAReference) {
  ASSERT_TRUE(give({"--step", "/do/3/pack"}));
  EXPECT_TRUE(takes(R"({"seq":1,"type":"step.completed","step":"/do/3/pack/do/0/print"})"));
  EXPECT_FALSE(takes(R"({"seq":1,"type":"step.completed","step":"/do/3/packing"})"));
}

TEST_F(Filter, TakesWhatWentWrong) {
  ASSERT_TRUE(give({"--errors"}));
  EXPECT_TRUE(takes(R"({"seq":1,"type":"step.failed","error":{"title":"no"}})"));
  EXPECT_TRUE(takes(R"({"seq":1,"type":"timer.fired","timer":"deadline"})"));
  EXPECT_FALSE(takes(R"({"seq":1,"type":"timer.fired","timer":"wait"})"));
  EXPECT_FALSE(takes(R"({"seq":1,"type":"step.completed"})"));
}

TEST_F(Filter, TakesARangeOfNumbersAndTimes) {
  ASSERT_TRUE(give({"--from", "2", "--to", "3", "--since", at(10), "--until", at(20)}));
  const auto event = [](int seq, int ms) {
    return Value{{"seq", seq}, {"type", "context.set"}, {"at", at(ms)}}.dump();
  };
  EXPECT_TRUE(takes(event(2, 10)));
  EXPECT_FALSE(takes(event(1, 10)));
  EXPECT_FALSE(takes(event(4, 10)));
  EXPECT_FALSE(takes(event(3, 20))) << "--until is before";
  EXPECT_TRUE(filter_.ends_before(Value::parse(event(3, 10))));
}

TEST_F(Filter, RefusesARangeThatIsNone) { EXPECT_EQ(give({"--from", "5", "--to", "3"}).error().code, "bad-range"); }

TEST_F(Filter, RefusesWhatIsNoTime) { EXPECT_THROW((void)give({"--since", "yesterday"}), CLI::ValidationError); }

class Hidden : public ::testing::Test {
 protected:
  Value with(std::vector<std::string> arguments, const std::string& shown) {
    CLI::App app;
    Redaction redaction;
    redaction.add_options(app);
    std::reverse(arguments.begin(), arguments.end());
    app.parse(arguments);
    EXPECT_TRUE(redaction.prepare());
    return redaction.applied(Value::parse(shown));
  }
};

TEST_F(Hidden, IsWhatAPointerPointsTo) {
  const char* const event = R"({"seq":3,"hash":"h","input":{"card":"tok","n":[{"card":"x"}]}})";
  EXPECT_EQ(with({"--redact", "/input/card"}, event).dump(),
            R"({"hash":"h","input":{"card":"[redacted]","n":[{"card":"x"}]},"seq":3})");
  EXPECT_EQ(with({"--redact", "/input/n/*/card"}, event)["input"]["n"][0]["card"], "[redacted]");
  EXPECT_EQ(with({"--redact", "/**/card"}, event).dump(),
            R"({"hash":"h","input":{"card":"[redacted]","n":[{"card":"[redacted]"}]},"seq":3})");
}

TEST_F(Hidden, ArePayloadsAndNothingElse) {
  EXPECT_EQ(with({"--redact-payloads"},
                 R"({"seq":3,"hash":"h","step":"/do/0/a","input":{"card":"tok"},"output":null,"error":{"t":1}})")
                .dump(),
            R"({"error":"[redacted]","hash":"h","input":"[redacted]","output":null,"seq":3,"step":"/do/0/a"})");
}

TEST_F(Hidden, ArePayloadsOfTheEventInAState) {
  const Value state = with({"--redact-payloads"},
                           R"({"event":{"seq":3,"type":"step.completed","output":{"a":1}},"steps":[{"input":7}]})");
  EXPECT_EQ(state["event"]["type"], "step.completed");
  EXPECT_EQ(state["event"]["output"], "[redacted]");
  EXPECT_EQ(state["steps"][0]["input"], "[redacted]");
}

TEST_F(Hidden, ArePayloadsOfChanges) {
  const char* const changes = R"({"id":"a","changes":[{"path":"/input/card","was":"tok","now":"kot"},
      {"path":"/steps/0","now":{"step":"/do/0/a","input":{"card":"tok"}}},{"path":"/status","was":"running"}]})";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--redact-payloads"}, std::vector<std::string>{"--redact", "/**/card"}}) {
    const Value shown = with(arguments, changes);
    EXPECT_EQ(shown.dump().find("tok"), std::string::npos) << shown;
    EXPECT_EQ(shown["changes"][2]["was"], "running");
    EXPECT_EQ(shown["changes"][1]["now"]["step"], "/do/0/a");
  }
}

TEST_F(Hidden, NeedsAPointer) {
  CLI::App app;
  Redaction redaction;
  redaction.add_options(app);
  app.parse(std::vector<std::string>{"card", "--redact"});
  EXPECT_EQ(redaction.prepare().error().code, "bad-pointer");
}

}  // namespace
}  // namespace skald::cli
