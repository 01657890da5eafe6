#include "workers/pool.h"

#include <algorithm>

namespace skald::workers {
namespace {

using std::chrono::microseconds;

constexpr microseconds kShortest{10};
constexpr microseconds kLongest{10'000};
constexpr std::chrono::milliseconds kNotComing{50};

}  // namespace

Pool::Pool(std::size_t threads)
    : most_(threads), typical_(2 * kShort, kShortest, kLongest), watcher_([this] { watch(); }) {}

bool Pool::run(std::function<void()> job) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  jobs_.push_back({std::move(job), now});
  const bool one_is_awake = coming_ > 0 || threads_.size() > idle_;
  if (typical_.get() > kShort ? coming_ == 0 : !one_is_awake) call_another();
  if (!watching_ && jobs_.size() > coming_) {
    watching_ = true;
    watched_.notify_one();
  }
  return true;
}

bool Pool::run_behind(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || jobs_.empty()) return false;
  jobs_.push_back({std::move(job), Clock::now()});
  return true;
}

std::size_t Pool::threads() const {
  const std::lock_guard lock(mutex_);
  return threads_.size();
}

void Pool::call_another() {
  if (stopping_ || jobs_.size() <= coming_) return;  // while it stops, those that are there do what is left
  if (idle_ > coming_) {
    ++coming_;
    filled_.notify_one();
  } else if (threads_.size() < most_) {
    ++coming_;
    threads_.emplace_back([this] { work(); });
  }
}

void Pool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    coming_ -= coming_ > 0 ? 1 : 0;
    while (!jobs_.empty()) {
      const std::function<void()> job = std::move(jobs_.front().job);
      jobs_.pop_front();
      if (typical_.get() > kShort && coming_ == 0) call_another();
      lock.unlock();
      const auto start = Clock::now();
      job();
      const auto end = Clock::now();
      lock.lock();
      typical_.took(end - start);
    }
    if (stopping_) return;
    // Without a condition: one that was called and finds its job taken by another has come all the same.
    ++idle_;
    filled_.wait(lock);
    --idle_;
  }
}

// Sees to it that what was thought short and is not gets its threads.
void Pool::watch() {
  std::size_t calls = 1;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (jobs_.empty()) {
      watching_ = false;
      calls = 1;
      watched_.wait(lock, [this] { return stopping_ || watching_; });
      continue;
    }
    // Where all are at work, each takes the next job by itself.
    const bool all_work = threads_.size() == most_ && idle_ <= coming_;
    watched_.wait_for(lock, all_work ? kNotComing : kPatience, [this] { return stopping_; });
    const auto waited = jobs_.empty() ? Clock::duration::zero() : Clock::now() - jobs_.front().since;
    if (waited < kPatience) continue;
    // Who was called has not come. It was seen with glibc 2.36, whose condition variables may lose a signal (its bug
    // 25847): the thread that it was for sleeps on.
    if (waited >= kNotComing) coming_ = 0;
    for (std::size_t call = 0; call < calls; ++call) call_another();
    calls = std::min(calls * 2, most_);
  }
}

void Pool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  filled_.notify_all();
  watched_.notify_all();
  if (watcher_.joinable()) watcher_.join();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace skald::workers
