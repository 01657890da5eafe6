#pragma once

// Placeholders "{name}" in paths and bodies, filled from a task's input.

#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/value.h"

namespace skald::workers {

// Each value percent-encoded. Error "missing-input" where the input has no such member, or it is not text, a number or
// a truth value.
Result<std::string> fill_path(const std::string& path, const Value& input);
// A string that is one placeholder becomes the member whatever its type; within a longer one it becomes text.
Result<Value> fill_body(const Value& body, const Value& input);

// All but RFC 3986's unreserved characters as "%20".
std::string percent_encoded(std::string_view text);

}  // namespace skald::workers
