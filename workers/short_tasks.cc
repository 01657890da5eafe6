#include "workers/short_tasks.h"

#include <algorithm>

namespace skald::workers {

void ShortTasks::add(const std::string& type, std::size_t concurrency) {
  const std::lock_guard lock(mutex_);
  types_.emplace(type, Type{concurrency, TypicalTime(kAtFirst, kLeast, kMost)});
}

void ShortTasks::took(const std::string& type, TypicalTime::Duration time) {
  const std::lock_guard lock(mutex_);
  TypicalTime& typical = types_.at(type).typical;
  time >= kMost ? typical.took_too_long() : typical.took(time);
}

void ShortTasks::handed_back(const std::string& type) {
  const std::lock_guard lock(mutex_);
  types_.at(type).typical.took_too_long();
}

ShortTasks::Together ShortTasks::together() const {
  const std::lock_guard lock(mutex_);
  Together all;
  for (const auto& [name, type] : types_) {
    const std::size_t most = type.typical.get() <= kShort ? std::min(type.concurrency, most_) : 1;
    all[name] = static_cast<std::uint32_t>(std::max<std::size_t>(1, most));
  }
  return all;
}

}  // namespace skald::workers
