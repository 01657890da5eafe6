#pragma once

// How the broker is started where we start it.

#include <string>
#include <vector>

namespace skald::cli {

// What nats-server is told of its garbage collection, as Process::start() takes it; what our own environment says goes
// before it. docs/decisions/0013.
std::vector<std::string> broker_environment();

}  // namespace skald::cli
