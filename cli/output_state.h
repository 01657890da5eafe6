#pragma once

// What `skald state` prints for people.

#include <string>

#include "cli/output.h"

namespace skald::cli {

// As GET /v1/sagas/{id}/state has it.
std::string state_text(const Value& state, const Style& style);
// Likewise with `from`: each place with what was there (-) and what is (+).
std::string changes_text(const Value& changes, const Style& style);
// JSON with every line behind `indent`; the first one too.
std::string indented(const Value& value, const std::string& indent);

}  // namespace skald::cli
