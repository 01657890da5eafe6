#pragma once

// Threads that are made when they are needed, up to a bound, and then kept.
//
// Waking a thread costs more than a short job, so how many are woken follows from how long jobs take. Long ones each
// get a thread at once: at most one is being woken or made at a time, and passes that on when it has taken a job and
// others wait. Short ones are left to a thread that is awake; should one of them wait for longer than kPatience after
// all, more and more threads are called.
//
// Thread-safe.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "workers/typical_time.h"

namespace skald::workers {

class Pool {
 public:
  explicit Pool(std::size_t threads);
  ~Pool() { stop(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // False after stop().
  bool run(std::function<void()> job);
  // The same, behind those that wait for a thread; false also where none does.
  bool run_behind(std::function<void()> job);
  // Runs what is queued, then ends the threads.
  void stop();
  // How many have been made.
  std::size_t threads() const;

  static constexpr std::chrono::microseconds kShort{100};  // of which half of the jobs must be, or shorter
  static constexpr std::chrono::microseconds kPatience{1'000};

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    std::function<void()> job;
    Clock::time_point since;
  };

  void work();
  void watch();
  // Under the lock: has one more thread come for what waits.
  void call_another();

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable watched_;
  std::deque<Waiting> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  std::size_t coming_ = 0;  // woken or made, and no job taken yet
  TypicalTime typical_;     // of what jobs took
  bool watching_ = false;   // the watching thread looks every kPatience
  bool stopping_ = false;
  std::thread watcher_;  // last: it uses all the rest
};

}  // namespace skald::workers
