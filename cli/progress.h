#pragma once

// How far a long command has come: a bar on standard error, where that is a terminal.

#include <chrono>
#include <cstddef>
#include <string>

namespace skald::cli {

// "verifying [######        ] 400/1000 80/s, 7s left", no wider than `columns`: where there is little room, the bar
// goes first.
std::string progress_line(const std::string& what, std::size_t done, std::size_t all, double seconds,
                          std::size_t columns);

class Progress {
 public:
  // `wanted`: of the command, as Globals::progress() has it.
  Progress(std::string what, std::size_t all, bool wanted = true);
  // Ends its line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::size_t done);
  // Takes the bar away, so that something else can be written; the next show() brings it back.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;

  const std::string what_;
  const std::size_t all_;
  const bool shown_;
  const Clock::time_point begun_ = Clock::now();
  Clock::time_point next_;
  bool there_ = false;
};

}  // namespace skald::cli
