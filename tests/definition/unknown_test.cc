// Expressions over data that nobody knows.

#include "engine/definition/unknown.h"

#include <gtest/gtest.h>

#include "engine/definition/expression.h"

namespace skald::definition {
namespace {

// Answers every program with "jq".
class Runner final : public JqRunner {
 public:
  explicit Runner(bool knows_all) : knows_all_(knows_all) {}
  Result<Value> run(const std::string&, const Scope&) override { return Value("jq"); }
  Status check(const std::string&, const std::vector<std::string_view>&) override { return {}; }
  bool knows_all() const override { return knows_all_; }

 private:
  const bool knows_all_;
};

Scope seen() {
  return {unknown_from("input"),
          {{"context", {{"known", 7}, {"open", unknown_from("a")}, {"list", {1, unknown_from("b")}}}}}};
}

Value evaluated(const std::string& text, bool knows_all = false) {
  Runner jq(knows_all);
  return Expression::compile(text, {"context"}, jq)->evaluate(seen(), jq).value();
}

TEST(Unknown, APathIntoItIsUnknownAndSaysWhichPath) {
  EXPECT_EQ(symbol_of(evaluated(".a.b")), "<input>.a.b");
  EXPECT_EQ(symbol_of(evaluated("$context.open[0]")), "<a>[0]");
  EXPECT_EQ(symbol_of(evaluated("$context.list[1]")), "<b>");
}

TEST(Unknown, WhatReadsNoneOfItIsEvaluated) {
  EXPECT_EQ(evaluated("$context.known"), 7);
  EXPECT_EQ(evaluated("$context.known == 7"), true);
  EXPECT_EQ(evaluated("$context.known | . + 1"), 8);
  EXPECT_EQ(evaluated("$context.list"), seen().variables[0].second["list"]) << "a part may be unknown";
}

TEST(Unknown, WhatReadsSomeOfItIsUnknown) {
  EXPECT_TRUE(is_unknown(evaluated(".a == 1")));
  EXPECT_TRUE(is_unknown(evaluated("$context.known + $context.open")));
  EXPECT_TRUE(is_unknown(evaluated("$context.list | length > 1")));
  EXPECT_TRUE(is_unknown(evaluated("length"))) << "it reads what it does not name";
}

TEST(Unknown, TheSameQuestionIsTheSameAndAnotherIsNot) {
  EXPECT_EQ(evaluated(".a == 1"), evaluated(".a == 1"));
  EXPECT_NE(evaluated(".a == 1"), evaluated(".a == 2"));
  EXPECT_NE(evaluated(".a == 1"), evaluated(".b == 1"));
}

TEST(Unknown, AProgramForJqIsUnknownWhereItMayReadSome) {
  EXPECT_TRUE(is_unknown(evaluated("[.[] | select(.x)] | first")));
  Runner jq(false);
  const Scope known{{{"x", 1}}, {{"context", unknown_from("a")}}};
  const auto program = Expression::compile("[.[] | select(. > 0)] | first", {"context"}, jq);
  EXPECT_EQ(program->evaluate(known, jq).value(), "jq") << "it does not name $context";
}

TEST(Unknown, RootsAreKeptHoweverLongASymbolGrows) {
  const Value grown = unknown_of(std::string(1000, 'x'), {unknown_from("a"), unknown_from("b")});
  EXPECT_EQ(roots_of(symbol_of(grown)), (std::set<std::string>{"a", "b"}));
  EXPECT_LT(symbol_of(grown).size(), 200U);
}

TEST(Unknown, InTheEngineItIsDataLikeAnyOther) { EXPECT_EQ(evaluated(".a", true), nullptr); }

}  // namespace
}  // namespace skald::definition
