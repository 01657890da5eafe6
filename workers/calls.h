#pragma once

// Calls a task's handler, and says what came of it: also where it is not to be begun any more, its secrets are not
// there or the handler throws. Thread-safe.

#include <map>
#include <stop_token>
#include <string>

#include "engine/base/time.h"
#include "workers/secrets.h"
#include "workers/short_tasks.h"
#include "workers/worker.h"

namespace skald::workers {

class Calls {
 public:
  // All of these outlive it.
  Calls(const std::map<std::string, TypeOptions>& types, const Secrets& secrets, ShortTasks& short_tasks,
        const Clock& clock)
      : types_(types), secrets_(secrets), short_tasks_(short_tasks), clock_(clock) {}

  Answer call(const Task& task, const std::stop_token& stop) const;

 private:
  Answer call_with_secrets(const Task& task, const std::stop_token& stop) const;
  Answer handle(const Task& task, const std::stop_token& stop) const;

  const std::map<std::string, TypeOptions>& types_;
  const Secrets& secrets_;
  ShortTasks& short_tasks_;
  const Clock& clock_;
};

}  // namespace skald::workers
