// How the dispatcher brings attempts to an end whose result nobody waits for: it cancels them, takes their copies out
// of the queue, and finds those that have had their time.

#include <algorithm>

#include "engine/runtime/dispatcher.h"

namespace skald::runtime {

void Dispatcher::cancel_attempts() {
  struct Cancelled {
    TaskOrder order;
    std::vector<std::uint64_t> copies;
    bool unsent;
    bool may_be_out;                          // in another copy than these
    bool shared;                              // with others that are wanted: in one message
    std::optional<std::uint64_t> connection;  // while it stands, the broker has forgotten no delivery
  };
  std::vector<Cancelled> cancelled;
  {
    const std::lock_guard lock(mutex_);
    if (cancelling_ == 0) return;
    for (auto& [name, entry] : tasks_) {
      // While a publish is unanswered nobody can tell whether anyone gets it.
      if (!entry.order.act.cancelling || entry.cancel_sent || entry.stage == Stage::kSent) continue;
      entry.cancel_sent = true;
      const bool never_out = !entry.may_be_out && entry.copies.empty();
      const bool shared =
          std::any_of(entry.copies.begin(), entry.copies.end(), [this](auto c) { return holders_.at(c) > 1; });
      cancelled.push_back({entry.order, entry.copies, entry.stage == Stage::kUnsent && never_out, entry.may_be_out,
                           shared, entry.connection});
    }
  }
  for (const Cancelled& one : cancelled) {
    if (one.unsent) {
      reports_.withdrawn(one.order);
      continue;
    }
    broker_.cancel(one.order);
    if (one.shared) continue;  // the others want the message; whoever gets it answers for this one as well
    bool nobody_got_it = one.copies.size() == 1 && one.order.act.dispatch == 1 && !one.may_be_out;
    for (const std::uint64_t copy : one.copies) {
      const auto ours = broker_.present(one.order, copy);
      const auto deleted = ours && *ours ? broker_.withdraw(copy) : false;
      nobody_got_it = nobody_got_it && deleted && *deleted;
    }
    if (!nobody_got_it) continue;
    const auto consumer = broker_.task_consumer(one.order.act.task);
    if (!consumer || consumer->delivered_up_to >= one.copies.front()) continue;
    {
      const std::lock_guard lock(mutex_);
      if (one.connection != connections_) continue;
    }
    reports_.withdrawn(one.order);
  }
}

void Dispatcher::withdraw_copies() {
  std::deque<std::uint64_t> copies;
  {
    const std::lock_guard lock(mutex_);
    for (const std::uint64_t copy : to_withdraw_) {
      if (holders_.count(copy) == 0) copies.push_back(copy);  // otherwise others are in the same message
    }
    to_withdraw_.clear();
    stats_.withdrawn += copies.size();
  }
  // Best effort: a copy that stays is answered with a late result.
  for (const std::uint64_t copy : copies) (void)broker_.withdraw(copy);
}

void Dispatcher::find_overdue() {
  std::map<std::string, std::uint64_t> delivered;
  {
    const std::lock_guard lock(mutex_);
    if (timed_ == 0) return;
    for (const auto& [name, entry] : tasks_) {
      if (entry.stage == Stage::kAcked && entry.order.act.timeout && !entry.delivered_at) {
        delivered.emplace(entry.order.act.task, 0);
      }
    }
  }
  for (auto& [type, up_to] : delivered) up_to = broker_.task_consumer(type).value_or(TaskConsumer{}).delivered_up_to;

  std::vector<TaskOrder> overdue;
  {
    const std::lock_guard lock(mutex_);
    const Time now = clock_.now();
    for (auto& [name, entry] : tasks_) {
      if (entry.stage != Stage::kAcked || !entry.order.act.timeout) continue;
      const auto known = delivered.find(entry.order.act.task);
      if (!entry.delivered_at && known != delivered.end() && known->second >= entry.copies.back()) {
        entry.delivered_at = now;
      }
      if (!entry.delivered_at || now < *entry.delivered_at + *entry.order.act.timeout + kOverdueGrace) continue;
      entry.delivered_at = now;  // where the report comes to nothing, again after another timeout
      overdue.push_back(entry.order);
    }
    stats_.overdue += overdue.size();
  }
  for (const TaskOrder& order : overdue) reports_.overdue(order);
}

}  // namespace skald::runtime
