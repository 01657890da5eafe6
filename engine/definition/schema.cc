#include "engine/definition/schema.h"

#include <fmt/format.h>

#include "engine/definition/schema_node.h"

namespace skald::definition {

Schema::Schema(std::shared_ptr<const Tree> tree) : tree_(std::move(tree)) {}

Result<Schema> Schema::compile(const Value& document, SchemaDraft draft) {
  SchemaCompiled compiled = compile_schema(document, draft);
  if (compiled.tree != nullptr) return Schema(std::move(compiled.tree));
  std::vector<std::string> lines;
  for (const auto& [place, what] : compiled.problems) {
    lines.push_back(place.empty() ? what : fmt::format("{}: {}", place, what));
  }
  return fail(ErrorKind::kInvalid, "bad-schema", fmt::format("{}", fmt::join(lines, "\n")));
}

Status Schema::validate(const Value& value) const { return check_value(*tree_, value); }

}  // namespace skald::definition
