// Native evaluation gives what jq gives: random programs over random documents, through the native evaluator and
// through libjq itself. Where the evaluator leaves the answer to jq, there is nothing to compare.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "engine/definition/expression_node.h"
#include "engine/definition/jq_value.h"
#include "tests/definition/random_programs.h"

namespace skald::definition {
namespace {

// Programs compiled into one, which gives each one's results, or "failed": libjq 1.6 takes 20 ms to compile anything.
class Together {
 public:
  explicit Together(const Texts& programs) : jq_(jq_init()) {
    std::string whole = ".context as $context | .input as $input | .dot | [";
    for (std::size_t i = 0; i < programs.size(); ++i) {
      whole += fmt::format("{}(try [{}\n] catch \"failed\")", i > 0 ? "," : "", programs[i]);
    }
    compiled_ = jq_compile(jq_, (whole + "]").c_str()) != 0;
  }
  ~Together() { jq_teardown(&jq_); }
  Together(const Together&) = delete;
  Together& operator=(const Together&) = delete;

  bool compiled() const { return compiled_; }
  Value run(const Value& scope) {
    jq_start(jq_, to_jv(scope), 0);
    return from_jv(jq_next(jq_));
  }

 private:
  jq_state* jq_;
  bool compiled_ = false;
};

struct Native {
  std::string text;
  std::shared_ptr<const Expression::Node> node;
};

// `count` programs that the native parser takes.
std::vector<Native> native_programs(Programs& programs, std::size_t count) {
  std::vector<Native> all;
  while (all.size() < count) {
    const std::string text = programs.program();
    std::vector<std::string> named;
    if (auto node = parse_native(text, named)) all.push_back({text, std::move(node)});
  }
  return all;
}

// Up to 2^53 numbers are the same; beyond it ours are exact, and jq's rounded in each step that led to them.
bool agree(const Value& ours, const Value& theirs) {
  if (ours.is_number() && theirs.is_number()) {
    const auto a = ours.get<double>();
    const auto b = theirs.get<double>();
    return a == b || (std::fabs(a) > 0x1p53 && std::fabs(a - b) <= std::fabs(a) * 0x1p-50);
  }
  if (ours.type() != theirs.type() || ours.size() != theirs.size()) return false;
  if (!ours.is_structured()) return ours == theirs;
  for (auto x = ours.begin(), y = theirs.begin(); x != ours.end(); ++x, ++y) {
    if (!agree(*x, *y) || (ours.is_object() && x.key() != y.key())) return false;
  }
  return true;
}

// As much of it as the program looks at.
Scope narrowed(const Scope& scope, const Reads& reads) {
  Scope narrow;
  if (reads.dot()) narrow.dot = scope.dot;
  for (const auto& [name, value] : scope.variables) {
    if (!reads.variable(name)) continue;
    Value some = value.is_object() ? Value::object() : value;
    for (auto at = value.begin(); value.is_object() && at != value.end(); ++at) {
      if (reads.field(name, at.key())) some[at.key()] = *at;
    }
    narrow.variables.emplace_back(name, std::move(some));
  }
  return narrow;
}

class Agreement : public testing::Test {
 protected:
  void compare(const std::vector<Native>& programs, Documents& documents, int count) {
    std::vector<Scope> scopes(static_cast<std::size_t>(count));
    for (Scope& scope : scopes) {
      scope.dot = documents.object();
      scope.variables = {{"context", documents.object()}, {"input", documents.value()}};
    }
    compare(programs, scopes);
  }

  void compare(const std::vector<Native>& programs, const std::vector<Value>& dots) {
    std::vector<Scope> scopes;
    for (const Value& dot : dots) scopes.push_back({dot, {{"context", nullptr}, {"input", nullptr}}});
    compare(programs, scopes);
  }

  // Each program on each scope.
  void compare(const std::vector<Native>& programs, const std::vector<Scope>& scopes) {
    Texts texts;
    for (const auto& each : programs) texts.push_back(each.text);
    Together jq(texts);
    if (!jq.compiled()) {
      for (const auto& text : texts) ASSERT_TRUE(Together({text}).compiled()) << "jq does not take " << text;
    }
    for (const Scope& scope : scopes) {
      const Value theirs =
          jq.run({{"dot", scope.dot}, {"context", scope.variables[0].second}, {"input", scope.variables[1].second}});
      ASSERT_EQ(theirs.size(), programs.size());
      for (std::size_t p = 0; p < programs.size(); ++p) {
        const auto ours = programs[p].node->evaluate(scope);
        const bool they_have = theirs[p].is_array() && theirs[p].size() == 1;
        ++asked_;
        const auto narrow = programs[p].node->evaluate(narrowed(scope, reads_of(*programs[p].node)));
        ASSERT_EQ(ours, narrow) << programs[p].text << " looks at more than it says";
        if (!ours) {
          left_to_jq_ += they_have ? 1 : 0;
          continue;
        }
        ++compared_;
        ASSERT_TRUE(they_have && agree(*ours, theirs[p][0]))
            << programs[p].text << "\non " << scope.dot << "\n$context " << scope.variables[0].second << "\n$input "
            << scope.variables[1].second << "\ngives " << *ours << "\nand in jq " << theirs[p];
      }
    }
  }

