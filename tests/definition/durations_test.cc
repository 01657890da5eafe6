#include "engine/definition/durations.h"

#include <gtest/gtest.h>

namespace skald::definition {
namespace {

// The milliseconds, or what is said.
std::string read(const std::string& text, bool zero_ok = false) {
  const auto node = parse_document("d: " + text, "w.yaml");
  EXPECT_TRUE(node) << node.error().message;
  Problems problems("w.yaml");
  const auto duration = read_duration(*node->find("d"), problems, zero_ok);
  EXPECT_EQ(duration.has_value(), problems.empty()) << text;
  return duration ? std::to_string(duration->count()) : problems.error().message;
}

TEST(Durations, AreReadInBothForms) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"PT15M", "900000"},
      {"P1DT2H", "93600000"},
      {"P2W", "1209600000"},
      {"PT1H30M0.5S", "5400500"},
      {"PT0.001S", "1"},
      {"PT0,25S", "250"},
      {"PT1.5H", "5400000"},
      {"P0DT1S", "1000"},
      {"'PT16.1S'", "16100"},
      {"{ seconds: 16.1 }", "16100"},
      {"PT0.0001S", "1"},
      {"{ days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 }", "93784005"},
      {"{ hours: 0, seconds: 1.5 }", "1500"},
      {"P3660D", "316224000000"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(read(text), expected) << text;
  EXPECT_EQ(read("PT0S", true), "0");
  EXPECT_EQ(read("{ seconds: 0 }", true), "0");
}

TEST(Durations, OfNoFixedLengthAreRefused) {
  const std::string reason = "years and months are of no fixed length; write days";
  EXPECT_EQ(read("P1Y"), "w.yaml:1:4: " + reason + ", as in 'P30D'");
  EXPECT_EQ(read("P1M"), "w.yaml:1:4: " + reason + ", as in 'P30D'");
  EXPECT_EQ(read("P1Y2M3DT4H"), "w.yaml:1:4: " + reason + ", as in 'P30D'");
  EXPECT_EQ(read("{ seconds: 1, months: 1 }"), "w.yaml:1:18: " + reason);
}

TEST(Durations, ThatAreNoneAreRefused) {
  const std::string expected =
      "w.yaml:1:4: expected a duration: { seconds: 2 } or ISO 8601 in weeks, days and time, as in 'PT2S'";
  for (const char* text :
       {"P",     "PT",       "P1DT",  "1S",    "PT1",  "PTS",      "PT1M1H", "PT1S1S", "P1H",      "PT1D", "PT.5S",
        "PT1.S", "PT1.2.3S", "-PT1S", "PT-1S", "pt1s", "PT1S ago", "5",      "[1]",    "'PT1e3S'", "P1T1S"}) {
    EXPECT_EQ(read(text), expected) << text;
  }
  EXPECT_EQ(read("PT1.5H30M"), "w.yaml:1:4: only the last part of a duration may have a fraction");
  EXPECT_EQ(read("PT0S"), "w.yaml:1:4: a duration is more than zero and at most ten years");
  EXPECT_EQ(read("P4000D"), "w.yaml:1:4: a duration is more than zero and at most ten years");
  EXPECT_EQ(read("P" + std::string(50, '9') + "D"), "w.yaml:1:4: a duration is more than zero and at most ten years");
  EXPECT_EQ(read("{}"), "w.yaml:1:4: a duration has at least one of: days, hours, minutes, seconds, milliseconds");
  EXPECT_EQ(read("{ seconds: -1 }"), "w.yaml:1:15: 'seconds' of a duration is a number, zero or more");
  EXPECT_EQ(read("{ seconds: '1' }"), "w.yaml:1:15: 'seconds' of a duration is a number, zero or more");
  EXPECT_EQ(read("{ second: 1 }"), "w.yaml:1:6: unknown key 'second' in a duration; did you mean 'seconds'?");
}

TEST(Durations, OfTimeouts) {
  const auto node = parse_document("timeout: { after: PT1M }", "w.yaml");
  Problems problems("w.yaml");
  EXPECT_EQ(read_timeout(*node->find("timeout"), problems), Millis(60'000));
  EXPECT_TRUE(problems.empty());
}

}  // namespace
}  // namespace skald::definition
