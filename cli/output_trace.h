#pragma once

// What `skald trace` prints for people: a tree with bars.

#include <cstddef>
#include <string>

#include "cli/output.h"

namespace skald::cli {

struct TraceLook {
  std::size_t width = 100;  // of a line, in characters
  Time now;                 // to where what is open is drawn
  bool all = false;         // also what repeats itself
};

// `trace`: as GET /v1/sagas/{id}/trace has it.
std::string trace_text(const Value& trace, const TraceLook& look, const Style& style);

}  // namespace skald::cli
