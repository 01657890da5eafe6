#pragma once

// Which sagas a command means, by what they are instead of by their ids.

#include <functional>
#include <string>
#include <vector>

#include "cli/client.h"

namespace skald::cli {

struct SagaQuery {
  std::string workflow, status, since, until;  // empty fields do not filter
  std::vector<std::string> labels;             // KEY=VALUE, all must match
};

// "&workflow=...&status=..."
std::string parameters_of(const SagaQuery& query);
// Calls `take` with each saga, newest first, at most `most`; returns the cursor behind them, null where there are no
// more.
Result<Value> each_saga(const Client& client, const SagaQuery& query, std::size_t most,
                        const std::function<void(const Value&)>& take);

}  // namespace skald::cli
