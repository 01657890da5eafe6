#include "tests/simulation/oracle.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace skald::simulation {
namespace {

using core::Event;
using core::EventType;

// One execution of a task: a step, or a task of an undo.
struct Account {
  std::string step;  // the forward reference
  std::uint32_t visit = 0;
  std::string undo;
  std::uint32_t generation = 0;
  std::map<std::uint32_t, int> scheduled;  // by attempt
  std::map<std::uint32_t, int> ended;      // by attempt: how many outcomes it was given
  std::optional<Time> retry_due;
  bool by_hand = false;    // an operator asked for the next attempt
  bool completed = false;  // in time, late, or by an operator's word
  bool may = false;        // may have taken effect
  bool settled = false;    // skipped or resolved by an operator
  std::uint64_t closed = 0;
  std::uint64_t late = 0;  // the last late result that says it may have happened
};

// What became of a step's undo.
struct Undoing {
  std::uint64_t begun = 0;  // of generation 1
  bool done = false;
  bool given_up = false;
  bool by_hand = false;
};

bool is_compensation(EventType type) { return core::name_of(type).rfind("compensation.", 0) == 0; }

class Reading {
 public:
  Reading(const std::vector<Event>& history, const store::Summary& summary, const definition::Workflow& workflow,
          const std::map<std::string, Effects>& ledger, const std::set<std::string>& unheard)
      : history_(history), summary_(summary), workflow_(workflow), ledger_(ledger), unheard_(unheard) {}

  std::optional<std::string> judge() {
    for (const Event& event : history_) {
      take(event);
      if (broken_) return broken_;
    }
    if (history_.size() != summary_.events) breaks("I6", "the summary counts other events than the history has");
    order_of_undos();
    if (summary_.final) at_the_end();
    return broken_;
  }

 private:
  void breaks(const char* rule, const std::string& what) {
    if (!broken_) broken_ = fmt::format("{}: saga {} ({}): {}", rule, summary_.id.str(), summary_.status, what);
  }

  void take(const Event& event) {
    if (event.seq != ++seq_) return breaks("I6", fmt::format("event {} stands where {} belongs", event.seq, seq_));
    if (event.at < at_) breaks("I6", fmt::format("event {} is older than the one before it", event.seq));
    at_ = event.at;
    switch (event.type) {
      case EventType::kSagaCompleted:
      case EventType::kSagaCompensated:
      case EventType::kSagaFailed:
      case EventType::kSagaCancelled:
      case EventType::kSagaTerminated:
        if (ended_) breaks("I2", "it ended twice");
        ended_ = true;
        return;
      case EventType::kCompensationStarted:
        compensating_ = event.seq;
        for (auto& [key, account] : accounts_) {
          if (account.retry_due && account.undo.empty() && account.generation == 0) account.closed = event.seq;
        }
        return;
      case EventType::kStepScheduled:
      case EventType::kCompensationScheduled:
        return scheduled(event);
      case EventType::kOperatorRetry:
        if (const auto at = accounts_.find(event.key); at != accounts_.end()) at->second.by_hand = true;
        return;
      default:
        break;
    }
    if (!event.key.empty() && accounts_.count(event.key) > 0) of_step(accounts_.at(event.key), event);
    if (event.type == EventType::kCompensationSkipped) undoing(event).given_up = true;
    if (event.type == EventType::kCompensationResolved) undoing(event).done = undoing(event).by_hand = true;
    if (event.type == EventType::kStepSkipped || event.type == EventType::kStepResolved) settled_[event.step] = true;
  }

  Undoing& undoing(const Event& event) { return undoings_[{event.step, event.visit}]; }

