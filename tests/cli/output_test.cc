#include "cli/output.h"

#include <gtest/gtest.h>

namespace skald::cli {
namespace {

TEST(Output, ColumnsAreAlignedAndNothingTrailsTheLast) {
  const std::string text = table({{"ID", "STATUS"}, {"a-long-id", "completed"}, {"b", "stuck"}}, Style(false), 1);
  EXPECT_EQ(text, "ID         STATUS\na-long-id  completed\nb          stuck\n");
}

TEST(Output, ColourIsOnlyWhereItIsWanted) {
  EXPECT_EQ(Style(false).status("failed", "failed"), "failed");
  EXPECT_EQ(Style(true).status("failed", "failed"), "\033[31mfailed\033[0m");
  EXPECT_EQ(Style(true).status("running", "running"), "running");
}

TEST(Output, TimesAreRelative) {
  const Time now = *parse_time("2026-11-24T02:00:10.000Z");
  EXPECT_EQ(ago("2026-11-24T02:00:00.000Z", now), "10s ago");
  EXPECT_EQ(ago("2026-11-24T02:00:20.000Z", now), "0ms ago") << "a clock that is behind shows no negative time";
  EXPECT_EQ(ago("never", now), "-");
}

TEST(Output, ASagaShowsWhatItWaitsForAndWhatWentWrong) {
  const Value saga = Value::parse(R"({"id":"o1","run":"r","workflow":"a/b","version":"1.0.0","status":"running",
    "started_at":"2026-11-24T02:00:00.000Z","ended_at":null,"error":null,"labels":{"city":"Bergen"},"events":3,
    "pending":[{"step":"/do/0/a","task":"x.y","attempt":2,"since":"2026-11-24T02:00:00.000Z",
    "next_retry_at":"2026-11-24T02:01:00.000Z","last_error":{"title":"no"}}],
    "compensation":{"done":1,"pending":0,"stuck":0,"skipped":0},"left_behind":["/do/9/z"],"input":{},"output":null})");
  const std::string text = saga_text(saga, Style(false), *parse_time("2026-11-24T02:00:10.000Z"));
  for (const char* part : {"/do/0/a (x.y), attempt 2, since 10s ago, next try at 2026-11-24T02:01:00.000Z",
                           R"({"title":"no"})", "city=Bergen", "1 done, 0 pending", "/do/9/z"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
  }
}

TEST(Output, AnExplanationSaysWhetherTheUndosAreUnderWayOrWouldBe) {
  Value told =
      Value::parse(R"({"id":"o1","status":"suspended","workflow":"a/b","version":"1.0.0","summary":"It was suspended.",
    "sentences":[{"code":"suspended","text":"It was suspended."}],"would_undo":[{"step":"/do/0/a","tasks":["x.undo"]}]})");
  EXPECT_NE(explanation_text(told, Style(false)).find("\nwhat an error or a cancel would undo\n"), std::string::npos);
  told["sentences"].push_back({{"code", "goes-back"}, {"text", "It undoes what it did, because of an error."}});
  EXPECT_NE(explanation_text(told, Style(false)).find("\nwhat is still to be undone\n"), std::string::npos)
      << "suspended while it does";
}

TEST(Output, AWaitShowsUntilWhen) {
  const Value saga = Value::parse(R"({"id":"o1","run":"r","workflow":"a/b","version":"1.0.0","status":"running",
    "started_at":"2026-11-24T02:00:00.000Z","ended_at":null,"error":null,"labels":{},"events":3,
    "pending":[{"step":"/do/1/pause","task":"","attempt":1,"since":"2026-11-24T02:00:00.000Z",
    "next_retry_at":"2026-11-24T02:01:00.000Z","last_error":null}],
    "compensation":{"done":0,"pending":0,"stuck":0,"skipped":0},"left_behind":[],"input":{},"output":null})");
  const std::string text = saga_text(saga, Style(false), *parse_time("2026-11-24T02:00:10.000Z"));
  EXPECT_NE(text.find("/do/1/pause, since 10s ago, until 2026-11-24T02:01:00.000Z"), std::string::npos) << text;
}

