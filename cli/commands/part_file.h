#pragma once

// A file that is not to stay where a signal ends the process.

#include <array>
#include <csignal>
#include <string>

namespace skald::cli {

// While it lives, SIGINT, SIGTERM and SIGHUP remove the file and end the process with exit code 130; those that are
// ignored stay ignored. One at a time in a process.
class PartFile {
 public:
  explicit PartFile(std::string path);
  // Leaves the file to its owner, and the signals as they were.
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};

  const std::string path_;
  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace skald::cli
