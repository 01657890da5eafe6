// Documents of paths, put together from bytes: they give what evaluating them gives.

#include "engine/definition/splice.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>

#include "engine/base/msgpack.h"
#include "engine/definition/expression.h"

namespace skald::definition {
namespace {

// Paths need none.
class NoRunner final : public JqRunner {
 public:
  Result<Value> run(const std::string&, const Scope&) override {
    return fail(ErrorKind::kInvalid, "expression-failed", "jq would be asked");
  }
  Status check(const std::string&, const std::vector<std::string_view>&) override { return {}; }
};

// What a Scope holds, as bytes.
class BytesOf final : public ByteScope {
 public:
  explicit BytesOf(const Scope& scope) : scope_(scope) {}
  std::optional<Found> find(const Path& path) override {
    const Value* value = path.variable.empty() ? &scope_.dot : scope_.find(path.variable);
    if (value == nullptr) return std::nullopt;
    made_ = Payload(*value);
    return Found{made_.bytes()};
  }

 private:
  const Scope& scope_;
  Payload made_;
};

constexpr std::size_t kMost = 1'000'000;

Scope seen() {
  return {{{"a", {{"b", 1}, {"c", {1, 2.5, "x"}}}}, {"n", nullptr}, {"s", "text"}},
          {{"context", {{"deep", {{"er", {{"est", true}}}}}, {"empty", Value::object()}}}, {"none", nullptr}}};
}

Template compiled(const Value& document, bool loose = false) {
  NoRunner jq;
  auto made = Template::compile(document, {"context", "none"}, jq, loose);
  EXPECT_TRUE(made) << made.error().message;
  return std::move(*made);
}

std::optional<std::string> joined(const Value& document, std::size_t most = kMost, const Scope& scope = seen()) {
  const Template made = compiled(document);
  EXPECT_TRUE(made.splice()) << document;
  BytesOf bytes(scope);
  return made.splice()->join(bytes, most);
}

// What joining gives is what evaluating gives; none where that fails.
void expect_agreement(const Value& document, const Scope& scope = seen()) {
  NoRunner jq;
  const auto evaluated = compiled(document).evaluate(scope, jq);
  const auto bytes = joined(document, kMost, scope);
  ASSERT_EQ(bytes.has_value(), evaluated.has_value()) << document;
  if (bytes) EXPECT_EQ(*bytes, Payload(*evaluated).bytes()) << document;
}

TEST(Splice, GivesWhatEvaluatingGives) {
  for (const Value& document :
       std::vector<Value>{"${ . }",
                          "${ .a.b }",
                          "${ $context }",
                          "${ $context.deep.er }",
                          "constant",
                          7,
                          nullptr,
                          Value::array(),
                          Value::object(),
                          {{"x", "${ .a }"}, {"y", {{"z", "${ .a.c }"}, {"k", {1, 2}}}}, {"w", 1.5}},
                          {1, "${ .s }", {{"in", "${ $context.empty }"}}},
                          {{"twice", "${ .a }"}, {"again", "${ .a }"}}}) {
    expect_agreement(document);
  }
}

TEST(Splice, WhatIsNotThereIsNull) {
  for (const char* path : {"${ .none }", "${ .none.at.all }", "${ .n }", "${ .n.x }", "${ $none.x }"}) {
    EXPECT_EQ(joined(path), "\xC0") << path;
    expect_agreement(path);
  }
}

TEST(Splice, AFieldOfWhatHasNoneIsLeftToEvaluation) {
  for (const char* path : {"${ .s.x }", "${ .a.b.x }", "${ .a.c.x }", "${ $context.deep.er.est.x }"}) {
    EXPECT_FALSE(joined(path)) << path;
    expect_agreement(path);
  }
}

TEST(Splice, MoreThanAPathIsNotOne) {
  for (const Value& document : std::vector<Value>{"${ .a[0] }",
                                                  "${ .a + 1 }",
                                                  "${ {a} }",
                                                  "${ .a | .b }",
                                                  "${ .a // 1 }",
                                                  "${ 1 }",
                                                  {{"x", "${ .a }"}, {"y", "${ .a | length }"}}}) {
    EXPECT_FALSE(compiled(document).splice()) << document;
  }
}

TEST(Splice, ATextThatMayBeAnExpressionIsOne) {
  const Template made = compiled(".a.b", true);
  ASSERT_TRUE(made.splice());
  const Scope scope = seen();
  BytesOf bytes(scope);
  EXPECT_EQ(made.splice()->join(bytes, kMost), "\x01");
}

TEST(Splice, ALimitHoldsWhileItIsPutTogether) {
  const Value document = {{"x", "${ .a }"}, {"y", "end"}};
  const auto whole = joined(document);
  ASSERT_TRUE(whole);
  EXPECT_EQ(joined(document, whole->size()), whole);
  EXPECT_FALSE(joined(document, whole->size() - 1)) << "in what stands behind the last path";
  EXPECT_FALSE(joined(document, 5)) << "in what a path gives";
}

TEST(Splice, OfEqualKeysTheLastCounts) {
  class Twice final : public ByteScope {
    std::optional<Found> find(const Path&) override { return Found{"\x82\xA1x\x01\xA1x\x02"}; }
  } twice;
  EXPECT_EQ(compiled("${ .x }").splice()->join(twice, kMost), "\x02");
  EXPECT_EQ(Value::from_msgpack(std::string("\x82\xA1x\x01\xA1x\x02"))["x"], 2);
}

TEST(Splice, AFieldThatLedToTheBytesIsNotLookedForAgain) {
  class Inner final : public ByteScope {
    std::optional<Found> find(const Path& path) override {
      EXPECT_EQ(path.fields, (std::vector<std::string>{"id", "x"}));
      return Found{"\x81\xA1x\x05", 1};
    }
  } inner;
  EXPECT_EQ(compiled("${ .id.x }").splice()->join(inner, kMost), "\x05");
}

Value random_value(std::mt19937& random, int depth) {
  const auto draw = [&](int below) { return std::uniform_int_distribution<>(0, below - 1)(random); };
  static const std::vector<Value> kPlain = {nullptr,
                                            true,
                                            0,
                                            -1,
                                            127,
                                            128,
                                            -33,
                                            70'000,
                                            std::int64_t{1} << 40,
                                            0.5,
                                            1.0 / 3,
                                            "",
                                            "x",
                                            "\xE2\x82\xAC",
                                            std::string(40, 'y'),
                                            std::string(300, 'z')};
  const int kind = depth == 0 ? 0 : draw(4);
  if (kind < 2) return kPlain[static_cast<std::size_t>(draw(static_cast<int>(kPlain.size())))];
  Value made = kind == 2 ? Value::array() : Value::object();
  for (int left = draw(6) == 0 ? 20 : draw(4); left > 0; --left) {
    Value inner = random_value(random, depth - 1);
    if (kind == 2) {
      made.push_back(std::move(inner));
    } else {
      made[std::string(1, static_cast<char>('a' + draw(20)))] = std::move(inner);
    }
  }
  return made;
}

// Some of its texts become paths.
void add_paths(Value& document, std::mt19937& random) {
  const auto draw = [&](int below) { return std::uniform_int_distribution<>(0, below - 1)(random); };
  for (Value& inner : document) {
    if (inner.is_structured()) {
      add_paths(inner, random);
    } else if (draw(2) == 0) {
      std::string path = draw(2) == 0 ? "$context" : "";
      for (int left = draw(3) + (path.empty() ? 1 : 0); left > 0; --left)
        path += fmt::format(".{}", static_cast<char>('a' + draw(20)));
      inner = "${ " + path + " }";
    }
  }
}

TEST(Splice, AgreesOnDocumentsAndDataThatNobodyWrote) {
  int gave = 0;
  for (unsigned seed = 1; seed <= 2'000; ++seed) {
    std::mt19937 random(seed);
    Value document = Value{{"x", random_value(random, 3)}, {"y", {1, 2}}, {"z", ""}};
    add_paths(document, random);
    const Scope scope{random_value(random, 3), {{"context", random_value(random, 4)}, {"none", nullptr}}};
    expect_agreement(document, scope);
    if (HasFailure()) FAIL() << "seed " << seed;
    gave += joined(document, kMost, scope) ? 1 : 0;
  }
  EXPECT_GT(gave, 400) << "else this shows little";
}

}  // namespace
}  // namespace skald::definition
