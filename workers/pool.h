#pragma once

// Threads that are made when they are needed, up to a bound, and then kept. At most one of them is being woken or made
// at a time, and passes that on when it has taken a job and others wait: a burst of short jobs is then done by few
// threads, and one of long jobs by as many as there are jobs. Thread-safe.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace skald::workers {

class Pool {
 public:
  explicit Pool(std::size_t threads) : most_(threads) {}
  ~Pool() { stop(); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // False after stop().
  bool run(std::function<void()> job);
  // Runs what is queued, then ends the threads.
  void stop();

 private:
  void work();
  // Under the lock: sees to it that one more thread comes for what waits.
  void call_another();

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool coming_ = false;  // a thread was woken or made and has not taken a job yet
  bool stopping_ = false;
};

}  // namespace skald::workers
