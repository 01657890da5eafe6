#pragma once

// A child process that ends with this one.

#include <sys/types.h>

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace skald::cli {

class Process {
 public:
  // Starts `command` with its standard output to `log` (appended; its standard error stays ours), in our environment
  // and that of `more` ("NAME=value"). Error: "not-started".
  static Result<Process> start(const std::vector<std::string>& command, const std::string& log,
                               const std::vector<std::string>& more = {});
  Process() = default;

  pid_t pid() const { return pid_; }
  bool running() const { return pid_ > 0; }
  // Whether it has ended since the last look; `what` then says how.
  bool ended(std::string& what);
  void signal(int number) const;
  // Waits for its end, at most that long; false: it is still there.
  bool wait(Millis most);

 private:
  pid_t pid_ = -1;
};

// A program by name beside this binary, on the path, or in /usr/sbin; empty: nowhere.
std::string find_program(const std::string& name);

}  // namespace skald::cli
