#include "workers/in_hand.h"

#include <fmt/format.h>

#include <utility>

namespace skald::workers {

std::string InHand::id_of(const std::string& key, std::uint32_t attempt) { return fmt::format("{}#{}", key, attempt); }

std::vector<InHand::Taken> InHand::take(const std::vector<Task>& tasks, const std::string& reply) {
  const std::lock_guard lock(mutex_);
  std::vector<Taken> all;
  Delivery& delivery = deliveries_[reply];
  for (const Task& task : tasks) {
    const std::string id = id_of(task.message.key, task.message.attempt);
    Taken& taken = all.emplace_back();
    const auto [at, fresh] = entries_.try_emplace(id, Entry{task, reply, SteadyTime::max(), taken.stop});
    if (!fresh) {
      taken.kind = Taken::Kind::kAlreadyHere;
      if (at->second.reply == reply) continue;  // twice in one message
      ++delivery.open;
      delivery.begun = true;
      (void)leave(std::exchange(at->second.reply, reply), false);
      continue;
    }
    ++delivery.open;
    ++by_type_[task.message.task];
    const auto before = results_.find(id);
    if (before != results_.end()) {
      taken.kind = Taken::Kind::kAnsweredBefore;
      taken.result = before->second;
    }
  }
  return all;
}

void InHand::begin(const std::string& id, SteadyTime overdue_at) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at == entries_.end()) return;
  at->second.overdue_at = overdue_at;
  deliveries_[at->second.reply].begun = true;
}

bool InHand::begun(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  return at != entries_.end() && deliveries_.at(at->second.reply).begun;
}

void InHand::remember(const std::string& id, const wire::ResultMessage& result) {
  const std::lock_guard lock(mutex_);
  if (results_.insert_or_assign(id, result).second) oldest_.push_back(id);
  while (oldest_.size() > remembered_) {
    results_.erase(oldest_.front());
    oldest_.pop_front();
  }
}

InHand::Left InHand::drop(const std::string& id, bool answered) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at == entries_.end()) return {};
  const std::string reply = std::move(at->second.reply);
  --by_type_[at->second.task.message.task];
  entries_.erase(at);
  return leave(reply, answered);
}

// The mutex is held.
InHand::Left InHand::leave(const std::string& reply, bool answered) {
  const auto at = deliveries_.find(reply);
  if (at == deliveries_.end()) return {};
  at->second.answered = at->second.answered || answered;
  if (--at->second.open > 0) return {};
  Left left{reply, at->second.answered};
  deliveries_.erase(at);
  return left;
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
  for (const auto& [reply, delivery] : deliveries_) all.push_back(reply);
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
