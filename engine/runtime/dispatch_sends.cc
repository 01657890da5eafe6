// How the dispatcher sends: tasks, several of a type in one message where their workers take that, and events; and what
// the broker answers.

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/fault_point.h"
#include "engine/base/log.h"
#include "engine/runtime/dispatcher.h"
#include "engine/wire/task.h"

namespace skald::runtime {
namespace {

// Unanswered, the message may still arrive; any other error is the broker's or the library's word that it was not
// taken.
bool may_still_arrive(const Error& error) {
  return error.kind == ErrorKind::kTimeout || error.kind == ErrorKind::kUnreachable;
}

}  // namespace

void Dispatcher::dispatch(std::vector<TaskOrder> orders) {
  const std::lock_guard lock(mutex_);
  std::vector<Entry*> entries;
  for (TaskOrder& order : orders) {
    const auto [entry, fresh] = keep(std::move(order));
    if (!fresh) {
      set_stage(entry, Stage::kUnsent);
      let_go(entry);
      Entry anew;
      anew.order = std::move(entry.order);
      entry = std::move(anew);
    }
    entries.push_back(&entry);
  }
  const std::vector<Letter> all = letters(entries);
  for (std::size_t i = 0; i < all.size(); ++i) publish(all[i], i + 1 < all.size() ? bus::Pace::kSoon : bus::Pace::kNow);
  broker_.flush();  // where the last was not sent; under the lock, so that no other group is seen half
}

// In the order in which they were begun, but for those that go with an earlier one of their type.
std::vector<Dispatcher::Letter> Dispatcher::letters(const std::vector<Entry*>& entries) const {
  struct Type {
    std::size_t tasks = 0;
    std::size_t most = 1;    // in a letter
    std::size_t letter = 0;  // the last, of those below
    std::size_t bytes = 0;   // of it
  };
  std::unordered_map<std::string_view, Type> types;
  if (together_ && entries.size() > 1) {
    for (const Entry* entry : entries) ++types[entry->order.act.task].tasks;
    for (auto& [name, type] : types) {
      if (type.tasks > 1) type.most = std::min(together_(std::string(name), type.tasks), wire::kMaxTasksPerMessage);
    }
  }
  std::vector<Letter> all;
  for (Entry* entry : entries) {
    Type& type = types[entry->order.act.task];
    const std::size_t bytes = entry->order.act.input.size();
    const bool fits = type.bytes > 0 && all[type.letter].size() < type.most && type.bytes + bytes <= kMaxTogetherBytes;
    if (!fits) {
      type.letter = all.size();
      type.bytes = 1;
      all.emplace_back();
    }
    type.bytes += bytes;
    all[type.letter].push_back(entry);
  }
  return all;
}

void Dispatcher::publish(const Letter& letter, bus::Pace pace) {
  std::vector<Sent> sent;
  TaskOrders orders;
  const bool reachable = !stopping_ && prepared_ && broker_.connected();
  for (Entry* entry : letter) {
    set_stage(*entry, reachable ? Stage::kSent : Stage::kUnsent);
    if (!reachable) continue;
    entry->order.pace = pace;
    entry->connection = connections_;
    entry->after = noted_.last_seq;
    entry->gone_since.reset();
    entry->delivered_at.reset();
    ++stats_.published;
    sent.push_back({name_of(entry->order.act), entry->order.act.dispatch});
    orders.push_back(&entry->order);
  }
  if (!reachable) return;
  SKALD_CRASH_POINT("dispatcher.before-publish");
  broker_.publish_tasks(orders, [this, sent = std::move(sent), connection = connections_](Result<std::uint64_t> seq) {
    tasks_published(sent, connection, std::move(seq));
  });
  SKALD_CRASH_POINT("dispatcher.after-publish");
}

void Dispatcher::tasks_published(const std::vector<Sent>& sent, std::uint64_t connection, Result<std::uint64_t> seq) {
  SKALD_CRASH_POINT("dispatcher.before-ack-noted");
  std::vector<TaskOrder> noted;
  {
    const std::lock_guard lock(mutex_);
    if (connection != connections_ && seq) {
      seq = fail(ErrorKind::kUnreachable, "broker-away", "the broker may be another by now");
    }
    if (seq) noted_.last_seq = std::max(noted_.last_seq, *seq);
    for (const auto& [name, dispatch] : sent) {
      const auto at = tasks_.find(name);
      if (at == tasks_.end() || at->second.order.act.dispatch != dispatch) continue;
      Entry& entry = at->second;
      if (seq) {
        set_acknowledged(entry, *seq);
        noted.push_back(entry.order);
      } else if (entry.stage == Stage::kSent && may_still_arrive(seq.error())) {
        set_stage(entry, Stage::kInDoubt);
        entry.may_be_out = true;
      } else if (entry.stage == Stage::kSent) {
        set_stage(entry, Stage::kUnsent);  // the next turn tries again
        refused(name, seq.error());
      }
    }
  }
  for (const TaskOrder& order : noted) reports_.acknowledged(order, *seq);
  SKALD_CRASH_POINT("dispatcher.after-ack-noted");
}

void Dispatcher::refused(const std::string& what, const Error& error) {
  ++stats_.refused;
  const Time now = clock_.now();
  if (now < warned_at_ + kWarnEvery && now >= warned_at_) return;
  warned_at_ = now;
  logger("dispatcher")
      ->warn("broker refuses a message; it is sent again act={} refused={} error=\"{}\"", what, stats_.refused,
             error.message);
}

void Dispatcher::publish_event(EventEntry& entry) {
  entry.sent = !stopping_ && prepared_ && broker_.connected();
  if (!entry.sent) return;
  SKALD_CRASH_POINT("dispatcher.before-event");
  broker_.publish_event(
      entry.order, [this, act = entry.order.act](Result<std::uint64_t> seq) { event_published(act, std::move(seq)); });
}

void Dispatcher::event_published(const std::string& act, Result<std::uint64_t> seq) {
  SKALD_CRASH_POINT("dispatcher.before-event-noted");
  std::optional<EventOrder> done;
  {
    const std::lock_guard lock(mutex_);
    const auto at = events_.find(act);
    if (at == events_.end()) return;
    if (seq) {
      done = at->second.order;
      events_.erase(at);
    } else {
      at->second.sent = false;  // under the same id again, until the broker has it
      if (!may_still_arrive(seq.error())) refused(act, seq.error());
    }
  }
  if (done) reports_.published(*done);
  SKALD_CRASH_POINT("dispatcher.after-event-noted");
}

void Dispatcher::publish_unsent() {
  const std::lock_guard lock(mutex_);
  // Where all are sent, none is looked at: there may be hundreds of thousands, and everybody waits meanwhile.
  if (count_of(Stage::kUnsent) > 0) {
    for (auto& [name, entry] : tasks_) {
      if (entry.stage == Stage::kUnsent && !entry.order.act.cancelling) publish({&entry}, bus::Pace::kSoon);
    }
  }
  for (auto& [act, entry] : events_) {
    if (!entry.sent) publish_event(entry);
  }
  broker_.flush();
}

}  // namespace skald::runtime
