#pragma once

// Durations and retry policies of the standard. Private to this folder.

#include "engine/base/time.h"
#include "engine/definition/problems.h"
#include "engine/definition/workflow.h"

namespace skald::definition {

// `{ days, hours, minutes, seconds, milliseconds }` or ISO 8601 without years and months ("PT1.5S"). More than zero
// unless `zero_ok`, at most ten years. Reports what is wrong and gives none.
std::optional<Millis> read_duration(const DocNode& node, Problems& problems, bool zero_ok = false);

// `{ after: duration }`. `where` names the thing for messages: "timeout".
std::optional<Millis> read_timeout(const DocNode& node, Problems& problems);

struct RetryRead {
  RetryPolicy policy;
  std::optional<Millis> attempt_timeout;  // limit.attempt.duration
};

// The standard's retry policy (DSL 1.0.3, "Retry"), starting from `defaults` for what is not said; without a limit
// there is none. Its conditions are left to the caller, who knows what they may see.
std::optional<RetryRead> read_retry(const DocNode& node, RetryPolicy defaults, Problems& problems);

}  // namespace skald::definition
