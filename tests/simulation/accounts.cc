#include "tests/simulation/accounts.h"

#include <fmt/format.h>

namespace skald::simulation {

using core::Event;
using core::EventType;

void Accounts::breaks(std::string rule, std::string what) {
  if (!broken_) broken_ = Breach{std::move(rule), std::move(what)};
}

std::optional<Breach> Accounts::take(const Event& event, Flow& flow) {
  broken_.reset();
  if (event.generation > 0) undo_begins(event);
  if (event.type == EventType::kStepScheduled || event.type == EventType::kCompensationScheduled) {
    scheduled(event, flow);
    return broken_;
  }
  const auto at = accounts_.find(event.key);
  if (event.type == EventType::kOperatorRetry && at != accounts_.end()) at->second.by_hand = true;
  if (at != accounts_.end()) step(at->second, event);
  if (event.type == EventType::kStepLateResult && at != accounts_.end()) late(at->second, event, flow);
  if (event.generation == 0) return broken_;
  Undoing& undo = undoings_[{event.step, event.visit}];
  const bool of_last = event.generation == undo.generation;
  const bool completed = event.type == EventType::kCompensationCompleted ||
                         (event.type == EventType::kCompensationLateResult && event.outcome == "completed");
  if (completed && of_last && last_of_undo(event)) undo.done = true;
  if (event.type == EventType::kCompensationSkipped) undo.given_up = true;
  if (event.type == EventType::kCompensationResolved) undo.done = undo.by_hand = true;
  return broken_;
}

Account* Accounts::forward(const std::string& step, std::uint32_t visit) {
  const auto at = forward_.find({step, visit});
  return at == forward_.end() ? nullptr : &accounts_.at(at->second);
}

Account& Accounts::add_whole(const Place& place, const std::string& key, std::uint64_t seq) {
  Account& account = accounts_[key];
  account.key = key;
  account.step = place.reference;
  account.visit = place.visit;
  account.place = &place;
  account.whole = account.may = account.completed = true;
  account.closed = seq;
  forward_[{account.step, account.visit}] = key;
  return account;
}

void Accounts::scheduled(const Event& event, Flow& flow) {
  const auto [at, fresh] = accounts_.try_emplace(event.key);
  Account& account = at->second;
  if (fresh) {
    account.key = event.key;
    account.step = event.step;
    account.visit = event.visit;
    account.undo = event.undo;
    account.generation = event.generation;
    account.task = event.task;
    if (account.generation == 0) {
      account.place = flow.find(event.step);
      forward_[{event.step, event.visit}] = event.key;
      if (account.place == nullptr) return breaks("I11", event.step + " is scheduled, where the flow does not stand");
    }
    const auto place = std::tuple(event.step, event.visit, event.undo, event.generation);
    if (!places_.insert(place).second) breaks("I10", "two keys for one visit of " + event.step);
    if (event.attempt != 1) breaks("I6", "the first attempt of " + event.key + " is not number 1");
  } else if (account.step != event.step || account.visit != event.visit || account.undo != event.undo ||
             account.generation != event.generation) {
    breaks("I10", "the key " + event.key + " is used for two visits");
  }
  if (++account.scheduled[event.attempt] > 1) breaks("I10", "an attempt of " + event.key + " is scheduled twice");
  if (event.attempt > 1 && !account.by_hand) {
    if (!account.retry_due) breaks("I9", "a retry of " + event.key + " that nobody decided");
    if (account.retry_due && event.at < *account.retry_due) breaks("I9", "a retry of " + event.key + " came early");
  }
  account.retry_due.reset();
  account.by_hand = false;
  account.closed = 0;
}

void Accounts::ends(Account& account, const Event& event, bool may) {
  if (++account.ended[event.attempt] > 1) {
    breaks("I6", fmt::format("attempt {} of {} has two outcomes", event.attempt, event.key));
  }
  if (account.scheduled.count(event.attempt) == 0) breaks("I6", "an outcome of what was never scheduled");
  account.may = account.may || may || event.deliveries > 1 || event.redelivered;
  if (account.closed == 0) account.closed = event.seq;
}

void Accounts::step(Account& account, const Event& event) {
  switch (event.type) {
    case EventType::kStepCompleted:
    case EventType::kCompensationCompleted:
      ends(account, event, true);
      account.completed = true;
      return;
    case EventType::kStepRejected:
    case EventType::kStepFailed:
    case EventType::kCompensationRejected:
    case EventType::kCompensationFailed:
      return ends(account, event, false);
    case EventType::kStepUnknown:
    case EventType::kStepTimedOut:
    case EventType::kCompensationUnknown:
      return ends(account, event, true);
    case EventType::kStepCancelled:
      return ends(account, event, event.delivered);
    case EventType::kStepRetryScheduled:
    case EventType::kCompensationRetryScheduled:
      account.retry_due = event.due;
      account.closed = 0;
      return;
    case EventType::kStepRedispatched:
    case EventType::kCompensationRedispatched:
      account.may = true;
      return;
    case EventType::kStepResolved:
      account.completed = account.may = true;
      [[fallthrough]];
    case EventType::kStepSkipped:
      account.settled = true;
      account.retry_due.reset();
      account.closed = event.seq;
      return;
    default:
      return;
  }
}

// The first completion of any attempt completes an open step; one of a closed step calls for another undo where the
// first did not know of it.
void Accounts::late(Account& account, const Event& event, Flow& flow) {
  if (event.outcome != "completed" && event.outcome != "unknown") return;
  account.may = true;
  if (event.outcome != "completed") return;
  const Place* place = flow.find(account.step);
  const bool open = place != nullptr && place == account.place;
  Undoing& undo = undoing(account);
  if (!open && !account.completed && undo.begun() && !undo.had_output) undo.again = true;
  account.completed = true;
  account.retry_due.reset();
  if (account.closed == 0) account.closed = event.seq;
}

void Accounts::undo_begins(const Event& event) {
  Undoing& undo = undoings_[{event.step, event.visit}];
  if (event.generation <= undo.generation) return;
  const Account* account = forward(event.step, event.visit);
  if (account == nullptr) return breaks("I5", "an undo of what was never done: " + event.step);
  if (event.generation != undo.generation + 1)
    breaks("I5", "a generation of the undo of " + event.step + " is missing");
  undo.generation = event.generation;
  undo.done = undo.given_up = undo.by_hand = undo.again = false;
  undo.had_output = account->completed;
}

// An undo that is a list is done with its last task.
bool Accounts::last_of_undo(const Event& event) {
  if (event.undo.empty()) return true;
  const Account* account = forward(event.step, event.visit);
  if (account == nullptr || account->place->undo == nullptr) return false;
  const Value& undo = *account->place->undo;
  const Value& list = undo.is_array() ? undo : undo["do"];
  return event.undo == fmt::format("{}/compensate/do/{}/{}", event.step, list.size() - 1, list.back().begin().key());
}

}  // namespace skald::simulation
