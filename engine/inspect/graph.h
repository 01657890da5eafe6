#pragma once

// A workflow as a picture has it: its tasks as they are nested, with what undoes each.

#include "engine/base/value.h"
#include "engine/definition/workflow.h"

namespace skald::inspect {

// {"workflow", "version", "pivot": reference or null, "tasks": [task]}, in the document's order. A task is {"step":
// reference, "name", "kind": its keyword, or "http", "task"?: task type, or workflow of a child saga, "line", "pivot",
// "after_pivot", "effect": whether it can be undone, "condition"?, "then"?, "cases"?: [{"name", "when"?, "then"}],
// "undo"?: {"step", "tasks": [task types], "parallel", "children": [task]}, "lists": [{"role": "do", "branch", "try" or
// "catch", "tasks"}]}.
Value graph_json(const definition::Workflow& workflow);

}  // namespace skald::inspect
