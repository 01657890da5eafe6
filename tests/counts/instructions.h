#pragma once

// Instructions of the pieces of tests/pieces, by valgrind's callgrind, and their allocations.

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "tests/counts/table.h"

namespace skald::counts {

// Of one call of each piece, "instructions/NAME" and "allocations/NAME". The pieces run as skald-pieces, under
// valgrind, which leaves its files in `folder`. Errors: "no-valgrind", "valgrind-failed".
Result<std::vector<Count>> count_instructions(const std::string& folder);

}  // namespace skald::counts
