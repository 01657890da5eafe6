// What `skald top` shows, from overviews to lines.

#include "cli/top_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "cli/cells.h"

namespace skald::cli {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ResultOf;

Value overview() {
  return Value::parse(R"({"at":"2026-11-26T08:00:00.000Z",
    "sagas":{"running":12,"compensating":1,"stuck":2,"suspended":0,"completed":100,"compensated":3,"failed":1,"cancelled":0,"terminated":0},
    "totals":{"started":119,"ended":104,"steps":500,"commits":80,"events":2000},
    "queues":{"tasks_waiting":4,"unacknowledged":7,"live_sagas":15},
    "ready":{"log":true,"broker":true,"detail":""},
    "workers":[
      {"task":"cart.contents","workers":[{"name":"vm-1","in_flight":1,"breakers":{"cart":"closed"}}],"waiting":9,"oldest":"2026-11-26T08:00:01.000Z"},
      {"task":"payments.charge","workers":[{"name":"vm-2","in_flight":0,"breakers":{"payments":"open"}},{"name":"vm-3","in_flight":2,"breakers":{}}],"waiting":0,"oldest":null},
      {"task":"hotel.book","workers":[],"waiting":3,"oldest":"2026-11-26T07:59:00.000Z"}],
    "slowest":[{"task":"payments.charge","count":50,"mean_ms":1234.5,"max_ms":5000},{"task":"cart.contents","count":90,"mean_ms":1.25,"max_ms":9}],
    "failures":[{"id":"order-9","run":"r","workflow":"store/checkout","status":"stuck","at":"2026-11-26T07:59:30.000Z",
      "error":{"title":"Conflict","detail":"the charge is\nnot \u001b[31mknown"}}]})");
}