  void scheduled(const Event& event) {
    const bool compensation = event.type == EventType::kCompensationScheduled;
    const auto [at, fresh] = accounts_.try_emplace(event.key);
    Account& account = at->second;
    if (fresh) {
      account.step = event.step;
      account.visit = event.visit;
      account.undo = event.undo;
      account.generation = event.generation;
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
    if (!compensation) {
      if (compensating_ != 0) breaks("I5", "a forward step was scheduled while compensating: " + event.step);
      return;
    }
    Undoing& undo = undoing(event);
    if (undo.begun == 0) undo.begun = event.seq;
    undo.done = false;
  }

  void of_step(Account& account, const Event& event) {
    const bool compensation = is_compensation(event.type);
    const auto ends = [&](bool may) {
      if (++account.ended[event.attempt] > 1) {
        breaks("I6", fmt::format("attempt {} of {} has two outcomes", event.attempt, event.key));
      }
      if (account.scheduled.count(event.attempt) == 0) breaks("I6", "an outcome of what was never scheduled");
      account.may = account.may || may || event.deliveries > 1;
      account.closed = event.seq;
    };
    switch (event.type) {
      case EventType::kStepCompleted:
      case EventType::kCompensationCompleted:
        ends(true);
        account.completed = true;
        if (compensation && last_of_undo(event)) undoing(event).done = true;
        return;
      case EventType::kStepRejected:
      case EventType::kStepFailed:
      case EventType::kCompensationRejected:
      case EventType::kCompensationFailed:
        return ends(false);
      case EventType::kStepUnknown:
      case EventType::kStepTimedOut:
      case EventType::kCompensationUnknown:
        return ends(true);
      case EventType::kStepCancelled:
        return ends(event.delivered);
      case EventType::kStepRetryScheduled:
      case EventType::kCompensationRetryScheduled:
        account.retry_due = event.due;
        account.closed = 0;
        return;
      case EventType::kStepRedispatched:
      case EventType::kCompensationRedispatched:
        account.may = true;
        return;
      case EventType::kStepLateResult:
      case EventType::kCompensationLateResult:
        return late(account, event, compensation);
      case EventType::kStepSkipped:
        account.settled = true;
        account.retry_due.reset();
        account.closed = event.seq;
        return;
      case EventType::kStepResolved:
        account.settled = account.completed = account.may = true;
        account.retry_due.reset();
        account.closed = event.seq;
        return;
      default:
        return;
    }
  }

  void late(Account& account, const Event& event, bool compensation) {
    if (event.outcome != "completed" && event.outcome != "unknown") return;
    account.may = true;
    account.late = event.seq;
    if (event.outcome != "completed") return;
    account.completed = true;
    if (account.closed == 0) account.closed = event.seq;
    if (account.retry_due) account.retry_due.reset();
    if (compensation && last_of_undo(event)) undoing(event).done = true;
  }

  // An undo that is a list is done with its last task.
  bool last_of_undo(const Event& event) const {
    if (event.undo.empty()) return true;
    const definition::Task* task = workflow_.find(event.step);
    if (task == nullptr || task->undo == nullptr) return false;
    const auto lists = task->undo->body->body->lists();
    return !lists.empty() && !lists.front()->empty() && lists.front()->back()->reference == event.undo;
  }

  const Account* forward(const std::string& step, std::uint32_t visit) const {
    for (const auto& [key, account] : accounts_) {
      if (account.generation == 0 && account.step == step && account.visit == visit) return &account;
    }
    return nullptr;
  }

  // Reverse of the order in which the steps closed; what a late result brought in comes when it comes.
  void order_of_undos() {
    std::vector<std::pair<std::uint64_t, const Account*>> begun;
    for (const auto& [place, undo] : undoings_) {
      if (undo.begun == 0) continue;
      const Account* account = forward(place.first, place.second);
      if (account == nullptr) return breaks("I5", "an undo of what was never dispatched: " + place.first);
      if (!account->may) return breaks("I5", "an undo of what cannot have taken effect: " + place.first);
      if (undo.begun < account->closed && account->late == 0) {
        return breaks("I5", "an undo before its step closed: " + place.first);
      }
      begun.emplace_back(undo.begun, account);
    }
    std::sort(begun.begin(), begun.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 1; i < begun.size(); ++i) {
      const auto& [seq, account] = begun[i];
      const auto& [seq_before, before] = begun[i - 1];
      // Those that were closed by one event have no order that could be told from outside.
      const bool in_order = account->closed <= before->closed;
      if (!in_order && account->late < seq_before) {
        return breaks("I5", fmt::format("{} is undone behind {}, which closed before it", account->step, before->step));
      }
    }
  }

  bool left_behind(const std::string& step) const {
    return std::find(summary_.left_behind.begin(), summary_.left_behind.end(), step) != summary_.left_behind.end();
  }

  void at_the_end() {
    if (!ended_) breaks("I6", "it is final without an event that says so");
    const bool completed = summary_.status == "completed";
    const bool terminated = summary_.status == "terminated";
    for (const auto& [key, account] : accounts_) {
      for (const auto& [attempt, count] : account.scheduled) {
        if (account.ended.count(attempt) == 0 && !account.settled && !terminated) {
          breaks("I6", fmt::format("attempt {} of {} has no outcome", attempt, key));
        }
      }
      if (account.generation != 0) continue;
      const definition::Task* task = workflow_.find(account.step);
      if (task == nullptr) return breaks("I6", "no task " + account.step);
      books(key, account, *task, completed, terminated);
      if (completed || terminated || task->undo == nullptr || !account.may) continue;
      if (task->undo->only_completed && !account.completed) continue;
      const auto undo = undoings_.find({account.step, account.visit});
      const bool dealt_with = undo != undoings_.end() && (undo->second.done || undo->second.given_up);
      if (!dealt_with) breaks("I5", account.step + " may have taken effect and was not undone");
    }
  }

  void books(const std::string& key, const Account& account, const definition::Task& task, bool completed,
             bool terminated) {
    const auto at = ledger_.find(key);
    const Effects effects = at == ledger_.end() ? Effects{} : at->second;
    const bool honours = task_type(key).rfind("svc.", 0) == 0;
    if (honours && effects.done > 1) breaks("I4", "two effects of " + key);
    if (!account.may && unheard_.count(key) > 0) return;
    if (effects.done > 0 && !account.may) breaks("I5", "an effect that the history does not know may stand: " + key);
    if (completed && effects.undone > 0) breaks("I3", "undone in a saga that completed: " + key);
    if (completed && account.completed && !account.settled && effects.net() < 1) {
      breaks("I3", "completed without its effect: " + key);
    }
    const auto undo = undoings_.find({account.step, account.visit});
    const bool taken_over = undo != undoings_.end() && undo->second.by_hand;
    if (completed || !honours || effects.net() == 0 || task.effect_none || taken_over) return;
    if (!left_behind(account.step)) {
      breaks("I3", fmt::format("{} stands (done {}, undone {}) and is not in left_behind", key, effects.done,
                               effects.undone));
    }
    const bool given_up = undo != undoings_.end() && undo->second.given_up;
    const bool wanted = task.undo != nullptr && !terminated && !given_up && !by_hand(account);
    if (wanted && (!task.undo->only_completed || account.completed)) {
      breaks("I3", key + " stands although its undo is done");
    }
  }

  bool by_hand(const Account& account) const { return settled_.count(account.step) > 0; }

  std::string task_type(const std::string& key) const {
    for (const Event& event : history_) {
      if (event.key == key && !event.task.empty()) return event.task;
    }
    return "";
  }

  const std::vector<Event>& history_;
  const store::Summary& summary_;
  const definition::Workflow& workflow_;
  const std::map<std::string, Effects>& ledger_;
  const std::set<std::string>& unheard_;

  std::optional<std::string> broken_;
  std::uint64_t seq_ = 0;
  Time at_;
  bool ended_ = false;
  std::uint64_t compensating_ = 0;
  std::map<std::string, Account> accounts_;  // by key
  std::set<std::tuple<std::string, std::uint32_t, std::string, std::uint32_t>> places_;
  std::map<std::pair<std::string, std::uint32_t>, Undoing> undoings_;
  std::map<std::string, bool> settled_;  // by step
};

}  // namespace

std::optional<std::string> broken_rule(const std::vector<core::Event>& history, const store::Summary& summary,
                                       const definition::Workflow& workflow,
                                       const std::map<std::string, Effects>& ledger,
                                       const std::set<std::string>& unheard) {
  return Reading(history, summary, workflow, ledger, unheard).judge();
}

}  // namespace skald::simulation
