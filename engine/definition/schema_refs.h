#pragma once

// References inside a schema's document, and those that go round in circles. Private to this folder.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/definition/schema_node.h"

namespace skald::definition {

// A key as it stands in a JSON pointer (RFC 6901).
std::string pointer_token(std::string_view key);
// The keys of a pointer, as they are.
std::vector<std::string> pointer_keys(std::string_view pointer);

// The pointer of a reference into its own document: "#/a%20b" -> "/a b"; none where it leads elsewhere.
std::optional<std::string> local_pointer(std::string_view reference);
// Null: nothing is there.
const Value* find_pointer(const Value& document, std::string_view pointer);

// A schema that asks itself of the same value again, and so would never end. `places` are those of the nodes.
std::optional<SchemaProblem> find_endless(const Schema::Tree& tree, const std::vector<std::string>& places);

}  // namespace skald::definition
