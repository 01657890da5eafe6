#include "engine/definition/expression.h"

#include <gtest/gtest.h>

#include <random>

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
  bool native_ = false;
};

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
  EXPECT_EQ(eval(".a.b | length"), 3);
  EXPECT_FALSE(native_);
  EXPECT_EQ(eval("[.a.b[] | select(type == \"number\")] | add"), 3);
  EXPECT_EQ(eval("\"\\(.i)-\\($input)\""), "7-5");
  EXPECT_EQ(eval("if .i > 3 then \"big\" else \"small\" end"), "big");
  EXPECT_EQ(eval("$context.cart.items | map(. * 2)"), Value::parse("[2,4,6]"));
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

TEST_F(Expressions, ImpureBuiltinsAreRefused) {
  for (const char* text : {"now", "env.HOME", "$ENV.HOME", "input", "[inputs]", ".a | debug", "\"\\(now)\"",
                           "now | todate", "$__loc__", "halt", "import \"a\" as a; 1", "(now)", "{a: now}"}) {
    EXPECT_EQ(eval(text), "compile: bad-expression") << text;
  }
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
                                                        {".id == 9007199254740992", "false"}}) {
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

// Random programs of the native part: wherever native evaluation gives a value, jq gives the same.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string program(int depth) {
    switch (pick(depth > 3 ? 5 : 12)) {
      case 0:
        return path();
      case 1:
        return "$context" + steps();
      case 2:
        return std::to_string(static_cast<int>(pick(20)) - 10);
      case 3:
        return "\"s" + std::to_string(pick(3)) + "\"";
      case 4:
        return std::vector<std::string>{"true", "false", "null", "{}", "[]"}[pick(5)];
      case 5:
        return "(" + program(depth + 1) + " // " + program(depth + 1) + ")";
      case 6:
        return "(" + program(depth + 1) + " and " + program(depth + 1) + " or " + program(depth + 1) + ")";
      case 7:
        return "(" + program(depth + 1) + comparison() + program(depth + 1) + ")";
      case 8:
        return "(" + program(depth + 1) + " + " + program(depth + 1) + ")";
      case 9:
        return "{a: " + program(depth + 1) + ", \"b c\": " + program(depth + 1) + "}";
      case 10:
        return "[" + program(depth + 1) + "," + program(depth + 1) + "]";
      default:
        return "(" + program(depth + 1) + ")" + steps();
    }
  }
  std::size_t pick(std::size_t below) { return random_() % below; }

 private:
  std::string path() {
    static const std::vector<std::string> starts{".", ".a", ".s", ".n", ".i", ".o", ".a.b", ".zz"};
    const std::string start = starts[pick(starts.size())];
    return start == "." ? start : start + steps();
  }
  std::string steps() {
    static const std::vector<std::string> all{".a", ".b", "[0]", "[2]", "[\"k\"]", ".c", ".\"d e\""};
    std::string made;
    while (pick(2) == 0) made += all[pick(all.size())];
    return made;
  }
  std::string comparison() {
    static const std::vector<std::string> all{" == ", " != ", " < ", " <= ", " > ", " >= "};
    return all[pick(all.size())];
  }
  std::mt19937 random_;
};

TEST_F(Expressions, NativeEvaluationAgreesWithJq) {
  Generator generator(7);
  int native = 0;
  for (int i = 0; i < 400; ++i) {
    const std::string text = generator.program(0);
    const auto expression = Expression::compile(text, kVariables, jq());
    ASSERT_TRUE(expression) << text << ": " << expression.error().message;
    if (!expression->native()) continue;
    ++native;
    const auto ours = expression->evaluate(scope(), jq());
    const auto theirs = jq().run(text, scope());
    ASSERT_EQ(ours.has_value(), theirs.has_value()) << text;
    if (ours) {
      ASSERT_EQ(*ours, *theirs) << text;
    }
  }
  EXPECT_GT(native, 200);
}

}  // namespace
}  // namespace skald::definition
