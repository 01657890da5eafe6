#pragma once

// A workflow in the spelling that other tools of the standard accept: `compensate`, `pivot`, `effect` and `retry`,
// which the standard's schema does not know, as `metadata.*`. It means the same to Skald.

#include <string>

#include "engine/base/result.h"
#include "engine/definition/document.h"

namespace skald::cli {

// As YAML. Comments and the way in which values are written are lost; order, names and values are not. Errors:
// "bad-definition"; "not-standard" for what the standard has no words for, with its place.
Result<std::string> standard_export(const std::string& text, const std::string& file);

// Block style, two spaces a level; read again, it is the same value.
std::string as_yaml(const definition::DocNode& node);

}  // namespace skald::cli
