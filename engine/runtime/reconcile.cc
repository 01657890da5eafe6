// The dispatcher's reconciliation with the broker: has it begun anew, rolled back, or lost messages?

#include <algorithm>
#include <utility>

#include "engine/base/log.h"
#include "engine/runtime/dispatcher.h"

namespace skald::runtime {

// False where the broker could not be asked.
bool Dispatcher::reconcile() {
  if (const Status ours = broker_.check_claim(); !ours && is_taken(ours.error())) return false;
  // Before the question: what is acknowledged while it is answered may be more than the answer knows of.
  BrokerNote noted;
  {
    const std::lock_guard lock(mutex_);
    noted = noted_;
  }
  const auto stream = broker_.tasks_stream();
  if (!stream) return false;  // the connection is going; the next turn asks again
  if (!*stream) {
    // The stream has gone under a living connection: prepare() makes it anew, which is another epoch.
    const std::lock_guard lock(mutex_);
    set_prepared(false);
    woken_ = true;
    return false;
  }
  const StreamState& now = **stream;
  const bool anew = !noted.created.empty() && (noted.created != now.created || now.last_seq < noted.last_seq);
  if (anew) {
    logger("dispatcher")
        ->warn("broker has begun anew created={} last_seq={} noted={} noted_seq={}", now.created, now.last_seq,
               noted.created, noted.last_seq);
    begin_epoch(now);
  } else if (noted.created.empty()) {
    const std::lock_guard lock(mutex_);
    noted_.created = now.created;
    noted_.last_seq = std::max(noted_.last_seq, now.last_seq);
  }
  if (const Status repaired = broker_.repair_consumers(now.last_seq, anew); !repaired) {
    logger("dispatcher")->warn("consumers not checked error=\"{}\"", repaired.error().message);
  }
  BrokerNote note{now.created, now.last_seq, 0};
  {
    // While the store still holds places in the stream before, the note of this one must not be there: an engine that
    // dies now would take those for places in this one.
    const std::lock_guard lock(mutex_);
    if (count_of(Stage::kReported) > 0) return true;
    note.unnoted_from = unnoted_from();
  }
  reports_.epoch(note);
  return true;
}

// The mutex is held.
std::uint64_t Dispatcher::unnoted_from() const {
  std::uint64_t from = noted_.last_seq;
  for (const auto& [name, entry] : tasks_) {
    const bool known = entry.stage == Stage::kUnsent ? !entry.may_be_out : entry.stage == Stage::kAcked && entry.noted;
    if (!known) from = std::min(from, entry.after);
  }
  return from;
}

void Dispatcher::begin_epoch(const StreamState& stream) {
  std::vector<TaskOrder> lost;
  BrokerNote before;  // with which the next engine finds that it has begun anew, and what is published from now on
  {
    const std::lock_guard lock(mutex_);
    ++stats_.epochs;
    before = {noted_.created, noted_.last_seq, stream.last_seq};
    noted_ = {stream.created, stream.last_seq, stream.last_seq};
    to_withdraw_.clear();  // those were places in the stream before
    holders_.clear();
    for (auto& [name, entry] : tasks_) {
      if (!entry.copies.empty()) entry.may_be_out = true;  // a worker may have got it before
      entry.copies.clear();
      if (entry.stage == Stage::kUnsent || entry.stage == Stage::kReported) continue;
      set_stage(entry, Stage::kReported);
      entry.same_again = false;
      entry.may_be_out = true;
      lost.push_back(entry.order);
    }
    for (auto& [act, entry] : events_) entry.sent = false;
  }
  reports_.epoch(before);
  for (const TaskOrder& order : lost) reports_.lost(order, false);
}

// Whether no worker will get this copy: it is not in the queue, or its consumer is past it with nothing in hand, as
// after a rollback that the queue has outgrown.
Result<bool> Dispatcher::is_gone(const TaskOrder& order, std::uint64_t copy, Consumers& asked) {
  const auto [at, fresh] = asked.try_emplace(order.act.task);
  if (fresh) {
    SKALD_ASSIGN(at->second, broker_.task_consumer(order.act.task));
  }
  SKALD_ASSIGN(const bool there, broker_.present(order, copy));
  return !there || (at->second.in_hand == 0 && at->second.delivered_up_to >= copy);
}

// Attempts whose messages to look for: those that were not found the last time, and then in their order from where the
// last look ended, so that all have their turn.
std::vector<Dispatcher::Suspect> Dispatcher::suspects() {
  std::vector<Suspect> all;
  const std::lock_guard lock(mutex_);
  const Time now = clock_.now();
  for (const auto& [name, entry] : tasks_) {
    if (all.size() >= kMaxGoneChecks) break;
    if (entry.stage == Stage::kAcked && entry.gone_since) all.push_back({name, entry.order, entry.copies.back()});
  }
  auto at = tasks_.upper_bound(checked_up_to_);
  for (std::size_t seen = 0; seen < tasks_.size() && all.size() < kMaxGoneChecks; ++seen, ++at) {
    if (at == tasks_.end()) at = tasks_.begin();
    checked_up_to_ = at->first;
    const Entry& entry = at->second;
    const bool is_due = entry.stage == Stage::kAcked && !entry.gone_since && now >= entry.acked_at + kGoneGrace;
    if (is_due) all.push_back({at->first, entry.order, entry.copies.back()});
  }
  return all;
}

void Dispatcher::find_gone() {
  struct Look {
    Suspect of;
    bool gone;
    bool handed_out;
  };
  std::vector<Look> looks;
  Consumers asked;
  for (Suspect& suspect : suspects()) {
    const auto gone = is_gone(suspect.order, suspect.copy, asked);
    if (!gone) return;
    const bool handed_out = asked[suspect.order.act.task].delivered_up_to >= suspect.copy;
    looks.push_back({std::move(suspect), *gone, handed_out});
  }
  if (looks.empty()) return;
  // Behind the questions above: a result that is there, and not taken yet, explains why a task's message is gone.
  const auto results = broker_.results();
  if (!results) return;

  std::vector<TaskOrder> lost;
  {
    const std::lock_guard lock(mutex_);
    const Time now = clock_.now();
    for (const Look& look : looks) {
      const auto at = tasks_.find(look.of.name);
      if (at == tasks_.end() || at->second.stage != Stage::kAcked || at->second.copies.back() != look.of.copy) continue;
      Entry& entry = at->second;
      // Of those with a timeout, find_overdue() notes it sooner.
      if (!entry.delivered_at && look.handed_out) entry.delivered_at = now;
      if (!look.gone) {
        entry.gone_since.reset();
      } else if (!entry.gone_since) {
        entry.gone_since = now;
        entry.explained_by = results->last_seq;
      } else if (now >= *entry.gone_since + kGoneGrace && all_taken(entry, *results)) {
        set_stage(entry, Stage::kReported);
        entry.same_again = false;
        lost.push_back(entry.order);
      }
    }
  }
  for (const TaskOrder& order : lost) reports_.lost(order, false);
}

}  // namespace skald::runtime
