#pragma once

// What `skald check` prints for people.

#include <string>

#include "cli/output.h"
#include "engine/check/check.h"

namespace skald::cli {

// `file`: as it was named.
std::string check_text(const check::Report& report, const std::string& file, const Style& style);

}  // namespace skald::cli
