#include "engine/runtime/task_counts.h"

#include "engine/base/check.h"

namespace skald::runtime {

void TaskCounts::add(const std::string& type, Time since) {
  Waiting& waiting = by_type_[type];
  ++waiting.count;
  if (!waiting.oldest || since < *waiting.oldest) waiting.oldest = since;
}

void TaskCounts::remove(const std::string& type, Time since) {
  const auto at = by_type_.find(type);
  SKALD_CHECK(at != by_type_.end() && at->second.count > 0, "only what was counted goes");
  Waiting& waiting = at->second;
  --waiting.count;
  bool stale = waiting.stale || since == waiting.oldest;
  if (waiting.count == 0) {
    waiting.oldest.reset();
    stale = false;
  }
  if (stale == waiting.stale) return;
  waiting.stale = stale;
  stale ? ++stale_ : --stale_;
}

std::map<std::string, std::pair<std::uint64_t, Time>> TaskCounts::by_type() const {
  std::map<std::string, std::pair<std::uint64_t, Time>> all;
  for (const auto& [type, waiting] : by_type_) {
    if (waiting.count > 0) all.emplace(type, std::pair(waiting.count, *waiting.oldest));
  }
  return all;
}

}  // namespace skald::runtime
