#pragma once

// Where the flow goes after a task, checked against the list that it stands in. Private to this folder.

#include "engine/definition/problems.h"
#include "engine/definition/workflow.h"

namespace skald::definition {

// continue, exit, end
bool is_directive(std::string_view name);

// Sets Task::then of every task of a list and whatever else its bodies jump to; `node` is the list in the document.
// Reports jumps to nowhere.
void resolve_then(const TaskList& tasks, const DocNode& node, Problems& problems);

// Reports the first task of a list that no way leads to.
void report_unreachable(const TaskList& tasks, const DocNode& node, Problems& problems);

}  // namespace skald::definition
