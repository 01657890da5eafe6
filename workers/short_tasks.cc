#include "workers/short_tasks.h"

#include <algorithm>
#include <cmath>

namespace skald::workers {
namespace {

constexpr double kStep = 1.0 / 16;  // by which a message moves the mean

}  // namespace

void ShortTasks::add(const std::string& type, std::size_t concurrency, std::size_t most) {
  const std::lock_guard lock(mutex_);
  most = std::max<std::size_t>(1, std::min(most, concurrency / 2));
  types_.emplace(type, Type{concurrency, most, 1, TypicalTime(kAtFirst, kLeast, kMost)});
}

void ShortTasks::came(const std::string& type, std::size_t tasks) {
  const std::lock_guard lock(mutex_);
  double& mean = types_.at(type).mean;
  mean += (static_cast<double>(tasks) - mean) * kStep;
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
    all[name] = static_cast<std::uint32_t>(type.typical.get() <= kShort ? type.most : 1);
  }
  return all;
}

std::size_t ShortTasks::room(const std::string& type, std::size_t in_hand) const {
  const std::lock_guard lock(mutex_);
  const Type& of = types_.at(type);
  if (in_hand >= of.concurrency) return 0;
  const double free = static_cast<double>(of.concurrency - in_hand);
  return static_cast<std::size_t>(std::ceil(free / std::max(1.0, of.mean)));
}

}  // namespace skald::workers
