#include "workers/turns.h"

namespace skald::workers {

void Turns::run(const std::string& type, std::vector<Job> jobs) {
  Types::value_type& of = *types_.find(type);
  std::vector<Job> now;
  {
    const std::lock_guard lock(mutex_);
    for (Job& job : jobs) {
      if (of.second.running == of.second.concurrency) {
        of.second.waiting.push_back(std::move(job));
      } else {
        ++of.second.running;
        now.push_back(in_turn(of, std::move(job)));
      }
    }
  }
  if (!now.empty()) pool_.run_all(std::move(now));
}

std::size_t Turns::taken(const std::string& type) const {
  const std::lock_guard lock(mutex_);
  const Type& of = types_.at(type);
  return of.running + of.waiting.size();
}

Turns::Job Turns::in_turn(Types::value_type& type, Job job) {
  return [this, &type, job = std::move(job)] {
    job();
    ended(type);
  };
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
  if (next) pool_.run(in_turn(type, std::move(next)));
  if (was_full) freed_(type.first);
}

}  // namespace skald::workers
