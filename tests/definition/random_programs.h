#pragma once

// Random documents, and random programs over them, from a seed.

#include <fmt/format.h>

#include <random>
#include <string>
#include <vector>

#include "engine/base/value.h"

namespace skald::definition {

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

inline const Texts kKeys{"a", "b", "c", "items", "name", "d e", "é", "日本", ""};

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

}  // namespace skald::definition
