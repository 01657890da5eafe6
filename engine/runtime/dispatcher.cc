#include "engine/runtime/dispatcher.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/fault_point.h"
#include "engine/base/log.h"

namespace skald::runtime {

std::string Dispatcher::name_of(const std::string& key, std::uint32_t attempt) {
  return fmt::format("{}#{}", key, attempt);
}

Dispatcher::Dispatcher(Broker& broker, const Clock& clock, DispatchReports& reports, BrokerNote noted, Drive drive)
    : broker_(broker),
      clock_(clock),
      reports_(reports),
      drive_(drive),
      noted_(std::move(noted)),
      prepared_since_(clock.now()) {
  broker_.on_connection([this](bool up) {
    {
      const std::lock_guard lock(mutex_);
      ++connections_;
      set_prepared(false);
      doubt_the_missing();
    }
    if (up) wake();
  });
}

void Dispatcher::start() {
  wake();  // the connection may stand already: nobody says so again
  if (drive_ == Drive::kThreads) thread_ = std::thread([this] { run(); });
}

void Dispatcher::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
  }
  broker_.on_connection([](bool) {});
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Dispatcher::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_all();
}

bool Dispatcher::prepared() const {
  const std::lock_guard lock(mutex_);
  return prepared_ && broker_.connected();
}

std::optional<AttemptStatus> Dispatcher::attempt(const std::string& key, std::uint32_t attempt) const {
  const std::lock_guard lock(mutex_);
  const auto at = tasks_.find(name_of(key, attempt));
  if (at == tasks_.end()) return std::nullopt;
  const Entry& entry = at->second;
  const bool acked = entry.stage == Stage::kAcked;
  return AttemptStatus{acked, acked ? entry.delivered_at : std::nullopt};
}

bool Dispatcher::may_be_redelivered(const std::string& key, std::uint32_t attempt) const {
  const std::lock_guard lock(mutex_);
  const auto at = tasks_.find(name_of(key, attempt));
  return at == tasks_.end() || !same_connection(at->second);
}

std::pair<Dispatcher::Entry&, bool> Dispatcher::keep(TaskOrder order) {
  const auto [at, fresh] = tasks_.try_emplace(name_of(order.act));
  Entry& entry = at->second;
  if (!fresh) {
    set_order(entry, std::move(order));
    return {entry, false};
  }
  entry.order = std::move(order);
  ++count_of(entry.stage);
  counts_.add(entry.order.act.task, entry.order.act.since);
  count(entry.order.act, 1);
  open_tasks_ = tasks_.size();
  return {entry, true};
}

void Dispatcher::forget(Table::iterator at) {
  let_go(at->second);
  --count_of(at->second.stage);
  counts_.remove(at->second.order.act.task, at->second.order.act.since);
  count(at->second.order.act, -1);
  tasks_.erase(at);
  open_tasks_ = tasks_.size();
}

void Dispatcher::set_stage(Entry& entry, Stage stage) {
  --count_of(entry.stage);
  ++count_of(stage);
  entry.stage = stage;
}

void Dispatcher::set_acknowledged(Entry& entry, std::uint64_t seq) {
  if (entry.copies.empty() || entry.copies.back() != seq) {  // it may have been found before its answer came
    entry.copies.push_back(seq);
    ++holders_[seq];
  }
  set_stage(entry, Stage::kAcked);
  entry.acked_at = clock_.now();
  entry.noted = false;
}

void Dispatcher::let_go(Entry& entry) {
  for (const std::uint64_t copy : entry.copies) {
    const auto at = holders_.find(copy);
    if (at != holders_.end() && --at->second == 0) holders_.erase(at);
  }
  entry.copies.clear();
}

void Dispatcher::set_order(Entry& entry, TaskOrder order) {
  const core::TaskAct& was = entry.order.act;
  if (was.since != order.act.since || was.task != order.act.task) {
    counts_.remove(was.task, was.since);
    counts_.add(order.act.task, order.act.since);
  }
  count(was, -1);
  count(order.act, 1);
  entry.order = std::move(order);
}

void Dispatcher::count(const core::TaskAct& act, std::int64_t by) {
  if (act.cancelling) cancelling_ += by;
  if (act.timeout) timed_ += by;
}

void Dispatcher::on_together(std::function<std::size_t(const std::string& task_type, std::size_t tasks)> most) {
  const std::lock_guard lock(mutex_);
  together_ = std::move(most);
}

void Dispatcher::change(TaskOrder order) {
  {
    const std::lock_guard lock(mutex_);
    const auto at = tasks_.find(name_of(order.act));
    if (at == tasks_.end()) return;
    Entry& entry = at->second;
    const bool other_message = entry.order.act.dispatch != order.act.dispatch;
    set_order(entry, std::move(order));
    if (other_message || (entry.stage == Stage::kReported && entry.same_again)) {
      ++stats_.republished;
      publish({&entry}, bus::Pace::kNow);
    }
    if (!entry.order.act.cancelling || entry.cancel_sent) return;
    woken_ = true;
  }
  wake_.notify_all();
}

