#pragma once

// Which sagas a command means, by what they are instead of by their ids.

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/value.h"
#include "engine/inspect/list_query.h"

namespace skald::cli {

class Source;

struct SagaQuery {                               // empty fields do not filter
  std::vector<std::string> workflows, statuses;  // any of them
  std::vector<std::string> labels;               // KEY=VALUE, all must match
  std::string since, until;                      // RFC 3339
  std::string id;                                // how the id or the run begins
  std::string error;                             // a text in it
  std::string sort;                              // "started" or "id"; empty: started
  bool reverse = false;

  bool filters() const;
};

// --workflow, --status, --label, --since, --until, --id and --error. `without_status` says what is meant without one.
void add_filters(CLI::App& command, SagaQuery& query, const std::string& without_status = "");

// A time as people give it: RFC 3339, or "2h" for two hours ago, which is made RFC 3339.
CLI::Validator moment();

// As the HTTP interface has them.
inspect::Parameters parameters_of(const SagaQuery& query);
// Calls `take` with each saga in the query's order from behind the cursor on, at most `most`, until it returns false;
// returns the cursor behind the page of the last, null where there are no more.
Result<Value> each_saga(const Source& source, const SagaQuery& query, std::size_t most,
                        const std::function<bool(const Value&)>& take, const std::string& cursor = "");

}  // namespace skald::cli
