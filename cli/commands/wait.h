#pragma once

// `submit --wait`.

#include "cli/commands/common.h"

namespace skald::cli {

// Submits and waits until the saga has ended or is stuck; `bounded`: for the time of --timeout at most. Where the
// submission names no id, one is made up here, so that the wait can go on when the connection is lost or the server
// starts anew: it may be away for the time of --timeout. Errors: "wait-timeout" (kTimeout), and those of Client.
Result<Value> submit_and_wait(const Globals& globals, Value submission, bool bounded);

}  // namespace skald::cli
