#pragma once

// Where the flow goes after a task, checked against the list that it stands in. Private to this folder.

#include "engine/definition/problems.h"
#include "engine/definition/workflow.h"

namespace skald::definition {

// Sets Task::then of every task of a list; `node` is the list in the document.
void resolve_then(const TaskList& tasks, const DocNode& node, Problems& problems);

}  // namespace skald::definition
