#pragma once

// The whole command line, as main() puts it together.

#include "cli/commands/all.h"

namespace skald::cli {

struct CommandLine {
  CommandLine() { add_all(app, context); }

  Context context;
  CLI::App app;
};

}  // namespace skald::cli
