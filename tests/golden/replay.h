#pragma once

#include "engine/core/state.h"
#include "tests/golden/files.h"

namespace skald::golden {

// Folds a stored history. Its document's expressions are exchanged for one that only a JqRunner could evaluate, and
// that runner fails the test: a fold that evaluates anything is noticed.
core::State replay(const Stored& history);

}  // namespace skald::golden
