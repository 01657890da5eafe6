// What the profile says of each feature is so.

#include "tests/conformance/profile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "engine/definition/jq_process.h"
#include "tests/conformance/cases.h"

namespace skald::conformance {
namespace {

TEST(Profile, EveryCaseGoesAsItSays) {
  definition::JqProcess jq;
  for (const Case& one : read_cases()) {
    for (const auto& line : differences(one.workflow, one.expected, jq)) ADD_FAILURE() << one.place << ": " << line;
  }
}

TEST(Profile, EveryCaseIsOfARow) {
  const auto profile = read_profile();
  for (const Case& one : read_cases()) {
    for (const auto& row : one.rows) EXPECT_EQ(profile.count(row), 1U) << one.place << ": no row '" << row << "'";
  }
}

// What refutes or proves a row: of a refused one, that a document is refused; of any other, that one runs.
bool speaks_for(const Case& one, const std::string& row, const std::string& status) {
  const bool is_its = std::find(one.rows.begin(), one.rows.end(), row) != one.rows.end();
  return is_its && (status == "refused" ? one.refuses() : one.expected.runs());
}

TEST(Profile, EveryRowHasACase) {
  const auto profile = read_profile();
  const auto cases = read_cases();
  EXPECT_GE(profile.size(), 150U);
  for (const auto& [row, status] : profile) {
    const bool has = std::any_of(cases.begin(), cases.end(),
                                 [&, &id = row, &is = status](const Case& one) { return speaks_for(one, id, is); });
    EXPECT_TRUE(has) << "no case for '" << row << "', which is " << status;
  }
}

TEST(Profile, NothingThatItRefusesRuns) {
  const auto profile = read_profile();
  for (const Case& one : read_cases()) {
    for (const auto& row : one.rows) {
      EXPECT_TRUE(profile.at(row) != "refused" || one.refuses()) << one.place;
    }
  }
}

// "functions.keys": "function" or "key".
bool names_part_of(const std::string& phrase, const std::string& row) {
  std::istringstream parts(row);
  for (std::string part; std::getline(parts, part, '.');) {
    if (part.back() == 's') part.pop_back();
    if (phrase.find(part) != std::string::npos) return true;
  }
  return false;
}

TEST(Profile, WhatItRefusesIsRefusedByName) {
  const auto profile = read_profile();
  for (const Case& one : read_cases()) {
    for (const auto& row : one.rows) {
      if (profile.at(row) != "refused") continue;
      EXPECT_TRUE(names_part_of(one.phrase(), row))
          << one.place << ": '" << one.phrase() << "' says nothing of " << row;
    }
  }
}

}  // namespace
}  // namespace skald::conformance