  int asked_ = 0;
  int compared_ = 0;
  int left_to_jq_ = 0;  // though jq has an answer
};

TEST_F(Agreement, OfProgramsOnDocuments) {
  Random random(20260101);
  Documents documents(random, false);
  Programs programs(random, true);
  for (int batch = 0; batch < 110 && !HasFatalFailure(); ++batch) compare(native_programs(programs, 60), documents, 30);
  EXPECT_GT(compared_, 75'000);
  EXPECT_LT(left_to_jq_, asked_ / 8);
  fmt::print("{} asked, {} compared, {} left to jq that has an answer\n", asked_, compared_, left_to_jq_);
}

std::vector<Native> natives(const Texts& texts) {
  std::vector<Native> all;
  for (const auto& text : texts) {
    std::vector<std::string> named;
    auto node = parse_native(text, named);
    EXPECT_TRUE(node) << text;
    if (node) all.push_back({text, std::move(node)});
  }
  return all;
}

std::vector<Value> pairs_of(const std::vector<Value>& numbers) {
  std::vector<Value> pairs;
  for (const Value& x : numbers) {
    for (const Value& y : numbers) pairs.push_back({{"x", x}, {"y", y}});
  }
  return pairs;
}

// Every pair of numbers at which signs, zeros and bounds meet; as text, which shows jq's -0, those whose results are
// exact there.
TEST_F(Agreement, OfArithmetic) {
  std::vector<Value> numbers{0, 1, -1, 2, -2, 3, 5, -5, 7, 100, -100, 65536, -65537, 0.5};
  compare(natives({"\"\\(.x + .y)\"", "\"\\(.x - .y)\"", "\"\\(.x * .y)\"", "\"\\(.x / .y)\"", "\"\\(.x % .y)\"",
                   "\"\\(.x | length)\"", "\"\\(0 - .x)\"", "[.x, .y, .x - .y] | join(\"/\")",
                   "[.x * .y, .y] | add | tostring"}),
          pairs_of(numbers));
  numbers.insert(numbers.end(),
                 {2147483647, -2147483648LL, 4294967296, -4294967297, 94906265, 4503599627370496, 9007199254740991});
  compare(natives({".x + .y",
                   ".x - .y",
                   ".x * .y",
                   ".x / .y",
                   ".x % .y",
                   "-3 - .x",
                   "8 - -2 - .y",
                   ".x | length",
                   "2 * -1 + .x",
                   ".x < .y",
                   ".x == .y",
                   ".x >= .y",
                   "[.x, .y] | add",
                   "([10, 20, 30])[.x]",
                   "[10, 20, 30] | has(.x)",
                   "1 + 2 * .x - 6 / 3 % 2",
                   "(.x - .y) * 3",
                   "[.x] < [.y]",
                   "{a: .x} < {a: .y}",
                   "{a: .x} < {b: .y}",
                   "{a: .x, c: 1} < {a: .y, b: 2}",
                   "[.x, 1] > [.y]"}),
          pairs_of(numbers));
  EXPECT_GT(compared_, 6'000);
}

// Takes a token out of a program, doubles it or puts another in its place: parentheses fall away, operators meet.
std::string mutated(const std::string& program, Random& random) {
  static const Texts others{"+",      "-",   "*",      "/",  "%",    "|",    "//",  "and",   "or",   "==", "<",  ">=",
                            "(",      ")",   "[",      "]",  "{",    "}",    ",",   ":",     "-1",   "2",  ".a", ".",
                            "$input", "not", "length", "if", "then", "else", "end", "\"x\"", "null", "?"};
  Texts tokens{""};
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' || c == '"';
  };
  for (const char c : program) {
    if (!tokens.back().empty() && !(is_word(c) && is_word(tokens.back().back()))) tokens.emplace_back();
    tokens.back() += c;
  }
  for (std::size_t times = 1 + random.below(3); times > 0; --times) {
    std::string& token = tokens[random.below(tokens.size())];
    token = random.chance(3) ? token + " " + token : random.chance(2) ? " " + random.of(others) + " " : "";
  }
  return fmt::format("{}", fmt::join(tokens, ""));
}

TEST_F(Agreement, OfMutatedPrograms) {
  Random random(20260103);
  Documents documents(random, false);
  Programs programs(random, true);
  for (int batch = 0; batch < 40 && !HasFatalFailure(); ++batch) {
    Texts texts;
    while (texts.size() < 60) {
      const std::string text = mutated(programs.program(), random);
      std::vector<std::string> named;
      const bool native = parse_native(text, named) != nullptr;
      const auto known = [](const std::string& name) { return name == "context" || name == "input"; };
      if (native && std::all_of(named.begin(), named.end(), known)) texts.push_back(text);
    }
    compare(natives(texts), documents, 10);
  }
  EXPECT_GT(compared_, 8'000);
}

// Integers beyond 2^53 are exact here and rounded in jq: they agree once rounded. Computing with them would show jq's
// rounding, and there is none in these programs.
TEST_F(Agreement, OfProgramsOnLargeIntegers) {
  Random random(20260102);
  Documents documents(random, true);
  Programs programs(random, false);
  for (int batch = 0; batch < 50 && !HasFatalFailure(); ++batch) compare(native_programs(programs, 60), documents, 30);
  EXPECT_GT(compared_, 35'000);
  fmt::print("{} asked, {} compared, {} left to jq that has an answer\n", asked_, compared_, left_to_jq_);
}

}  // namespace
}  // namespace skald::definition
