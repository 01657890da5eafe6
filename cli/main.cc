// skald: everything that a user runs.

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iostream>

#include "cli/commands/all.h"
#include "cli/commands/completion.h"
#include "cli/usage.h"
#include "engine/definition/jq_process.h"

namespace {

// A reader opens every table of a store, and a large one has thousands; shells allow 1,024 files unless asked.
void allow_many_files() {
  constexpr rlim_t kEnough = 100'000;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = std::max(files.rlim_cur, std::min(files.rlim_max, kEnough));
  (void)::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

int main(int argc, char** argv) {
  if (skald::definition::is_expression_server(argc, argv)) return skald::definition::serve_expressions();
  using namespace skald::cli;  // NOLINT: this is the command line
  if (is_completion(argc, argv)) return serve_completion(argc, argv);
  allow_many_files();
  Context context;
  CLI::App app;
  add_all(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    std::cerr << usage_error(app, error, std::vector<std::string>(argv + 1, argv + argc));
    return kUsage;
  }
  if (context.exit_code == kDone && write_error() != 0 && write_error() != EPIPE) {
    return complain(skald::make_error(skald::ErrorKind::kIo, "write-failed",
                                      std::string("cannot write to standard output: ") + std::strerror(write_error())));
  }
  return context.exit_code;
}
