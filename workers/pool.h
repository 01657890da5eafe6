#pragma once

// Threads that are made when they are needed, up to a bound, and then kept. Thread-safe.

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

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::function<void()>> jobs_;
  std::vector<std::thread> threads_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace skald::workers
