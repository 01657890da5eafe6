#include "engine/definition/expression.h"

#include <gtest/gtest.h>

#include "engine/definition/jq_process.h"

namespace skald::definition {
namespace {

const std::vector<std::string_view> kVariables{"context", "input"};

Scope scope() {
  Scope scope;
  scope.dot = Value::parse(R"({"a":{"b":[1,2,{"c":"x"}],"d e":true},"n":null,"s":"text","i":7,"o":{"k":1}})");
  scope.variables = {{"context", Value::parse(R"({"cart":{"items":[1,2,3]}})")}, {"input", Value(5)}};
  return scope;
}

class Expressions : public testing::Test {
 protected:
  static JqProcess& jq() {
    static JqProcess runner;
    return runner;
  }

  // What the expression gives, natively or not; an error's code where it fails.
  Value eval(const std::string& text) {
    auto expression = Expression::compile(text, kVariables, jq());
    if (!expression) return "compile: " + expression.error().code;
    native_ = expression->native();
    auto value = expression->evaluate(scope(), jq());
    return value ? *value : Value(value.error().code);
  }
  // Why it is refused.
  std::string problem(const std::string& text) {
    const auto expression = Expression::compile(text, kVariables, jq());
    return expression ? "taken" : expression.error().message;
  }
  bool native_ = false;
};

TEST_F(Expressions, SayWhatTheyLookAt) {
  const auto reads = [](const std::string& text) { return Expression::compile(text, kVariables, jq())->reads(); };
  const Reads fields = reads("$context.cart.items[0] + $context.total");
  EXPECT_TRUE(fields.field("context", "cart") && fields.field("context", "total") && fields.variable("context"));
  EXPECT_FALSE(fields.field("context", "other") || fields.variable("input") || fields.dot());
  EXPECT_TRUE(reads("[$context]").field("context", "other")) << "the variable as a whole";
  EXPECT_TRUE(reads("length").dot()) << "a builtin reads it without naming it";
  const Reads in_jq = reads("$context.cart | to_entries");
  EXPECT_TRUE(in_jq.dot() && in_jq.field("context", "other")) << "nobody looks into what jq runs";
}

TEST_F(Expressions, PathsAndConstructionAreNative) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {".a.b[2].c", "\"x\""},
      {".a[\"d e\"]", "true"},
      {".a.\"d e\"", "true"},
      {".missing.deeper", "null"},
      {".a.b[9]", "null"},
      {"$context.cart.items[1]", "2"},
      {"$input", "5"},
      {". == .", "true"},
      {".i >= 7 and .s == \"text\"", "true"},
      {".n // .s", "\"text\""},
      {"{ k: .i, \"q r\": $input, s, $context }", R"({"k":7,"q r":5,"s":"text","context":{"cart":{"items":[1,2,3]}}})"},
      {"[.i, [.s], {}, -3]", R"([7,["text"],{},-3])"},
      {".o + { z: 2 }", R"({"k":1,"z":2})"},
      {".i + 1", "8"},
      {"(.a).b[0]", "1"},
      {"\"lit\\u00e9ral\"", "\"litéral\""},
      {"true or .missing.x", "true"},
      {".a.b[-1].c", "\"x\""},
      {".a.b | length", "3"},
      {"$context.cart.items | map(. * 2 - 1)", "[1,3,5]"},
      {"$context.cart.items[.a.b[0]]", "2"},
      {"\"\\(.i)-\\($input + 1) of \\(.s)\"", "\"7-6 of text\""},
      {"if .i > 9 then \"big\" elif .n then 1 else \"small\" end", "\"small\""},
      {"(.o | has(\"k\")) and (.n | not)", "true"},
      {".a | keys | join(\", \")", "\"b, d e\""},
      {"[.i % 4, 6 / 3, (.s | type), ($context.cart.items | add)]", "[3,2,\"string\",6]"},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(eval(text), Value::parse(expected)) << text;
    EXPECT_TRUE(native_) << text;
  }
}

