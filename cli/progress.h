#pragma once

// How far a long command has come: a bar on standard error, where that is a terminal.

#include <chrono>
#include <cstddef>
#include <string>

namespace skald::cli {

class Progress {
 public:
  Progress(std::string what, std::size_t all);
  // Ends its line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::size_t done);

 private:
  using Clock = std::chrono::steady_clock;

  const std::string what_;
  const std::size_t all_;
  const bool shown_;
  const Clock::time_point begun_ = Clock::now();
  Clock::time_point next_;
};

}  // namespace skald::cli
