#pragma once

// Threads that are made when they are needed, up to a bound, and then kept.
//
// Waking a thread costs more than a short job, so how many are woken follows from how long jobs take. Long ones each
// get a thread at once: at most one is being woken or made at a time, and passes that on when it has taken a job and
// others wait. Short ones are left to a thread that is awake; should one of them wait for longer than kPatience after
// all, more and more threads are called. Of those that sleep, the one that worked last is called: the others are left
// alone, and its memory is at hand.
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

  using Job = std::function<void()>;

  // False after stop().
  bool run(Job job);
  // The same of several: what wakes for them wakes once.
  bool run_all(std::vector<Job> jobs);
  // The same of one, behind those that wait for a thread; false also where none does.
  bool run_behind(Job job);
  // Runs what is queued, then ends the threads.
  void stop();
  // How many have been made.
  std::size_t threads() const;

  static constexpr std::chrono::microseconds kShort{100};  // of which half of the jobs must be, or shorter
  static constexpr std::chrono::microseconds kPatience{1'000};

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    Job job;
    Clock::time_point since;
  };
  // Of one thread, which alone waits for it.
  struct Call {
    std::condition_variable called;
    bool is_called = false;
  };

  void work();
  void watch();
  // Under the lock, these two: has one more thread come for what waits; has this one, the last of idle_, come.
  void call_another();
  void call_idle();
  bool any_awake() const { return threads_.size() > idle_.size(); }  // or woken, or being made

  const std::size_t most_;
  mutable std::mutex mutex_;
  std::condition_variable watched_;
  std::deque<Waiting> jobs_;
  std::vector<std::thread> threads_;
  std::vector<Call*> idle_;  // of those that sleep, and that nobody has called
  std::size_t coming_ = 0;   // woken or made, and no job taken yet
  TypicalTime typical_;      // of what jobs took
  bool watching_ = false;    // the watching thread looks every kPatience
  bool came_ = false;        // something that had to wait, since it looked last
  bool stopping_ = false;
  std::thread watcher_;  // last: it uses all the rest
};

}  // namespace skald::workers
