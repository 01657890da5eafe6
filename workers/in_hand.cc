#include "workers/in_hand.h"

#include <fmt/format.h>

namespace skald::workers {

std::string InHand::id_of(const std::string& key, std::uint32_t attempt) { return fmt::format("{}#{}", key, attempt); }

InHand::Taken InHand::take(const Task& task, const std::string& reply) {
  const std::string id = id_of(task.message.key, task.message.attempt);
  const std::lock_guard lock(mutex_);
  Taken taken;
  const auto here = entries_.find(id);
  if (here != entries_.end()) {
    here->second.reply = reply;
    taken.kind = Taken::Kind::kAlreadyHere;
    return taken;
  }
  entries_.emplace(id, Entry{task, reply, SteadyTime::max(), taken.stop});
  ++by_type_[task.message.task];
  const auto before = results_.find(id);
  if (before != results_.end()) {
    taken.kind = Taken::Kind::kAnsweredBefore;
    taken.result = before->second;
  }
  return taken;
}

void InHand::begin(const std::string& id, SteadyTime overdue_at) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at != entries_.end()) at->second.overdue_at = overdue_at;
}

void InHand::remember(const std::string& id, const wire::ResultMessage& result) {
  const std::lock_guard lock(mutex_);
  if (results_.insert_or_assign(id, result).second) oldest_.push_back(id);
  while (oldest_.size() > remembered_) {
    results_.erase(oldest_.front());
    oldest_.pop_front();
  }
}

std::string InHand::reply(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  return at == entries_.end() ? "" : at->second.reply;
}

void InHand::drop(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at == entries_.end()) return;
  --by_type_[at->second.task.message.task];
  entries_.erase(at);
}

void InHand::cancel(const std::string& id) {
  std::optional<std::stop_source> stop;
  {
    const std::lock_guard lock(mutex_);
    const auto at = entries_.find(id);
    if (at != entries_.end()) stop = at->second.stop;
  }
  if (stop) stop->request_stop();
}

std::vector<std::string> InHand::replies() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const auto& [id, entry] : entries_) all.push_back(entry.reply);
  return all;
}

std::vector<Task> InHand::overdue(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  std::vector<Task> late;
  for (auto& [id, entry] : entries_) {
    if (entry.overdue_at > now) continue;
    entry.overdue_at = SteadyTime::max();
    late.push_back(entry.task);
  }
  return late;
}

std::size_t InHand::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::size_t InHand::of_type(const std::string& type) const {
  const std::lock_guard lock(mutex_);
  const auto at = by_type_.find(type);
  return at == by_type_.end() ? 0 : at->second;
}

}  // namespace skald::workers
