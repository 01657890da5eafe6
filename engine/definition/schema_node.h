#pragma once

// The compiled form of a schema. Private to this folder.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/definition/problems.h"
#include "engine/definition/schema.h"
#include "engine/definition/schema_pattern.h"

namespace skald::definition {

// Of a value; as bits, so that several may be allowed.
enum SchemaType : std::uint8_t {
  kNullType = 1,
  kBooleanType = 2,
  kIntegerType = 4,  // a number without a fraction
  kNumberType = 8,
  kStringType = 16,
  kArrayType = 32,
  kObjectType = 64,
};

// What one (sub)schema asks. References and the schemas inside are indexes into the tree, so that a schema may refer
// to one that it stands in.
struct SchemaNode {
  using Index = std::uint32_t;
  using Count = std::optional<std::uint64_t>;
  using Child = std::optional<Index>;

  SchemaNode();  // out of line for clang, as DocNode's

  bool nothing = false;       // the schema `false`
  std::uint8_t types = 0;     // 0: any
  std::vector<Value> values;  // `enum`, or the one of `const`
  bool has_values = false;

  std::optional<Value> minimum;
  std::optional<Value> maximum;
  std::optional<Value> above;  // exclusiveMinimum
  std::optional<Value> below;
  std::optional<Value> multiple_of;

  Count min_length;  // in code points
  Count max_length;
  std::optional<Pattern> pattern;
  std::string format;  // empty, or one that is checked

  std::vector<Index> prefix;  // the schemas of the first items, each its own
  Child items;                // of all items behind them
  Count min_items;
  Count max_items;
  bool unique = false;
  Child contains;
  Count min_contains;
  Count max_contains;

  std::map<std::string, Index, std::less<>> properties;
  std::vector<std::pair<Pattern, Index>> pattern_properties;
  Child additional;
  Child names;
  std::vector<std::string> required;
  Count min_properties;
  Count max_properties;
  std::vector<std::pair<std::string, std::vector<std::string>>> dependent_required;
  std::vector<std::pair<std::string, Index>> dependent_schemas;

  Child reference;
  std::vector<Index> all_of;
  std::vector<Index> any_of;
  std::vector<Index> one_of;
  Child negated;
  Child condition;
  Child then;
  Child otherwise;

  // Those that are asked of the same value, not of one inside it.
  std::vector<Index> in_place() const;
};

struct Schema::Tree {
  std::vector<SchemaNode> nodes;  // the first is the whole
};

// What is wrong with a schema, or worth a word, and where: a JSON pointer (RFC 6901) into its document.
struct SchemaProblem {
  std::string place;
  std::string what;
};

struct SchemaCompiled {
  std::shared_ptr<const Schema::Tree> tree;  // null where there are problems
  std::vector<SchemaProblem> problems;
  std::vector<SchemaProblem> warnings;
};

SchemaCompiled compile_schema(const Value& document, SchemaDraft draft);
Status check_value(const Schema::Tree& tree, const Value& value);

// Whether a format is one that is checked, and whether a text is of it.
bool known_format(std::string_view format);
bool is_of_format(std::string_view format, std::string_view text);

}  // namespace skald::definition