TopFrame frame() {
  TopFrame frame;
  frame.server = "http://127.0.0.1:7525";
  frame.overview = overview();
  frame.now = *parse_time("2026-11-26T08:00:02.000Z");
  return frame;
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(TopRates, AreDifferencesOfTotalsASecond) {
  Value later = overview();
  later["at"] = "2026-11-26T08:00:02.000Z";
  later["totals"] = {{"started", 219}, {"ended", 204}, {"steps", 1'000}, {"commits", 81}, {"events", 4'000}};
  const auto rates = rates_between(overview(), later);
  ASSERT_TRUE(rates);
  EXPECT_DOUBLE_EQ(rates->started, 50);
  EXPECT_DOUBLE_EQ(rates->steps, 250);
  EXPECT_DOUBLE_EQ(rates->commits, 0.5);
}

TEST(TopRates, AreUnknownAcrossARestartOfTheEngineAndWithinOneMoment) {
  Value restarted = overview();
  restarted["at"] = "2026-11-26T08:00:02.000Z";
  restarted["totals"]["steps"] = 3;
  EXPECT_FALSE(rates_between(overview(), restarted));
  EXPECT_FALSE(rates_between(overview(), overview()));
  EXPECT_FALSE(rates_between(Value(), overview()));
}

TEST(TopView, ShowsAllThatTheOverviewHas) {
  TopFrame shown = frame();
  shown.rates = Rates{12.34, 0.5, 250, 3, 1'000};
  EXPECT_EQ(text_of(top_lines(shown, {120, 0, false})),
            R"(skald top  http://127.0.0.1:7525  08:00:02Z
rates    started 12/s  ended 0.5/s  steps 250/s  commits 3.0/s  events 1000/s
open     running 12  compensating 1  stuck 2  suspended 0
ended    completed 100  compensated 3  failed 1  cancelled 0  terminated 0
queues   tasks waiting 4  unacknowledged 7  live sagas 15
health   log ok  broker ok

TASK             WORKERS        WAITING  OLDEST     IN FLIGHT  BREAKERS
hotel.book       nobody         3        1m 2s ago  0          -
payments.charge  2: vm-2, vm-3  0        -          2          payments open
cart.contents    vm-1           9        1.0s ago   1          -

LATEST FAILURE  STATUS  WHEN     WORKFLOW        ERROR
order-9         stuck   32s ago  store/checkout  the charge is not  [31mknown

SLOWEST TASK     ATTEMPTS  MEAN   LONGEST
payments.charge  50        1.2s   5.0s
cart.contents    90        1.2ms  9.0ms
)");
}

TEST(TopView, FitsEveryScreen) {
  for (const std::size_t columns : {1U, 20U, 60U, 79U, 80U, 200U}) {
    for (std::size_t rows = 1; rows < 40; ++rows) {
      const auto lines = top_lines(frame(), {columns, rows, false});
      EXPECT_LE(lines.size(), rows);
      EXPECT_THAT(lines, Each(ResultOf(width_of, ::testing::Le(columns))));
    }
  }
}

TEST(TopView, OnANarrowTerminalTroubleIsStillInSight) {
  const std::string text = text_of(top_lines(frame(), {60, 24, false}));
  for (const char* part : {"nobody", "payments open", "order-9", "stuck 2", "broker ok"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(TopView, OnALowTerminalWhatNeedsSomebodyIsShownFirst) {
  const std::string text = text_of(top_lines(frame(), {60, 12, false}));
  EXPECT_THAT(text, HasSubstr("hotel.book"));
  EXPECT_THAT(text, HasSubstr("order-9"));
  EXPECT_THAT(text, Not(HasSubstr("SLOWEST")));
}

TEST(TopView, RowsThatDoNotFitAreCounted) {
  TopFrame many = frame();
  for (int i = 0; i < 50; ++i) many.overview["workers"].push_back(overview()["workers"][0]);
  const auto lines = top_lines(many, {80, 24, false});
  EXPECT_EQ(lines.size(), 24U) << "the room is used";
  // Not gtest's regular expressions: libonig brings a regcomp of its own, which AddressSanitizer mixes with libc's.
  EXPECT_TRUE(std::regex_search(text_of(lines), std::regex("and 4[0-9] more"))) << text_of(lines);
  EXPECT_THAT(text_of(lines), HasSubstr("order-9")) << "no section takes all";
}

TEST(TopView, AServerThatIsAwayLeavesTheLastFrameGrey) {
  TopFrame away = frame();
  away.away = "cannot reach the server";
  const auto lines = top_lines(away, {80, 24, true});
  EXPECT_THAT(lines[1], HasSubstr("\033[1;33mserver away: cannot reach the server"));
  EXPECT_THAT(lines[2], ::testing::StartsWith("\033[2mrates"));
  EXPECT_THAT(text_of({lines.begin() + 2, lines.end()}), Not(HasSubstr("\033[31m")));
  away.overview = Value();
  EXPECT_EQ(top_lines(away, {80, 24, false}).size(), 2U) << "there never was one";
}

TEST(TopView, WhatServicesSayCannotMoveTheCursor) {
  const std::string text = text_of(top_lines(frame(), {120, 0, false}));
  EXPECT_EQ(text.find('\033'), std::string::npos);
  EXPECT_EQ(printable("a\u009b31m\x7f"), "a 31m ");
}

TEST(TopView, ABrokerThatIsAwayStandsOut) {
  TopFrame ill = frame();
  ill.overview["ready"] = {{"log", true}, {"broker", false}, {"detail", "no connection"}};
  EXPECT_THAT(text_of(top_lines(ill, {80, 24, false})), HasSubstr("broker NOT OK  no connection"));
}

TEST(TopView, ANewEngineHasNothingToShowAndSaysSo) {
  TopFrame fresh = frame();
  for (const char* part : {"workers", "slowest", "failures"}) fresh.overview[part] = Value::array();
  const std::string text = text_of(top_lines(fresh, {80, 24, false}));
  for (const char* part : {"no task type", "nothing has failed", "no attempt"}) EXPECT_THAT(text, HasSubstr(part));
}

TEST(Cells, AreCutByCharactersAndNotByBytes) {
  EXPECT_EQ(cut("grün und blau", 5), "grün…");
  EXPECT_EQ(cut("grün", 4), "grün");
  EXPECT_EQ(Cells().add("ab", "1").add("cd").text(3, true, false), "\033[1mab\033[0m…");
  EXPECT_EQ(Cells().add("ab", "1").add("cd").text(4, true, false), "\033[1mab\033[0mcd");
  EXPECT_EQ(Cells().add("ab", "1").add("cd").text(9, true, true), "\033[2mabcd\033[0m");
}

}  // namespace
}  // namespace skald::cli
