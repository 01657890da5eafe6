#pragma once

// Documents that nobody wrote: random ones within the profile, for the simulation.

#include <cstdint>
#include <string>

#include "tests/simulation/workflows.h"

namespace skald::simulation {

// The document of a seed: JSON, in the namespace "sim". All kinds of tasks, nested up to four lists deep, jumps forward
// and (so often) back, `if`, data flow, retries, timeouts, undos of every form, and now and then a pivot. It deploys,
// calls what the simulated workers serve, and every saga of it ends. Its expressions are evaluated natively.
Document generated(std::uint64_t seed);

}  // namespace skald::simulation
