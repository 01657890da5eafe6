// The tests of the documents find what is not so.

#include "tests/conformance/expectation.h"

#include <gtest/gtest.h>

#include "engine/definition/document.h"
#include "engine/definition/jq_process.h"
#include "tests/conformance/markdown.h"

namespace skald::conformance {
namespace {

constexpr const char* kWorkflow = R"(document: { dsl: '1.0.3', namespace: test, name: one, version: '1.0.0' }
do:
  - a: { call: svc.a, with: { n: 1 } }
  - b: { emit: { event: { with: { source: 'urn:test', type: done } } } }
  - c: { wait: PT5S }
)";

std::vector<std::string> differ(const std::string& expected, const std::string& workflow = kWorkflow) {
  definition::JqProcess jq;
  const auto written = definition::parse_document(expected, "expected");
  if (!written) throw std::runtime_error(written.error().message);
  const auto read = read_expectation(written->value());
  if (!read) return {read.error().code};
  return differences(workflow, *read, jq);
}

TEST(Expectations, WhatIsSoIsNotTold) {
  EXPECT_TRUE(
      differ("{ ends: completed, calls: [ { svc.a: { n: 1 } } ], emits: [ { type: done } ], takes: 5s }").empty());
  EXPECT_TRUE(
      differ("{ answers: { svc.a: rejected }, ends: failed, error: { status: 422 }, left_behind: [] }").empty());
}

TEST(Expectations, WhatIsNotSoIsTold) {
  for (const char* wrong :
       {"{ ends: failed }", "{ ends: completed, output: 5 }", "{ ends: completed, calls: [] }",
        "{ ends: completed, calls: [ { svc.a: { n: 2 } } ] }", "{ ends: completed, calls: [ svc.a, svc.a ] }",
        "{ ends: completed, emits: [] }", "{ ends: completed, takes: 6s }",
        "{ ends: completed, left_behind: [ /do/0/a ] }", "{ ends: completed, error: { status: 1 } }",
        "{ ends: completed, order_refused: ended }", "{ refused: '1:1' }", "{ warns: '3:1: nothing' }",
        "{ submission_refused: input-mismatch }"}) {
    EXPECT_EQ(differ(wrong).size(), 1U) << wrong;
  }
}

TEST(Expectations, ARefusalIsTheOnlyOneAndAtItsPlace) {
  const std::string bad =
      "document: { dsl: '1.0.3', namespace: test, name: one, version: '1.0.0' }\ndo:\n  - a: { sett: 1 }\n";
  EXPECT_TRUE(differ("refused: \"3:8: the task 'a' needs one of\"", bad).empty());
  EXPECT_EQ(differ("refused: \"3:9: the task 'a' needs one of\"", bad).size(), 1U);
  EXPECT_EQ(differ("refused: \"3:8: the task 'a' needs one of\"", bad + "  - b: {}\n").size(), 1U);
  EXPECT_EQ(differ("ends: completed", bad).size(), 1U);
}

TEST(Expectations, OneThatSaysNothingIsNone) {
  for (const char* none :
       {"{ input: {} }", "{ ends: completed, outptu: 5 }", "{ answers: { a: perhaps }, ends: completed }"}) {
    EXPECT_EQ(differ(none), std::vector<std::string>{"bad-expectation"}) << none;
  }
}

TEST(Expectations, ASagaThatDoesNotEndIsTold) {
  const std::string endless =
      "document: { dsl: '1.0.3', namespace: test, name: one, version: '1.0.0' }\ndo:\n"
      "  - a: { set: { n: 1 } }\n  - b: { wait: PT1S, then: a }\n";
  const auto told = differ("ends: completed", endless);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].find("still going on"), std::string::npos);
}

TEST(Markdown, FencesAndRowsAreFound) {
  const std::string text = "# a\n```yaml run\nx: 1\n```\n| A | B |\n|---|---|\n| `a` | b  c |\n| `d` | |\n";
  const auto blocks = fences(text);
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_EQ(blocks[0].info, "yaml run");
  EXPECT_EQ(blocks[0].text, "x: 1\n");
  EXPECT_EQ(blocks[0].line, 2);
  const auto rows = table_rows(text);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].cells, (std::vector<std::string>{"`a`", "b  c"}));
  EXPECT_EQ(rows[1].cells, (std::vector<std::string>{"`d`", ""}));
}

}  // namespace
}  // namespace skald::conformance
