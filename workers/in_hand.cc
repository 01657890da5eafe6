#include "workers/in_hand.h"

#include <fmt/format.h>

#include <algorithm>

namespace skald::workers {

std::string InHand::id_of(const std::string& key, std::uint32_t attempt) { return fmt::format("{}#{}", key, attempt); }

std::vector<InHand::Taken> InHand::take(const std::vector<Task>& tasks, const std::string& reply, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  std::vector<Taken> all;
  for (const Task& task : tasks) {
    const std::string id = id_of(task.message.key, task.message.attempt);
    Taken& taken = all.emplace_back();
    const auto [at, fresh] = entries_.try_emplace(id, Entry{task, taken.stop, reply});
    Entry& entry = at->second;
    if (!fresh) {
      taken.kind = Taken::Kind::kAlreadyHere;
      entry.task.deliveries = std::max(entry.task.deliveries, task.deliveries);
      if (entry.reply == reply) continue;  // twice in one message
      if (leave(entry).open == 0) deliveries_.erase(entry.reply);
      join(entry, reply);
      continue;
    }
    ++by_type_[task.message.task];
    const auto before = results_.find(id);
    if (before != results_.end()) {
      taken.kind = Taken::Kind::kAnsweredBefore;
      taken.result = before->second;
      entry.begun = true;
      entry.late = true;
    } else if (task.message.timeout) {
      entry.overdue_at = now + *task.message.timeout;
    }
    join(entry, reply);
  }
  return all;
}

std::optional<SteadyTime> InHand::begin(const std::string& id, const std::stop_token& stop, SteadyTime now) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at == entries_.end() || at->second.stop.get_token() != stop) return std::nullopt;
  Entry& entry = at->second;
  if (entry.late || entry.overdue_at <= now) return std::nullopt;
  set_begun(entry, true);
  return entry.overdue_at;
}

void InHand::remember(const std::string& id, wire::ResultMessage& result) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at != entries_.end()) {
    at->second.overdue_at = SteadyTime::max();
    result.deliveries = std::max(result.deliveries, at->second.task.deliveries);
  }
  if (results_.insert_or_assign(id, result).second) oldest_.push_back(id);
  while (oldest_.size() > remembered_) {
    results_.erase(oldest_.front());
    oldest_.pop_front();
  }
}

std::optional<std::string> InHand::answered(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  return at == entries_.end() ? std::nullopt : take_out(at, true);
}

std::optional<std::string> InHand::leave_out(const std::string& id, const std::stop_token& stop) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at == entries_.end() || at->second.stop.get_token() != stop || at->second.begun) return std::nullopt;
  return take_out(at, false);
}

std::optional<std::string> InHand::take_out(Entries::iterator at, bool answered) {
  Delivery& delivery = leave(at->second);
  delivery.answered = delivery.answered || answered;
  const bool last = delivery.open == 0;
  std::string reply = std::move(at->second.reply);
  --by_type_[at->second.task.message.task];
  entries_.erase(at);
  if (!last) return std::nullopt;
  deliveries_.erase(reply);
  return reply;
}

std::optional<std::string> InHand::hand_back(const std::string& id, const std::stop_token& stop) {
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(id);
  if (at == entries_.end() || at->second.stop.get_token() != stop || at->second.late) return std::nullopt;
  set_begun(at->second, false);
  std::string reply = at->second.reply;
  const Delivery& delivery = deliveries_[reply];
  if (delivery.begun > 0 || delivery.answered) return std::nullopt;
  drop(reply);
  return reply;
}

std::vector<std::string> InHand::hand_back_unbegun() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const auto& [reply, delivery] : deliveries_) {
    if (delivery.begun == 0 && !delivery.answered) all.push_back(reply);
  }
  for (const std::string& reply : all) drop(reply);
  return all;
}

void InHand::join(Entry& entry, const std::string& reply) {
  entry.reply = reply;
  Delivery& delivery = deliveries_[reply];
  ++delivery.open;
  delivery.begun += entry.begun ? 1 : 0;
}

InHand::Delivery& InHand::leave(const Entry& entry) {
  Delivery& delivery = deliveries_[entry.reply];
  --delivery.open;
  delivery.begun -= entry.begun ? 1 : 0;
  return delivery;
}

void InHand::set_begun(Entry& entry, bool begun) {
  Delivery& delivery = deliveries_[entry.reply];
  delivery.begun -= entry.begun ? 1 : 0;
  entry.begun = begun;
  delivery.begun += entry.begun ? 1 : 0;
}

void InHand::drop(const std::string& reply) {
  for (auto at = entries_.begin(); at != entries_.end();) {
    if (at->second.reply != reply) {
      ++at;
      continue;
    }
    --by_type_[at->second.task.message.task];
    at = entries_.erase(at);
  }
  deliveries_.erase(reply);
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

std::vector<InHand::Overdue> InHand::overdue(SteadyTime now) {
  const std::lock_guard lock(mutex_);
  std::vector<Overdue> all;
  for (auto& [id, entry] : entries_) {
    if (entry.overdue_at > now) continue;
    entry.overdue_at = SteadyTime::max();
    entry.late = true;
    all.push_back({entry.task, entry.begun});
    set_begun(entry, true);
  }
  return all;
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
