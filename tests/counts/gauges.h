#pragma once

// Counters of the processes of a stack, read from outside.

#include <map>
#include <string>

#include "engine/base/result.h"
#include "tests/bench/checkout_stack.h"

namespace skald::counts {

// What has been done so far, by name; only differences mean something. The engine's fsyncs, rows and bytes by its
// metrics, its high-water mark and /proc; messages by the broker's monitoring. Error: "not-counted".
Result<std::map<std::string, double>> read_gauges(const bench::CheckoutStack& stack);

}  // namespace skald::counts
