#pragma once

// Which sagas a command means, by what they are instead of by their ids.

#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"
#include "engine/inspect/list_query.h"

namespace skald::cli {

class Source;

struct SagaQuery {
  std::string workflow, status, since, until;  // empty fields do not filter
  std::vector<std::string> labels;             // KEY=VALUE, all must match
};

// As the HTTP interface has them.
inspect::Parameters parameters_of(const SagaQuery& query);
// Calls `take` with each saga, newest first, at most `most`; returns the cursor behind them, null where there are no
// more.
Result<Value> each_saga(const Source& source, const SagaQuery& query, std::size_t most,
                        const std::function<void(const Value&)>& take);

}  // namespace skald::cli
