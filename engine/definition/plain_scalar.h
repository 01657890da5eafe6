#pragma once

// Plain scalars by the core schema of YAML 1.2 (specification section 10.3.2). Private to this folder.

#include <string_view>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace skald::definition {

// A null, truth value, number or text. Error "bad-definition", without a place: a number that JSON does not have, or
// one out of range.
Result<Value> resolve_plain(std::string_view text);

}  // namespace skald::definition
