#include "workers/turns.h"

namespace skald::workers {

void Turns::run(const std::string& type, Job job) {
  Type& of = types_.at(type);
  {
    const std::lock_guard lock(mutex_);
    if (of.running == of.concurrency) {
      of.waiting.push_back(std::move(job));
      return;
    }
    ++of.running;
  }
  start(of, std::move(job));
}

std::size_t Turns::taken(const std::string& type) const {
  const std::lock_guard lock(mutex_);
  const Type& of = types_.at(type);
  return of.running + of.waiting.size();
}

void Turns::start(Type& type, Job job) {
  pool_.run([this, &type, job = std::move(job)] {
    job();
    ended(type);
  });
}

void Turns::ended(Type& type) {
  Job next;
  {
    const std::lock_guard lock(mutex_);
    if (type.waiting.empty()) {
      --type.running;
      return;
    }
    next = std::move(type.waiting.front());
    type.waiting.pop_front();
  }
  start(type, std::move(next));
}

}  // namespace skald::workers