TEST(Output, AnEventSaysWhereTheFlowGoes) {
  const Time start = *parse_time("2026-11-24T02:00:00.000Z");
  const Value taken =
      Value::parse(R"({"seq":3,"at":"2026-11-24T02:00:01.000Z","type":"branch.taken","step":"/do/2/which",
    "taken":"stop"})");
  EXPECT_NE(event_text(taken, start, Style(false)).find("/do/2/which"), std::string::npos);
  EXPECT_NE(event_text(taken, start, Style(false)).find("-> stop"), std::string::npos);
  const Value child =
      Value::parse(R"({"seq":3,"at":"2026-11-24T02:00:01.000Z","type":"step.scheduled","step":"/do/0/kid",
    "workflow":"test/kid","input":{"n":1}})");
  EXPECT_NE(event_text(child, start, Style(false)).find("saga test/kid  {\"n\":1}"), std::string::npos);
}

TEST(Output, ARehearsalSaysWhatWouldBeUndoneInOrderAndOnWhatItDepends) {
  const Value saga = Value::parse(R"({"status":"running","undo_waits_for":"/do/2/pay","would_undo":[
    {"step":"/do/2/pay","tasks":["pay.refund"],"certain":false},
    {"step":"/do/0/a","tasks":["one.undo","two.undo"],"certain":true}],"would_leave_behind":["/do/1/b"]})");
  EXPECT_EQ(rehearsal_text(saga),
            "  only if the pivot /do/2/pay does not complete\n"
            "  1. /do/2/pay (pay.refund), if it turns out to have taken effect\n"
            "  2. /do/0/a (one.undo, two.undo)\n"
            "  left behind: /do/1/b\n");
  EXPECT_EQ(rehearsal_text(Value::object()), "  nothing to undo\n");
}

TEST(Output, AnExplanationIsItsSummaryItsSentencesAndWhatHelps) {
  const Value explanation = Value::parse(R"({"id":"o1","status":"running","workflow":"a/b","version":"1.0.0",
    "summary":"It waits.","sentences":[{"code":"x","text":"One."},{"code":"y","text":"Two."}],
    "next":[{"code":"z","text":"Then."}],"would_undo":[{"step":"/do/0/a","tasks":["one.undo"],"certain":true}],
    "would_leave_behind":[],"undo_waits_for":null,"commands":[{"command":"skald retry o1","why":"tries it"}]})");
  EXPECT_EQ(explanation_text(explanation, Style(false)),
            "o1  running  a/b@1.0.0\nIt waits.\n\n  One.\n  Two.\n\nnext\n  Then.\n\n"
            "what an error or a cancel would undo\n  1. /do/0/a (one.undo)\n\n"
            "what helps\n  skald retry o1\n      tries it\n");
}

TEST(Output, AnExplanationOfWhatHasEndedLeavesOutWhatIsNotThere) {
  const Value explanation = Value::parse(R"({"id":"o1","status":"completed","workflow":"a/b","version":"1.0.0",
    "summary":"It completed.","sentences":[{"code":"x","text":"It completed."}],"next":[],"would_undo":[],
    "would_leave_behind":[],"undo_waits_for":null,"commands":[{"command":"skald history o1","why":"all"}]})");
  EXPECT_EQ(
      explanation_text(explanation, Style(false)),
      "o1  completed  a/b@1.0.0\nIt completed.\n\n  It completed.\n\nwhat helps\n  skald history o1\n      all\n");
}

TEST(Output, LongValuesAreCut) {
  EXPECT_EQ(brief(std::string(200, 'x'), 20).size(), 20U);
  EXPECT_EQ(brief("short", 20), "\"short\"");
}

}  // namespace
}  // namespace skald::cli
