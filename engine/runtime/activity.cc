#include "engine/runtime/activity.h"

#include <algorithm>

namespace skald::runtime {

using core::EventType;

namespace {

// Of a step or an undo.
bool is_answer(EventType type) {
  switch (type) {
    case EventType::kStepCompleted:
    case EventType::kStepRejected:
    case EventType::kStepFailed:
    case EventType::kStepUnknown:
    case EventType::kCompensationCompleted:
    case EventType::kCompensationRejected:
    case EventType::kCompensationFailed:
    case EventType::kCompensationUnknown:
      return true;
    default:
      return false;
  }
}

}  // namespace

Activity::Done::Done(const std::vector<core::Event>& events) {
  types.reserve(events.size());
  for (const core::Event& event : events) {
    types.push_back(event.type);
    if (!is_answer(event.type) || !event.started_at || !event.finished_at || event.task.empty()) continue;
    took.push_back({event.task, std::max<std::int64_t>(0, (*event.finished_at - *event.started_at).count())});
  }
}

void Activity::note(const RunId& run, const Done& done) {
  const std::lock_guard lock(mutex_);
  totals_.events += done.types.size();
  for (const EventType type : done.types) {
    totals_.steps += is_answer(type) ? 1 : 0;
    switch (type) {
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
      default:
        break;
    }
  }
  for (const Done::Took& attempt : done.took) note_times(attempt);
}

void Activity::note_times(const Done::Took& attempt) {
  auto at = by_task_.find(attempt.task);
  if (at == by_task_.end()) {
    if (by_task_.size() == kMaxTaskTypes) return;
    at = by_task_.emplace(attempt.task, Times{}).first;
  }
  ++at->second.count;
  at->second.sum_ms += attempt.ms;
  at->second.max_ms = std::max(at->second.max_ms, attempt.ms);
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
