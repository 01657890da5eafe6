#include "tests/simulation/broker_server.h"

#include <fmt/format.h>

#include <algorithm>

namespace skald::simulation {

void BrokerServer::prepare() {
  if (!created_.empty()) return;
  created_ = fmt::format("stream-{}", ++births_);
}

void BrokerServer::claim(std::uint64_t incarnation) {
  if (incarnation <= incarnation_) return;
  incarnation_ = incarnation;
  for (const auto& [seq, task] : tasks_) {
    if (task.out_until) lost(task);
  }
  tasks_.clear();
  acknowledged_.clear();
}

std::optional<std::uint64_t> BrokerServer::publish_tasks(const Parcel& parcel) {
  if (!prepared()) return std::nullopt;
  const auto known = ids_.find(parcel.id());
  if (known != ids_.end() && world_.now() - known->second.first < kDedupWindow) return known->second.second;
  const std::uint64_t seq = ++last_task_;
  for (const std::string& id : parcel.ids) {
    const bool lies_there = std::any_of(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
      const auto& ids = entry.second.parcel.ids;
      return std::find(ids.begin(), ids.end(), id) != ids.end();
    });
    const bool was_seen = seen_.count(id) > 0;  // in other cases a restart has made it forget the id
    const bool had_it = lies_there || answered_.count(id) > 0;
    if (was_seen && had_it && excused_.count(id) == 0) repeated_.insert(id);
    seen_[id] = seq;
  }
  ids_[parcel.id()] = {world_.now(), seq};
  tasks_[seq].parcel = parcel;
  world_.after(world_.random.between(0, 4), [this, type = parcel.type()] { pump(type); });
  return seq;
}

const Parcel* BrokerServer::parcel(std::uint64_t seq) const {
  const auto at = tasks_.find(seq);
  return at == tasks_.end() ? nullptr : &at->second.parcel;
}

void BrokerServer::lost(const Task& task) {
  for (const wire::TaskMessage& one : task.parcel.tasks) lost_tasks_.insert(one.key);
}

std::uint64_t BrokerServer::in_hand(const std::string& type) const {
  return static_cast<std::uint64_t>(std::count_if(tasks_.begin(), tasks_.end(), [&](const auto& entry) {
    return entry.second.out_until && entry.second.parcel.type() == type;
  }));
}

std::size_t BrokerServer::open_tasks() const {
  return static_cast<std::size_t>(std::count_if(tasks_.begin(), tasks_.end(), [this](const auto& entry) {
    return entry.second.out_until || entry.first > delivered_up_to(entry.second.parcel.type());
  }));
}

std::uint64_t BrokerServer::some_task() const {
  if (tasks_.empty()) return 0;
  auto at = tasks_.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(world_.random.below(tasks_.size())));
  return at->first;
}

std::uint64_t BrokerServer::delivered_up_to(const std::string& type) const {
  const auto at = delivered_.find(type);
  return at == delivered_.end() ? 0 : at->second;
}

void BrokerServer::pump(const std::string& type) {
  if (!up_ || !prepared()) return;
  std::uint64_t& delivered = delivered_[type];
  for (auto at = tasks_.upper_bound(delivered); at != tasks_.end(); ++at) {
    if (at->second.parcel.type() != type) continue;
    if (!to_worker_(at->first, at->second.parcel, at->second.deliveries + 1)) return;
    delivered = at->first;
    hand_out(at->first, at->second);
  }
}

void BrokerServer::hand_out(std::uint64_t seq, Task& task) {
  ++task.deliveries;
  task.out_until = world_.now() + kAckWait;
  world_.after(kAckWait, [this, seq, created = created_] { expire(seq, created); });
}

