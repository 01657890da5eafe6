#include "engine/runtime/activity.h"

#include <algorithm>

namespace skald::runtime {

using core::EventType;

void Activity::note(const RunId& run, const std::vector<core::Event>& events) {
  const std::lock_guard lock(mutex_);
  totals_.events += events.size();
  for (const core::Event& event : events) {
    switch (event.type) {
      case EventType::kSagaStarted:
        ++totals_.started;
        break;
      case EventType::kSagaCompensated:
      case EventType::kSagaFailed:
        note_trouble(run);
        [[fallthrough]];
      case EventType::kSagaCompleted:
      case EventType::kSagaCancelled:
      case EventType::kSagaTerminated:
        ++totals_.ended;
        break;
      case EventType::kSagaStuck:
        note_trouble(run);
        break;
      case EventType::kStepCompleted:
      case EventType::kStepRejected:
      case EventType::kStepFailed:
      case EventType::kStepUnknown:
      case EventType::kCompensationCompleted:
      case EventType::kCompensationRejected:
      case EventType::kCompensationFailed:
      case EventType::kCompensationUnknown:
        ++totals_.steps;
        note_times(event);
        break;
      default:
        break;
    }
  }
}

void Activity::note_times(const core::Event& event) {
  if (!event.started_at || !event.finished_at || event.task.empty()) return;
  auto at = by_task_.find(event.task);
  if (at == by_task_.end()) {
    if (by_task_.size() == kMaxTaskTypes) return;
    at = by_task_.emplace(event.task, Times{}).first;
  }
  const std::int64_t took = std::max<std::int64_t>(0, (*event.finished_at - *event.started_at).count());
  ++at->second.count;
  at->second.sum_ms += took;
  at->second.max_ms = std::max(at->second.max_ms, took);
}

void Activity::note_trouble(const RunId& run) {
  std::erase(troubled_, run);
  troubled_.push_front(run);
  if (troubled_.size() > kTroubled) troubled_.pop_back();
}

Activity::Totals Activity::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

std::vector<Activity::TaskTimes> Activity::slowest(std::size_t most) const {
  std::vector<TaskTimes> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [task, times] : by_task_) {
      const double mean = static_cast<double>(times.sum_ms) / static_cast<double>(times.count);
      all.push_back({task, times.count, mean, static_cast<double>(times.max_ms)});
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.mean_ms > b.mean_ms; });
  if (all.size() > most) all.resize(most);
  return all;
}

std::vector<RunId> Activity::troubled() const {
  const std::lock_guard lock(mutex_);
  return {troubled_.begin(), troubled_.end()};
}

}  // namespace skald::runtime
