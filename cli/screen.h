#pragma once

// The terminal while a live view has it: alternate screen, no cursor, keys one by one, signals as events. Whatever ends
// the view, the terminal is given back as it was.

#include <termios.h>

#include <chrono>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace skald::cli {

class Screen {
 public:
  enum class Event { kTime, kKey, kResized, kReport, kInterrupted };

  // Takes the terminal of standard output; keys come from standard input where that is a terminal too. One at a time.
  // Blocks SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP and SIGWINCH for this thread and those that it starts: make it
  // before other threads.
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  std::size_t columns() const { return columns_; }
  std::size_t rows() const { return rows_; }
  void show(const std::vector<std::string>& lines) const;

  // Waits for what comes first. A stop (SIGTSTP) gives the terminal back, stops, and is a kResized when the process
  // goes on. kInterrupted: SIGINT, SIGTERM, SIGHUP, SIGQUIT.
  Event wait(std::chrono::steady_clock::time_point until);
  // Of the last kKey.
  char key() const { return key_; }
  // Makes wait() return kReport. The one method for other threads.
  void report() const;
  // Where the process ends without the destructor.
  void give_back() const;

 private:
  void take();
  void measure();
  Event signalled();

  termios before_{};
  bool keys_ = false;
  int signals_ = -1;  // signalfd
  int reports_ = -1;  // eventfd
  std::size_t columns_ = 80;
  std::size_t rows_ = 24;
  char key_ = 0;
};

}  // namespace skald::cli