void Dispatcher::end(const core::TaskAct& act, bool withdraw) {
  const std::lock_guard lock(mutex_);
  const auto at = tasks_.find(name_of(act));
  if (at == tasks_.end()) return;
  // A publish that is still unanswered can land later; its worker's answer is then a late result.
  if (withdraw) to_withdraw_.insert(to_withdraw_.end(), at->second.copies.begin(), at->second.copies.end());
  forget(at);
}

void Dispatcher::noted(const std::vector<NotedAct>& acts) {
  const std::lock_guard lock(mutex_);
  for (const NotedAct& act : acts) {
    const auto at = tasks_.find(name_of(act.key, act.attempt));
    if (at == tasks_.end() || at->second.stage != Stage::kAcked) continue;
    at->second.noted = at->second.copies.back() == act.stream_seq;  // otherwise it was published again since
  }
}

void Dispatcher::adopt(TaskOrder order, std::uint64_t stream_seq) {
  const std::lock_guard lock(mutex_);
  Entry& entry = keep(std::move(order)).first;
  set_acknowledged(entry, stream_seq);
  entry.noted = true;
  // The note of where the broker stood may be older than this.
  if (!noted_.created.empty()) noted_.last_seq = std::max(noted_.last_seq, stream_seq);
}

void Dispatcher::doubt(TaskOrder order) {
  const std::lock_guard lock(mutex_);
  Entry& entry = keep(std::move(order)).first;
  set_stage(entry, Stage::kInDoubt);
  entry.after = noted_.unnoted_from;
  entry.may_be_out = true;
}

void Dispatcher::expect(TaskOrder order) {
  const std::lock_guard lock(mutex_);
  Entry& entry = keep(std::move(order)).first;
  set_stage(entry, Stage::kReported);
  entry.same_again = false;
  entry.may_be_out = true;
}

void Dispatcher::emit(EventOrder order) {
  const std::lock_guard lock(mutex_);
  EventEntry& entry = events_[order.act];
  entry.order = std::move(order);
  publish_event(entry);
}

void Dispatcher::run() {
  while (true) {
    {
      std::unique_lock lock(mutex_);
      const Millis tick = count_of(Stage::kMissing) > 0 ? kMissingTick : kTick;
      wake_.wait_for(lock, tick, [&] { return stopping_ || woken_; });
      if (stopping_) return;
    }
    look_at_broker();
  }
}

void Dispatcher::turn() { look_at_broker(); }

void Dispatcher::look_at_broker() {
  {
    const std::lock_guard lock(mutex_);
    if (woken_) reconcile_at_ = Time{};
    woken_ = false;
    if (taken_) return;
  }
  if (!broker_.connected()) return;
  if (!prepared()) prepare_broker();
  if (!prepared()) return;
  const Time now = clock_.now();
  if (now >= reconcile_at_ || reconcile_at_ > now + kReconcileEvery) {
    reconcile_at_ = now + kReconcileEvery;
    if (reconcile()) find_gone();
  }
  publish_unsent();
  settle_doubts();
  cancel_attempts();
  withdraw_copies();
  if (now >= overdue_at_ || overdue_at_ > now + kOverdueEvery) {
    overdue_at_ = now + kOverdueEvery;
    find_overdue();
  }
}

// From then on the broker is let alone.
bool Dispatcher::is_taken(const Error& error) {
  if (error.code != "broker-taken") return false;
  {
    const std::lock_guard lock(mutex_);
    taken_ = true;
    set_prepared(false);
  }
  reports_.taken(error);
  return true;
}

// The mutex is held.
void Dispatcher::set_prepared(bool prepared) {
  if (prepared != prepared_) prepared_since_ = clock_.now();
  prepared_ = prepared;
}

// Nothing is published before the broker was compared with what was noted: sequences that it gives out anew would hide
// that it was rolled back.
void Dispatcher::prepare_broker() {
  std::uint64_t connections = 0;
  {
    const std::lock_guard lock(mutex_);
    connections = connections_;
  }
  const Status ready = broker_.prepare();
  if (!ready) {
    if (is_taken(ready.error())) return;
    logger("dispatcher")->warn("broker is not ready error=\"{}\"", ready.error().message);
    return;
  }
  if (!reconcile()) return;
  reconcile_at_ = clock_.now() + kReconcileEvery;
  SKALD_CRASH_POINT("dispatcher.prepared");
  const std::lock_guard lock(mutex_);
  set_prepared(connections == connections_);  // it may have gone and come back, another, meanwhile
}

}  // namespace skald::runtime
