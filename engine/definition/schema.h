#pragma once

// JSON Schemas of inputs, outputs and exports (DSL 1.0.3, "Schema").
//
// Drafts 4 to 7, 2019-09 and 2020-12, without what needs more than the one document or knows what other keywords have
// looked at: remote references, anchors, dynamic references, `unevaluated...`. These are refused by name; keywords that
// nobody knows are a warning, since the standard ignores them.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace skald::definition {

struct DocNode;
class Problems;

// kUnsaid reads as the newest, and takes the older spellings besides. Up to draft 7 what stands beside a `$ref` counts
// for nothing.
enum class SchemaDraft { kUnsaid, k4, k6, k7, k2019, k2020 };

inline constexpr std::size_t kMaxSchemas = 10'000;         // in one document
inline constexpr std::size_t kMaxSchemaNesting = 1'000;    // schemas inside one another, references followed
inline constexpr std::size_t kMaxSchemaSteps = 2'000'000;  // of one validation: bounds its time, whatever it has to do
inline constexpr std::size_t kMaxMismatches = 5;           // that are told of one value

// A compiled schema. Immutable; safe to share between threads, cheap to copy.
class Schema {
 public:
  struct Tree;

  // Error "bad-schema": what is wrong, each behind the JSON pointer of its place in the document.
  static Result<Schema> compile(const Value& document, SchemaDraft draft = SchemaDraft::kUnsaid);

  // Whether the value is as the schema says. Numbers are compared exactly, whatever their size.
  // Errors: "schema-mismatch" with where in the value what was expected, never with what stands there, which may be
  // secret; "schema-limit".
  Status validate(const Value& value) const;

 private:
  friend std::optional<Schema> read_schema(const DocNode& node, Problems& problems);
  explicit Schema(std::shared_ptr<const Tree> tree);

  std::shared_ptr<const Tree> tree_;  // shared: copied with the tasks that hold it
};

// The DSL's `schema: { format?, document }`. Reports what is wrong at its place in the document, and gives none then.
std::optional<Schema> read_schema(const DocNode& node, Problems& problems);

}  // namespace skald::definition
