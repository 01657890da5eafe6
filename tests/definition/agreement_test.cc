// Native evaluation gives what jq gives: random programs over random documents, through the native evaluator and
// through libjq itself. Where the evaluator leaves the answer to jq, there is nothing to compare.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <random>

#include "engine/definition/expression_node.h"
#include "engine/definition/jq_value.h"

namespace skald::definition {
namespace {

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::size_t below(std::size_t count) { return engine_() % count; }
  bool chance(std::size_t one_in) { return below(one_in) == 0; }
  template <typename T>
  const T& of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

 private:
  std::mt19937 engine_;
};

using Texts = std::vector<std::string>;

const Texts kKeys{"a", "b", "c", "items", "name", "d e", "é", "日本", ""};

// Documents whose integers are below 2^53, or all beyond it and far enough apart that doubles keep their order.
class Documents {
 public:
  Documents(Random& random, bool large) : random_(random), large_(large) {}

  Value value(int depth = 0) {
    switch (random_.below(depth > 3 ? 5 : 8)) {
      case 0:
        return random_.of(std::vector<Value>{nullptr, true, false});
      case 1:
        return number();
      case 2:
        return text();
      case 3:
      case 4:
        return static_cast<int>(random_.below(7)) - 3;
      case 5: {
        Value list = Value::array();
        for (std::size_t i = random_.below(4); i > 0; --i) list.push_back(value(depth + 1));
        return list;
      }
      default:
        return object(depth + 1);
    }
  }

  // Most documents are as the programs expect, so that these have something to say.
  Value object(int depth = 0) {
    Value made = Value::object();
    for (std::size_t i = random_.below(10); i > 0; --i) {
      const std::string& key = random_.of(kKeys);
      made[key] = random_.chance(6) ? value(depth) : usual(key, depth);
    }
    return made;
  }

 private:
  Value usual(const std::string& key, int depth) {
    if (key == "a" && depth < 4) return object(depth + 1);
    if (key == "name" || key == "d e") return text();
    if (key == "items" && depth < 4) {
      Value list = Value::array();
      for (std::size_t i = random_.below(4); i > 0; --i)
        list.push_back(random_.chance(2) ? object(depth + 1) : number());
      return list;
    }
    return key == "b" ? Value(random_.below(100)) : value(depth);
  }

  Value number() {
    static const std::vector<Value> small{
        0, 1, -1, 10, 255, 1.5, -0.25, 1e300, 4503599627370496, 9007199254740991, -9007199254740991};
    if (!large_) return random_.of(small);
    static const std::vector<Value> beyond{9007199254740993,
                                           -9007199254740993,
                                           1152921504606846977,
                                           9223372036854775807,
                                           std::numeric_limits<std::int64_t>::min() + 1,
                                           18446744073709551615U};
    return random_.of(beyond);
  }

  Value text() {
    static const Texts all{"", "x", "text", "äöü", "日本語", "🂡 card", "a\"b\\c", "line\nline", "é"};
    return random_.of(all);
  }

  Random& random_;
  const bool large_;
};

// Programs of the native subset.
class Programs {
 public:
  // Without arithmetic and integers as text, in which jq shows that it has rounded.
  Programs(Random& random, bool with_numbers) : random_(random), with_numbers_(with_numbers) {}

  std::string program(int depth = 0) {
    const auto inner = [&] { return program(depth + 1); };
    switch (random_.below(depth > 2 ? 5 : 19)) {
      case 0:
      case 1:
      case 2:
        return path();
      case 3:
        return random_.of(Texts{"true", "false", "null", "{}", "[]", "0", "1", "-3", "\"x\"", "\"\\u00e9\"", "42"});
      case 4:
        return path() + " | " + random_.of(kCalls);
      case 5:
        return fmt::format("({} // {})", inner(), inner());
      case 6:
        return fmt::format("({} {} {})", inner(), random_.of(Texts{"and", "or"}), inner());
      case 7:
      case 8:
        return fmt::format("({} {} {})", inner(), random_.of(Texts{"==", "!=", "<", "<=", ">", ">="}), inner());
      case 9:
        return fmt::format("{{a: ({}), \"d e\": ({}), name, $input}}", inner(), inner());
      case 10:
        return fmt::format("[({}), {}]", inner(), path());
      case 11:
        return fmt::format("({}){}", inner(), steps());
      case 12:
        return fmt::format("if {} then {} elif {} then {} else {} end", inner(), inner(), path(), inner(), inner());
      case 13:
        return fmt::format("({} | {})", inner(), inner());
      case 14:
        return fmt::format("{} | map({})", path(), inner());
      case 15:
        return fmt::format("{} | has({})", path(), random_.of(Texts{"\"a\"", "0", "-1", "2", ".name"}));
      case 16:
        return fmt::format("{}[{}]", path(), random_.of(Texts{".a", "$input", "(1 + 1)", ".name // \"b\""}));
      default:
        return with_numbers_ ? numbers(depth) : inner();
    }
  }

 private:
  std::string numbers(int depth) {
    const std::string left = program(depth + 1);
    const std::string right = program(depth + 1);
    switch (random_.below(5)) {
      case 0:
        return fmt::format("\"<\\({}) und \\({})>\"", left, right);
      case 1:
        return fmt::format("{} | join(\", \")", path());
      case 2:
        return fmt::format("{} | {}", path(), random_.of(Texts{"add", "tostring", "length"}));
      case 3:
        return fmt::format("{} {} {}", path(), random_.of(Texts{"+", "-", "*", "/", "%"}), path());
      default:
        return fmt::format("({} {} {})", left, random_.of(Texts{"+", "+", "-", "*", "/", "%"}), right);
    }
  }

  std::string path() {
    const std::string start =
        random_.of(Texts{".", ".a", ".b", ".items", ".name", "$context", "$input", ".\"d e\"", ".[\"é\"]"});
    return start == "." ? start : start + steps();
  }

  std::string steps() {
    std::string made;
    while (random_.below(5) < 2) {
      made += random_.of(Texts{".a", ".b", ".items", "[0]", "[-1]", "[2]", "[-9]", "[\"a\"]", ".\"日本\"", ".\"\""});
    }
    return made;
  }

  static const inline Texts kCalls{"length", "not", "keys", "type"};
  Random& random_;
  const bool with_numbers_;
};

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
