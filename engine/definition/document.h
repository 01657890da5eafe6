#pragma once

// A YAML 1.2 or JSON text as a tree that knows where each node stands.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace skald::definition {

struct DocNode {
  enum class Type { kNull, kScalar, kSequence, kMapping };

  DocNode();  // out of line: clang asks in here whether it is constexpr, when the type of `entries` is not complete

  Type type = Type::kNull;
  int line = 0;                // from 1
  int column = 0;              // from 1
  Value scalar;                // string, number or boolean by the YAML 1.2 core schema (`on` and `yes` are strings)
  std::vector<DocNode> items;  // of a sequence
  std::vector<std::pair<std::string, DocNode>> entries;  // of a mapping, in order; keys are unique
  std::vector<std::pair<int, int>> key_positions;        // line and column of each key

  bool is_mapping() const { return type == Type::kMapping; }
  bool is_sequence() const { return type == Type::kSequence; }
  bool is_string() const { return type == Type::kScalar && scalar.is_string(); }
  // Null where there is no such key.
  const DocNode* find(std::string_view key) const;
  Value value() const;
};

// Limits: 256 KiB, depth 64; aliases and anchors are refused (they can explode), as are duplicate keys and several
// documents. Error: "bad-definition" with "file:line:column: what".
Result<DocNode> parse_document(std::string_view text, const std::string& file);

}  // namespace skald::definition
