#pragma once

// The pivot's rules, and what is worth a warning about undos. Private to this folder.

#include "engine/definition/problems.h"
#include "engine/definition/workflow.h"

namespace skald::definition {

// Checks where the pivot stands and marks what comes after it. `list` is the document's `do`.
void check_pivot(Workflow& workflow, const DocNode& list, Problems& problems);

// Calls that can take effect before the pivot and that nothing undoes. Silent for workflows that do not use undos.
void warn_about_undos(const Workflow& workflow, Problems& problems);

}  // namespace skald::definition
