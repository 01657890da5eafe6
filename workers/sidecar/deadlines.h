#pragma once

// Calls something when its time has come, unless what it watches over has ended before. Thread-safe.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace skald::workers {

class Deadlines {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  Deadlines();
  // All watches must have ended.
  ~Deadlines();
  Deadlines(const Deadlines&) = delete;
  Deadlines& operator=(const Deadlines&) = delete;

  // One time that is waited for. Its end waits for a `late` that runs.
  class Watch {
   public:
    // `late` is called on the thread of `deadlines`, at most once; one that takes long holds up the others.
    Watch(Deadlines& deadlines, SteadyTime at, std::function<void()> late);
    ~Watch() { end(); }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    // Whether its time had come. `late` is not called behind it.
    bool end();

   private:
    Deadlines& deadlines_;
    const SteadyTime at_;
    const std::uint64_t id_;
  };

 private:
  struct Entry {
    std::function<void()> late;
    bool begun = false;
  };

  std::uint64_t add(SteadyTime at, std::function<void()> late);
  bool remove(SteadyTime at, std::uint64_t id);
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<SteadyTime, std::uint64_t>, Entry> entries_;
  std::uint64_t last_id_ = 0;
  std::uint64_t running_ = 0;  // the id of the one that is called now; 0: none
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace skald::workers
