#pragma once

// The whole command line.

#include "cli/commands/common.h"

namespace skald::cli {

// Puts the global options and every command into `app`. Both stay where they are until the app is done with.
void add_all(CLI::App& app, Context& context);

}  // namespace skald::cli
