#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/bus/connection.h"
#include "workers/worker.h"

namespace skald::workers {

// The tasks that a message brings: at least one, all of one type, which is one of these. kInvalid where it is not so,
// or where the message cannot be read; `unknown-task` and `mixed-tasks` name the type. No state: from any thread.
Result<std::vector<Task>> tasks_of(const bus::Message& message, const std::map<std::string, TypeOptions>& types);

}  // namespace skald::workers
