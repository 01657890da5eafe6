#include "workers/pool.h"

#include <algorithm>
#include <utility>

namespace skald::workers {
namespace {

using std::chrono::microseconds;

constexpr microseconds kShortest{10};
constexpr microseconds kLongest{10'000};
constexpr std::chrono::milliseconds kWhileAllWork{50};  // each takes the next job by itself

}  // namespace

Pool::Pool(std::size_t threads)
    : most_(threads), typical_(2 * kShort, kShortest, kLongest), watcher_([this] { watch(); }) {}

bool Pool::run(Job job) {
  std::vector<Job> one;
  one.push_back(std::move(job));
  return run_all(std::move(one));
}

bool Pool::run_all(std::vector<Job> jobs) {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  if (stopping_) return false;
  for (Job& job : jobs) jobs_.push_back({std::move(job), now});
  if (typical_.get() > kShort ? coming_ == 0 : !any_awake()) call_another();
  if (jobs_.size() <= coming_) return true;
  came_ = true;
  if (!std::exchange(watching_, true)) watched_.notify_one();
  return true;
}

bool Pool::run_behind(Job job) {
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
  if (!idle_.empty()) {
    ++coming_;
    call_idle();
  } else if (threads_.size() < most_) {
    ++coming_;
    threads_.emplace_back([this] { work(); });
  }
}

void Pool::call_idle() {
  Call& call = *idle_.back();
  idle_.pop_back();
  call.is_called = true;
  call.called.notify_one();
}

void Pool::work() {
  Call call;
  std::unique_lock lock(mutex_);
  while (true) {
    coming_ -= coming_ > 0 ? 1 : 0;
    while (!jobs_.empty()) {
      const Job job = std::move(jobs_.front().job);
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
    call.is_called = false;
    idle_.push_back(&call);
    call.called.wait(lock, [&call] { return call.is_called; });
  }
}

// Sees to it that what was thought short and is not gets its threads.
void Pool::watch() {
  std::size_t calls = 1;
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (jobs_.empty() && !came_) {
      watching_ = false;
      calls = 1;
      watched_.wait(lock, [this] { return stopping_ || watching_; });
      continue;
    }
    came_ = false;
    const bool all_work = threads_.size() == most_ && idle_.empty();
    watched_.wait_for(lock, all_work ? kWhileAllWork : kPatience, [this] { return stopping_; });
    if (jobs_.empty() || Clock::now() - jobs_.front().since < kPatience) {
      calls = 1;
      continue;
    }
    for (std::size_t call = 0; call < calls; ++call) call_another();
    calls = std::min(calls * 2, most_);
  }
}

void Pool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    while (!idle_.empty()) call_idle();
  }
  watched_.notify_all();
  if (watcher_.joinable()) watcher_.join();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace skald::workers
