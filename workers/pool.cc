#include "workers/pool.h"

namespace skald::workers {

bool Pool::run(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return false;
    jobs_.push_back(std::move(job));
    call_another();
  }
  return true;
}

void Pool::call_another() {
  if (coming_ || jobs_.empty()) return;
  if (idle_ > 0) {
    coming_ = true;
    filled_.notify_one();
  } else if (threads_.size() < most_) {
    coming_ = true;
    threads_.emplace_back([this] { work(); });
  }
}

void Pool::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    ++idle_;
    filled_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    --idle_;
    coming_ = false;
    if (jobs_.empty()) return;
    const std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    call_another();
    lock.unlock();
    job();
    lock.lock();
  }
}

void Pool::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  filled_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace skald::workers
