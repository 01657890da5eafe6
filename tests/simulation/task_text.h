#pragma once

// What the text of a document says of one of its tasks: of what kind it is, and how it is undone.

#include <string>

#include "engine/base/value.h"

namespace skald::simulation {

// The key that makes it what it is: "call". Empty: none that is known.
std::string kind_of(const Value& task);
bool has(const Value& task, const char* outer, const char* inner);
bool undone_side_by_side(const Value& task);
// Null: it has none. A child saga that has completed is taken back where the document names no other undo.
const Value* undo_of(const Value& task);

}  // namespace skald::simulation