void BrokerServer::expire(std::uint64_t seq, const std::string& created) {
  if (created != created_) return;
  const auto at = tasks_.find(seq);
  if (at == tasks_.end() || !at->second.out_until) return;
  Task& task = at->second;
  if (world_.now() < *task.out_until) {
    world_.after(*task.out_until - world_.now(), [this, seq, created] { expire(seq, created); });
    return;
  }
  if (up_ && to_worker_(seq, task.parcel, task.deliveries + 1)) {
    hand_out(seq, task);
  } else {
    task.out_until = world_.now() + Millis(1'000);
    world_.after(Millis(1'000), [this, seq, created] { expire(seq, created); });
  }
}

void BrokerServer::acknowledge_task(std::uint64_t seq, std::uint32_t delivery, const std::string& id) {
  const auto at = tasks_.find(seq);
  // Otherwise it was meant for one of a stream that is gone.
  if (up_ && at != tasks_.end() && at->second.parcel.id() == id) {
    answered_.insert(at->second.parcel.ids.begin(), at->second.parcel.ids.end());
  }
  acknowledge(seq, delivery);
}

void BrokerServer::acknowledge(std::uint64_t seq, std::uint32_t delivery) {
  const auto at = tasks_.find(seq);
  if (!up_ || at == tasks_.end()) return;
  if (at->second.out_until && at->second.deliveries != delivery) lost(at->second);
  acknowledged_[seq] = std::move(at->second);
  tasks_.erase(at);
  while (acknowledged_.size() > 8) acknowledged_.erase(acknowledged_.begin());
}

void BrokerServer::acknowledge_astray(std::uint64_t seq) { acknowledge(seq, 0); }

void BrokerServer::in_progress(std::uint64_t seq) {
  const auto at = tasks_.find(seq);
  if (up_ && at != tasks_.end() && at->second.out_until) at->second.out_until = world_.now() + kAckWait;
}

void BrokerServer::wake_workers() {
  std::set<std::string> types;
  for (const auto& [seq, task] : tasks_) types.insert(task.parcel.type());
  for (const auto& type : types) pump(type);
}

std::optional<std::uint64_t> BrokerServer::publish_result(const std::string& body) {
  if (!prepared()) return std::nullopt;
  results_[++last_result_] = body;
  world_.after(world_.random.between(0, 3), [this] { pump_results(); });
  return last_result_;
}

void BrokerServer::pump_results() {
  if (!up_ || !to_engine_) return;
  const ToEngine to_engine = to_engine_;  // an engine that dies of what it gets takes itself away
  bool any = false;
  for (auto at = results_.upper_bound(results_delivered_); at != results_.end(); ++at) {
    results_delivered_ = at->first;
    any = true;
    to_engine(at->first, at->second);
    if (!to_engine_) return;
  }
  if (any) watch_results();
}

// Without progress of the acknowledgements all is handed out again.
void BrokerServer::watch_results() {
  world_.after(kResultsAckWait, [this, watch = ++results_watch_, floor = results_floor_] {
    if (watch != results_watch_ || !to_engine_ || !up_ || results_delivered_ <= results_floor_) return;
    if (floor != results_floor_) return watch_results();
    results_delivered_ = results_floor_;
    pump_results();
  });
}

std::uint64_t BrokerServer::results_taken() const {
  const auto first = results_.upper_bound(results_floor_);
  return first == results_.end() ? last_result_ : first->first - 1;
}

void BrokerServer::acknowledge_results(std::uint64_t seq) {
  if (!up_) return;
  results_floor_ = std::max(results_floor_, std::min(seq, last_result_));
  results_heard_ = std::max(results_heard_, std::min(seq, last_result_));
}

void BrokerServer::restart_results() {
  results_floor_ = 0;
  results_delivered_ = 0;
}

void BrokerServer::repair_consumers(std::uint64_t last_task) {
  for (auto& [type, delivered] : delivered_) {
    if (delivered <= last_task) continue;
    delivered = 0;
    for (auto& [seq, task] : tasks_) {
      if (task.parcel.type() == type) task.out_until.reset();
    }
    world_.after(world_.random.between(1, 50), [this, of = type] { pump(of); });
  }
  if (results_delivered_ > last_result_) {
    results_delivered_ = 0;
    results_floor_ = 0;
  }
  results_.erase(results_.begin(), results_.upper_bound(results_floor_));
  pump_results();
}

void BrokerServer::lose_all() {
  answered_.clear();
  for (auto at = results_.upper_bound(results_heard_); at != results_.end(); ++at) lost_results_.push_back(at->second);
  for (const auto& [seq, task] : tasks_) {
    if (task.out_until) lost(task);
  }
}

void BrokerServer::wipe() {
  lose_all();
  created_.clear();
  tasks_.clear();
  delivered_.clear();
  ids_.clear();
  seen_.clear();
  acknowledged_.clear();
  results_.clear();
  last_task_ = last_result_ = results_delivered_ = results_floor_ = results_heard_ = 0;
  snapshot_ = {};
}

void BrokerServer::snapshot() { snapshot_ = {tasks_, last_task_, results_, last_result_}; }

void BrokerServer::rollback() {
  lose_all();
  tasks_ = snapshot_.tasks;
  last_task_ = snapshot_.last_task;
  results_ = snapshot_.results;
  last_result_ = snapshot_.last_result;
  results_heard_ = std::min(results_heard_, last_result_);
  ids_.clear();
  seen_.clear();
  acknowledged_.clear();
  for (auto& [seq, task] : tasks_) {
    if (task.out_until) world_.after(kAckWait, [this, seq = seq, created = created_] { expire(seq, created); });
  }
}

void BrokerServer::restart() {
  for (auto& [seq, task] : acknowledged_) {
    if (!world_.random.chance(0.7)) continue;
    task.out_until = world_.now();
    tasks_[seq] = std::move(task);
    world_.after(world_.random.between(100, 3'000), [this, seq = seq, created = created_] { expire(seq, created); });
  }
  acknowledged_.clear();
  std::erase_if(ids_, [this](const auto& known) { return tasks_.count(known.second.second) == 0; });
  std::erase_if(seen_, [this](const auto& known) { return tasks_.count(known.second) == 0; });
}

std::size_t BrokerServer::lose_results(std::size_t most) {
  answered_.clear();
  std::size_t lost = 0;
  while (lost < most && !results_.empty() && results_.rbegin()->first > results_delivered_) {
    lost_results_.push_back(results_.rbegin()->second);
    results_.erase(std::prev(results_.end()));
    ++lost;
  }
  return lost;
}

void BrokerServer::set_up(bool up) {
  up_ = up;
  if (!up) return;
  wake_workers();
  pump_results();
}

}  // namespace skald::simulation
