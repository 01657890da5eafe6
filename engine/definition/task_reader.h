#pragma once

// What a kind sees while it reads its part of a task. Private to this folder.

#include "engine/definition/task_parser.h"

namespace skald::definition {

// Has the task's kind read what is its own.
Result<std::unique_ptr<TaskBody>> parse_body(TaskParser& parser, const Task& task, const DocNode& node,
                                             std::size_t depth);

}  // namespace skald::definition
