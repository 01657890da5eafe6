#pragma once

// System calls of a running process, by strace.

#include <map>
#include <string>

#include "cli/process.h"
#include "engine/base/result.h"

namespace skald::counts {

class Tracer {
 public:
  // Counts the calls of all threads of the process from now on. The file takes strace's answer. Error: "no-strace": it
  // is not here, or may not trace.
  static Result<Tracer> start(pid_t pid, const std::string& file);

  // Ends it; how often each call was made. Error: "no-strace".
  Result<std::map<std::string, double>> stop();

 private:
  Tracer(cli::Process process, std::string file) : process_(std::move(process)), file_(std::move(file)) {}

  cli::Process process_;
  std::string file_;
};

}  // namespace skald::counts
