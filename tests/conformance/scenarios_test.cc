// The scenarios of the specification's conformance kit: those that need no network.

#include <gtest/gtest.h>

#include "engine/definition/jq_process.h"
#include "tests/conformance/files.h"
#include "tests/conformance/scenario.h"

namespace skald::conformance {
namespace {

TEST(Scenarios, ThoseThatNeedNoNetworkPass) {
  if (!specification()) GTEST_SKIP() << kNoSpecification;
  definition::JqProcess jq;
  std::vector<std::string> passed;
  for (const Scenario& scenario : all_scenarios(*specification())) {
    if (calls(scenario, "http") || calls(scenario, "openapi")) continue;
    const auto wrong = differences(scenario, worker_of({}), jq);
    for (const auto& line : wrong) ADD_FAILURE() << scenario.name << ": " << line;
    if (wrong.empty()) passed.push_back(scenario.name);
  }
  EXPECT_EQ(passed,
            (std::vector<std::string>{"Fork Task With Competing Concurrent Sub Tasks", "Input Filtering",
                                      "Task With Sequential Sub Tasks", "Emit Task", "Implicit Sequence Flow",
                                      "Explicit Sequence Flow", "For Task", "Raise task with inline error", "Set Task",
                                      "Switch task with matching case", "Switch task with implicit default case",
                                      "Switch task with explicit default case"}));
}

// The kit reads an OpenAPI document from the network while the workflow runs; docs/profile.md refuses such calls.
TEST(Scenarios, ThoseThatCallOpenApiAreRefusedByName) {
  if (!specification()) GTEST_SKIP() << kNoSpecification;
  definition::JqProcess jq;
  std::size_t refused = 0;
  for (const Scenario& scenario : all_scenarios(*specification())) {
    if (!calls(scenario, "openapi")) continue;
    ++refused;
    const auto wrong = differences(scenario, worker_of({}), jq);
    ASSERT_EQ(wrong.size(), 1U) << scenario.name;
    EXPECT_NE(wrong[0].find("'call: openapi' is not supported"), std::string::npos) << wrong[0];
  }
  EXPECT_EQ(refused, 2U);
}

TEST(Scenarios, AStepThatIsNotKnownIsTold) {
  definition::JqProcess jq;
  const auto scenarios =
      read_scenarios("Feature: f\n  Scenario: one\n    Given a fish\n    \"\"\"yaml\n    a: 1\n    \"\"\"\n");
  ASSERT_EQ(scenarios.size(), 1U);
  EXPECT_EQ(scenarios[0].steps[0].block, "a: 1\n");
  EXPECT_EQ(differences(scenarios[0], worker_of({}), jq), (std::vector<std::string>{"no step is known as: a fish"}));
}

TEST(Scenarios, WhatDoesNotHoldIsTold) {
  definition::JqProcess jq;
  const std::string begin =
      "Feature: f\n  Scenario: one\n    Given a workflow with definition:\n    \"\"\"yaml\n"
      "    document: { dsl: '1.0.3', namespace: test, name: one, version: '1.0.0' }\n"
      "    do:\n      - a: { set: { n: 1 } }\n    \"\"\"\n    When the workflow is executed\n    Then ";
  for (const char* wrong :
       {"the workflow should fault", "the workflow output should have properties 'n', 'm'",
        "the workflow output should have a 'n' property with value:\n    \"\"\"yaml\n    2\n    \"\"\"",
        "b should run first", "b should run last", "b should run after a"}) {
    EXPECT_EQ(differences(read_scenarios(begin + wrong).at(0), worker_of({}), jq).size(), 1U) << wrong;
  }
  EXPECT_TRUE(differences(read_scenarios(begin + "a should run first").at(0), worker_of({}), jq).empty());
}

}  // namespace
}  // namespace skald::conformance
