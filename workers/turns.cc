#include "workers/turns.h"

namespace skald::workers {

void Turns::run(const std::string& type, Job job) {
  Types::value_type& of = *types_.find(type);
  {
    const std::lock_guard lock(mutex_);
    if (of.second.running == of.second.concurrency) {
      of.second.waiting.push_back(std::move(job));
      return;
    }
    ++of.second.running;
  }
  start(of, std::move(job));
}

std::size_t Turns::taken(const std::string& type) const {
  const std::lock_guard lock(mutex_);
  const Type& of = types_.at(type);
  return of.running + of.waiting.size();
}

void Turns::start(Types::value_type& type, Job job) {
  pool_.run([this, &type, job = std::move(job)] {
    job();
    ended(type);
  });
}

void Turns::ended(Types::value_type& type) {
  Job next;
  bool was_full = false;
  {
    const std::lock_guard lock(mutex_);
    Type& of = type.second;
    if (of.waiting.empty()) {
      was_full = of.running-- == of.concurrency;
    } else {
      next = std::move(of.waiting.front());
      of.waiting.pop_front();
    }
  }
  if (next) start(type, std::move(next));
  if (was_full) freed_(type.first);
}

}  // namespace skald::workers
