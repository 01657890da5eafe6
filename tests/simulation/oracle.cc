#include "tests/simulation/oracle.h"

#include <fmt/format.h>

#include <algorithm>

#include "tests/simulation/accounts.h"
#include "tests/simulation/flow.h"

namespace skald::simulation {
namespace {

using core::Event;
using core::EventType;

// What the document says of a step's undo.
bool only_completed(const Account& account) {
  const Value& undo = *account.place->undo;
  return undo.is_object() && undo.value("on", "") == "completed";
}

bool effect_none(const Account& account) {
  const Value& task = *account.place->task;
  if (task.value("effect", "") == "none") return true;
  return task.contains("metadata") && task["metadata"].value("effect", "") == "none";
}

class Reading {
 public:
  Reading(const std::vector<Event>& history, const store::Summary& summary, const Value& document,
          const std::map<std::string, Effects>& ledger, const Unseen& unseen)
      : history_(history), summary_(summary), ledger_(ledger), unseen_(unseen), flow_(document, summary.run.str()) {}

  std::optional<std::string> judge() {
    for (const Event& event : history_) {
      take(event);
      if (broken_) return broken_;
    }
    if (history_.size() != summary_.events) breaks("I6", "the summary counts other events than the history has");
    if (summary_.final) at_the_end();
    return broken_;
  }

 private:
  void breaks(std::string_view rule, const std::string& what) {
    if (!broken_) {
      broken_ = fmt::format("{}: saga {} ({}), event {}: {}", rule, summary_.id.str(), summary_.status, seq_, what);
    }
  }

  void take(const Event& event) {
    if (event.seq != ++seq_) return breaks("I6", fmt::format("event {} stands where {} belongs", event.seq, seq_));
    if (event.at < at_) breaks("I6", "it is older than the one before it");
    at_ = event.at;
    if (const auto wrong = accounts_.take(event, flow_)) breaks(wrong->rule, wrong->what);
    undo_begins(event);
    const bool ends = core::name_of(event.type).rfind("saga.", 0) == 0 && event.type != EventType::kSagaStarted &&
                      event.type != EventType::kSagaSuspended && event.type != EventType::kSagaResumed &&
                      event.type != EventType::kSagaStuck;
    if (ends && ended_) breaks("I2", "it ended twice");
    ended_ = ended_ || ends;
    terminated_ = terminated_ || event.type == EventType::kSagaTerminated;
    compensating_ = compensating_ || event.type == EventType::kCompensationStarted;
    taken_back_ = taken_back_ || (ended_ && event.type == EventType::kCompensationStarted);
    if (const auto wrong = flow_.take(event)) return breaks("I11", *wrong);
    go_on(event);
  }

  // What follows from an event without a word: steps that close, undos that are called for, tasks that go on.
  void go_on(const Event& event) {
    do {
      for (const Place* place : flow_.take_ended()) {
        if (place->undo != nullptr) stands_for_children(*place, event);
      }
      for (auto& [key, account] : accounts_.all()) {
        if (account.generation == 0) reconsider(account, event);
      }
    } while (flow_.resume([this](const Place& place) { return is_unwound(place); }));
  }

  void stands_for_children(const Place& place, const Event& event) {
    const std::string key = fmt::format("{}:{}:{}", summary_.run.str(), place.reference, place.visit);
    for (auto& [inner, account] : accounts_.all()) {
      const bool inside = account.generation == 0 && is_inside(*account.place, place);
      if (inside && !account.due && !accounts_.undoing(account).begun() && !account.unwanted) account.covered = true;
    }
    accounts_.add_whole(place, key, event.seq);
  }

  bool stands_here(const Account& account) { return flow_.find(account.step) == account.place; }

  // What waits for another attempt closes when the flow leaves it.
  void reconsider(Account& account, const Event& event) {
    const bool open = stands_here(account);
    if (account.retry_due && !open) {
      account.retry_due.reset();
      account.closed = event.seq;
    }
    const bool passed_over =
        account.closed != 0 && !account.completed && !account.settled && !open && !compensating_ && !ended_;
    if (passed_over || (is_discarded(*account.place) && !compensating_)) account.unwanted = true;
    if (terminated_) return account.due.reset();
    const Undoing& undo = accounts_.undoing(account);
    const bool wanted = undo.again || (!undo.begun() && undo_wanted(account));
    if (wanted && !account.due) account.due = event.at;
    if (!wanted) account.due.reset();
  }

  bool undo_wanted(const Account& account) const {
    if (account.place->undo == nullptr || !account.may || account.closed == 0 || account.covered) return false;
    if (only_completed(account) && !account.completed) return false;
    return compensating_ || account.unwanted;
  }

  // Whether the undo is under way, or waits for its turn.
  bool is_open(const Account& account) {
    const Undoing& undo = accounts_.undoing(account);
    return account.due || (undo.begun() && !undo.over());
  }

  // Whether all inside that is not to stand is undone.
  bool is_unwound(const Place& place) {
    for (const auto& [key, account] : accounts_.all()) {
      if (account.generation != 0 || Flow::unwinding(*account.place) != &place) continue;
      if (account.closed == 0 || is_open(account)) return false;
    }
    return true;
  }

  // --- I5: what is undone, and when