// Each operand of a chain stands inside the next one: they are bounded, not the stack.
TEST_F(Expressions, LongChainsAreJqs) {
  std::string sum = "1";
  for (int i = 0; i < 900; ++i) sum += "+1";
  EXPECT_EQ(eval(sum), 901);
  EXPECT_TRUE(native_);
  for (int i = 0; i < 200; ++i) sum += "+1";
  EXPECT_EQ(eval(sum), 1101);
  EXPECT_FALSE(native_);
  std::string path;
  for (int i = 0; i < 1'100; ++i) path += ".missing";
  EXPECT_EQ(eval(path), nullptr);
  EXPECT_FALSE(native_);
}

TEST_F(Expressions, TheRestIsJq) {
  EXPECT_EQ(eval("[.a.b[] | select(type == \"number\")] | add"), 3);
  EXPECT_FALSE(native_);
  EXPECT_EQ(eval("$context.cart.items | map(. / 2)"), Value::parse("[0.5,1,1.5]"))
      << "half natively: the fraction is jq's";
  EXPECT_EQ(eval(".o | to_entries | length"), 1);
}

TEST_F(Expressions, FailuresAreNamed) {
  EXPECT_EQ(eval(".i.x"), "expression-failed");
  EXPECT_EQ(eval(".a.b[]"), "expression-output") << "several results";
  EXPECT_EQ(eval("empty"), "expression-output");
  EXPECT_EQ(eval("error(\"no\")"), "expression-failed");
  EXPECT_EQ(eval(".a |"), "compile: bad-expression");
  EXPECT_EQ(eval("$nobody.x"), "compile: bad-expression");
  EXPECT_EQ(eval("$nobody | length"), "compile: bad-expression");
  EXPECT_EQ(eval(""), "compile: bad-expression");
  EXPECT_EQ(eval("1) | (2"), "compile: bad-expression") << "it must not end the parenthesis around it";
  EXPECT_EQ(eval("1 # )"), 1);
}

TEST_F(Expressions, WhatIsNoJqIsToldInWords) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {".a | lenght", "jq has no 'lenght'; did you mean 'length'?"},
      {".a | frobnicate(1; 2)", "jq has no 'frobnicate'"},
      {".a | length(1)", "jq has 'length', but not with 1 argument"},
      {"$nobody.x", "$nobody is not defined here; there are $context, $input"},
      {"$nobody | tojson", "$nobody is not defined here; there are $context, $input"},
      {".a |", "not valid jq: it ends too early"},
      {".a == 'x'", "not valid jq: jq's strings stand in double quotes"},
      {".a = = 1", "not valid jq: '=' is not expected where it stands"},
      {".a b", "not valid jq: a name where none is expected"},
      {"if .a then 1 end", "not valid jq: an 'if' has a 'then', an 'else' and an 'end'"},
      {"map(.x", "not valid jq: a '(' is not closed"},
      {"[1, 2", "not valid jq: a '[' is not closed"},
      {"1) | (2", "not valid jq: a ')' closes nothing"},
      {"[1}", "not valid jq: a '}' closes nothing"},
      {"\"abc", "not valid jq: a string is not closed"},
      {"\"\\(.a", "not valid jq: a '(' is not closed"},
      {"def f: 1;", "not valid jq: it ends too early"},
      {"", "the expression is empty"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(problem(text), expected) << text;
}

TEST_F(Expressions, BracketsInStringsAndCommentsAreNone) {
  EXPECT_EQ(eval("\"(\" + (\"\\(\")\" | tojson)]\" | tostring)"), "(\")\"]");
  EXPECT_EQ(eval("[1] # ) ] }\n | tojson"), "[1]");
}

TEST_F(Expressions, AreCheckedTogether) {
  std::vector<JqProgram> programs;
  for (int i = 0; i < 250; ++i) programs.push_back({".a | map(. + " + std::to_string(i) + ") | tojson # so", {"x"}});
  EXPECT_TRUE(jq().check_all(programs));
  programs[170].text = "$y | tojson";
  EXPECT_FALSE(jq().check_all(programs));
  programs[170] = {"$y | tojson", {"y"}};
  EXPECT_TRUE(jq().check_all(programs)) << "each has its own variables";
  programs[3].text = "1) | (2";
  EXPECT_FALSE(jq().check_all(programs)) << "and none ends the parenthesis around it";
}

TEST_F(Expressions, ImpureBuiltinsAreRefused) {
  for (const char* text : {"now",
                           "env.HOME",
                           "$ENV.HOME",
                           "input",
                           "[inputs]",
                           ".a | debug",
                           "\"\\(now)\"",
                           "now | todate",
                           "$__loc__",
                           "halt",
                           "import \"a\" as a; 1",
                           "(now)",
                           "{a: now}",
                           "$ ENV.HOME",
                           ".a[now:]",
                           "{\"\\(1, now)\": 2}",
                           "{(now): 1}",
                           "\"\\(\"\\(now)\")\"",
                           "# x\nnow",
                           "{a: [1, now]}"}) {
    const std::string refused = problem(text);
    EXPECT_NE(refused.find("is not allowed: an expression may depend on nothing but its input"), std::string::npos)
        << text << ": " << refused;
  }
  EXPECT_EQ(eval("{now: .i, env: 1} | {now, s: .env} | .now"), 7);
  EXPECT_EQ(eval("{now: .i | tostring} | .now"), "7") << "as a key or a field it is only a name";
  EXPECT_EQ(eval("\"now\" | length"), 3);
}

TEST_F(Expressions, LargeIntegersSurviveNatively) {
  Scope large;
  large.dot = Value::parse(R"({"id":9007199254740993,"u":18446744073709551615})");
  for (const auto& [text, expected] :
       std::vector<std::pair<std::string, std::string>>{{".id", "9007199254740993"},
                                                        {".u", "18446744073709551615"},
                                                        {"{a: .id}", "{\"a\":9007199254740993}"},
                                                        {".id + 1", "9007199254740994"},
                                                        {".id == 9007199254740992", "false"},
                                                        {".u > .id", "true"},
                                                        {".u == -1", "false"},
                                                        {"\"\\(.id)\"", "\"9007199254740993\""}}) {
    const auto expression = Expression::compile(text, {}, jq());
    ASSERT_TRUE(expression) << text;
    EXPECT_EQ(expression->evaluate(large, jq()).value().dump(), expected) << text;
  }
}

TEST_F(Expressions, ARunawayFaultsItselfAndNothingElse) {
  JqProcess small({Millis(300), 64u << 20, 1});
  const auto run = [&](const std::string& program) {
    const auto value = small.run(program, scope());
    return value ? value->dump() : value.error().code;
  };
  EXPECT_EQ(run("def f: f; f"), "expression-timeout");
  EXPECT_EQ(run(".i"), "7");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_EQ(run("reduce range(60) as $i (\"x\"; . + .)"), "expression-memory");
  EXPECT_EQ(run(".i"), "7");
#endif
}

TEST_F(Expressions, TemplatesReplaceWholeStringsOnly) {
  const auto document = Value::parse(R"({"a":"${ .i }","b":["${ $input }","text ${ .i }"],"c":{"d":1}})");
  const auto made = Template::compile(document, kVariables, jq());
  ASSERT_TRUE(made);
  EXPECT_FALSE(made->constant());
  EXPECT_EQ(made->evaluate(scope(), jq()).value(), Value::parse(R"({"a":7,"b":[5,"text ${ .i }"],"c":{"d":1}})"));
  EXPECT_TRUE(Template::compile(Value::parse(R"({"a":[1,"x"]})"), {}, jq())->constant());
  const auto bad = Template::compile(Value::parse(R"({"a":{"b":["${ $nobody }"]}})"), kVariables, jq());
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message.rfind("/a/b/0: ", 0), 0U) << bad.error().message;
}

}  // namespace
}  // namespace skald::definition
