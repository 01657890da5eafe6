#pragma once

// A saga's submission, as JSON: {"workflow", "version"?, "id"?, "input"?, "labels"?}.

#include <string_view>

#include "engine/base/result.h"
#include "engine/runtime/engine.h"

namespace skald::api {

// Errors: "bad-json", "too-deep", "unknown-member", "bad-member".
Result<runtime::Submission> submission_of(std::string_view json);

}  // namespace skald::api