  void undo_begins(const Event& event) {
    if (event.generation == 0 || broken_) return;
    Account* account = accounts_.forward(event.step, event.visit);
    if (account == nullptr || event.generation <= begun_[account->key]) return;
    begun_[account->key] = event.generation;
    if (!account->may) breaks("I5", "an undo of what cannot have taken effect: " + account->step);
    if (account->closed == 0) breaks("I5", "an undo before its step closed: " + account->step);
    if (account->covered) breaks("I5", "an undo of what a composite stands for: " + account->step);
    if (!account->due) return breaks("I5", "an undo that nothing asks for: " + account->step);
    for (auto& [key, other] : accounts_.all()) {
      if (other.generation != 0 || &other == account) continue;
      if (other.closed == 0 && in_its_way(other, *account)) {
        breaks("I5", fmt::format("{} is undone while {} is open", account->step, other.step));
      }
      if (!side_by_side(*account->place, *other.place)) in_order(*account, other, event);
    }
    account->due.reset();
  }

  // Whether forward work must close before this is undone.
  bool in_its_way(const Account& other, const Account& account) const {
    if (compensating_) return true;
    const Place* unwinding = Flow::unwinding(*account.place);
    return unwinding != nullptr && Flow::unwinding(*other.place) == unwinding;
  }

  // One after another, in reverse of closing. Those that were closed by one event have no order that could be told from
  // outside, and what was called for in the moment in which the undo began may have been called for behind it.
  void in_order(const Account& account, const Account& other, const Event& event) {
    const Undoing& undo = accounts_.undoing(other);
    if (undo.begun() && !undo.over() && !undo.again) {
      breaks("I5", fmt::format("{} is undone while {} is being undone", account.step, other.step));
    }
    if (other.due && *other.due < event.at && other.closed > account.closed) {
      breaks("I5", fmt::format("{} is undone before {}, which closed behind it", account.step, other.step));
    }
  }

  // --- the end

  bool left_behind(const std::string& step) const {
    return std::find(summary_.left_behind.begin(), summary_.left_behind.end(), step) != summary_.left_behind.end();
  }

  void at_the_end() {
    if (!ended_) breaks("I6", "it is final without an event that says so");
    for (const auto& [key, account] : accounts_.all()) {
      for (const auto& [attempt, count] : account.scheduled) {
        if (account.ended.count(attempt) == 0 && !account.settled && !terminated_) {
          breaks("I6", fmt::format("attempt {} of {} has no outcome", attempt, key));
        }
      }
      if (account.generation != 0) continue;
      if (!terminated_ && is_open(account)) breaks("I5", account.step + " is to be undone and was not");
      account.whole ? books_of_whole(account) : books(account);
    }
  }

  // A step that the saga wants to stand: it has completed, did not pass over it, and its parent, if it has one, has not
  // ordered it back.
  bool is_to_stand(const Account& account) const {
    return summary_.status == "completed" && !taken_back_ && !account.unwanted;
  }

  void books_of_whole(const Account& account) {
    const Undoing& undo = accounts_.undoing(account);
    if (is_to_stand(account) || account.covered || (undo.over() && !undo.given_up)) return;
    if (!left_behind(account.step)) breaks("I3", account.step + " stands, as a whole, and is not in left_behind");
  }

  void books(const Account& account) {
    const auto at = ledger_.find(account.key);
    const Effects effects = at == ledger_.end() ? Effects{} : at->second;
    const bool runs_saga = account.place->kind == "run";
    const bool honours = runs_saga || honours_keys(account.task);
    // Of a step that an operator had run again, each attempt has a child of its own.
    if (honours && !runs_saga && effects.done > 1) breaks("I4", "two effects of " + account.key);
    const bool forgotten = unseen_.forgotten.count(account.key) > 0;
    if (!account.may && (forgotten || unseen_.unheard.count(account.key) > 0)) return;
    if (effects.done > 0 && !account.may) {
      breaks("I5", "an effect that the history does not know may stand: " + account.key);
    }
    // What stood may have been undone behind a backup, by an engine that knew more.
    if (is_to_stand(account)) return forgotten ? void() : stands(account, effects);
    const Undoing& undo = accounts_.undoing(account);
    if (!honours || effects.net() == 0 || effect_none(account) || account.covered || undo.by_hand) return;
    if (!left_behind(account.step)) {
      breaks("I3", fmt::format("{} stands (done {}, undone {}) and is not in left_behind", account.key, effects.done,
                               effects.undone));
    }
    // Taking a child back is done when the child has undone what it can.
    if (undo.begun() && undo.done && !undo.given_up && !runs_saga)
      breaks("I3", account.key + " stands although its undo is done");
  }

  void stands(const Account& account, const Effects& effects) {
    if (effects.undone > 0) breaks("I3", "undone in a saga that completed: " + account.key);
    if (account.completed && !account.settled && effects.net() < 1) {
      breaks("I3", "completed without its effect: " + account.key);
    }
  }

  const std::vector<Event>& history_;
  const store::Summary& summary_;
  const std::map<std::string, Effects>& ledger_;
  const Unseen& unseen_;

  std::optional<std::string> broken_;
  Flow flow_;
  Accounts accounts_;
  std::map<std::string, std::uint32_t> begun_;  // undos, by forward key: the last generation
  std::uint64_t seq_ = 0;
  Time at_;
  bool ended_ = false;
  bool terminated_ = false;
  bool compensating_ = false;
  bool taken_back_ = false;  // its parent has ordered what it completed to be undone
};

}  // namespace

std::optional<std::string> broken_rule(const std::vector<core::Event>& history, const store::Summary& summary,
                                       const Value& document, const std::map<std::string, Effects>& ledger,
                                       const Unseen& unseen) {
  return Reading(history, summary, document, ledger, unseen).judge();
}

}  // namespace skald::simulation
