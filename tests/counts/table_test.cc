#include "tests/counts/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace skald::counts {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Table table() {
  return {"g++",
          {{"instructions/core/a step completes", 1'000, 2}, {"saga/completed/commits", 6, 5}, {"saga/reads", 0, 5}}};
}

std::vector<Count> as_in_table() {
  return {
      {"instructions/core/a step completes", 1'000.0, 9}, {"saga/completed/commits", 6.0, 9}, {"saga/reads", 0.0, 9}};
}

TEST(Table, IsReadAsItWasWritten) {
  const auto read = parse_table(to_text(table()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, table());
}

TEST(Table, ALineThatIsNoRowIsRefusedWithItsNumber) {
  for (const char* line : {"name 5", "name 5 2", "name x 2%", "name 5 -2%", "5 2%", "name nan 2%", "name 5 2% 3"}) {
    const auto read = parse_table("made with: g++\n\n" + std::string(line) + "\n");
    ASSERT_FALSE(read) << line;
    EXPECT_EQ(read.error().code, "bad-table");
    EXPECT_THAT(read.error().message, HasSubstr("line 3"));
  }
}

TEST(Table, ANameStandsOnce) { EXPECT_FALSE(parse_table("saga/reads 1 2%\nsaga/reads 2 2%\n")); }

TEST(Differences, ThereAreNoneWithinTheTolerance) {
  auto counts = as_in_table();
  EXPECT_THAT(differences(table(), counts), IsEmpty());
  counts[0].value = 1'020;
  counts[1].value = 5.7;
  EXPECT_THAT(differences(table(), counts), IsEmpty());
}

TEST(Differences, MoreIsToldWithWhatItWasAndMayBe) {
  auto counts = as_in_table();
  counts[0].value = 1'021;
  EXPECT_THAT(differences(table(), counts),
              ElementsAre("instructions/core/a step completes: was 1000, is 1021 (+2.1 %); it may differ by 2 %"));
}

TEST(Differences, LessIsToldAsWell) {
  auto counts = as_in_table();
  counts[1].value = 5.5;
  EXPECT_THAT(differences(table(), counts),
              ElementsAre("saga/completed/commits: was 6, is 5.5 (-8.3 %); it may differ by 5 %"));
}

TEST(Differences, WhatWasNeverDoneMayNotBeDone) {
  auto counts = as_in_table();
  counts[2].value = 0.05;
  EXPECT_THAT(differences(table(), counts), ElementsAre("saga/reads: was 0, is 0.05; it may differ by 5 %"));
}

TEST(Differences, RowsWithoutCountsAndCountsWithoutRowsAreTold) {
  auto counts = as_in_table();
  counts[1].name = "saga/completed/fsyncs";
  EXPECT_THAT(differences(table(), counts),
              ElementsAre("saga/completed/fsyncs: is 6, and has no row in the table",
                          "saga/completed/commits: has a row in the table, and nothing counts it"));
}

TEST(Differences, AGroupOfWhichNothingWasCountedIsLeftAlone) {
  EXPECT_THAT(differences(table(), {as_in_table()[0]}), IsEmpty());
}

TEST(Differences, WhatCannotBeCountedHereIsPassedOver) {
  auto counts = as_in_table();
  counts[1].value.reset();
  EXPECT_THAT(differences(table(), counts), IsEmpty());
}

TEST(Renewed, TakesTheCountsAndKeepsTheTolerances) {
  auto counts = as_in_table();
  counts[0].value = 900;
  const Table now = renewed(table(), counts, "clang");
  EXPECT_EQ(now.made_with, "clang");
  EXPECT_THAT(differences(now, counts), IsEmpty());
  EXPECT_EQ(now.rows.front(), (Row{"instructions/core/a step completes", 900, 2}));
}

TEST(Renewed, ARowStaysWhereOnlyNoiseIsNew) {
  auto counts = as_in_table();
  counts[0].value = 1'004;
  EXPECT_EQ(renewed(table(), counts, "g++"), table());
  counts[0].value = 1'006;
  EXPECT_EQ(renewed(table(), counts, "g++").rows.front().count, 1'006);
}

TEST(Renewed, RowsComeAndGoWithTheirCounts) {
  const std::vector<Count> counts{{"saga/completed/fsyncs", 6.0, 9}, {"saga/reads", std::nullopt, 9}};
  EXPECT_THAT(renewed(table(), counts, "g++").rows,
              ElementsAre(table().rows[0], Row{"saga/completed/fsyncs", 6, 9}, table().rows[2]));
}

}  // namespace
}  // namespace skald::counts
