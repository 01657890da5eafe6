#pragma once

// The natively evaluated form of an expression. Private to this folder.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/definition/expression.h"

namespace skald::definition {

struct Builtin;

struct Expression::Node {
  enum class Op {
    kDot,
    kVariable,  // text
    kLiteral,   // literal
    kField,     // operands[0], text
    kIndex,     // operands[0], index
    kAt,        // operands[0] [ operands[1] ]
    kObject,    // keys, operands
    kArray,     // operands
    kText,      // operands: the parts of an interpolated string
    kCall,      // builtin, operands
    kIf,        // operands: condition, then, else
    kPipe,
    kAlternative,
    kOr,
    kAnd,
    kEqual,
    kNotEqual,
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kAdd,
    kSubtract,
    kMultiply,
    kDivide,
    kModulo,
  };

  Op op = Op::kDot;
  std::string text;
  std::int64_t index = 0;  // from the end where negative
  Value literal;
  const Builtin* builtin = nullptr;  // static
  std::vector<std::string> keys;
  std::vector<std::shared_ptr<const Node>> operands;  // shared: as the root is

  // None where jq would report an error or is needed for the exact answer: jq then has the word.
  std::optional<Value> evaluate(const Scope& scope) const;
};

// The native form of a program, or null where it is not wholly understood. Collects the variables that it names.
std::shared_ptr<const Expression::Node> parse_native(std::string_view text, std::vector<std::string>& variables);

// What the program looks at.
Reads reads_of(const Expression::Node& program);

// The first builtin in a program whose result depends on more than its input; empty: none.
std::string find_impure(std::string_view program);

}  // namespace skald::definition
