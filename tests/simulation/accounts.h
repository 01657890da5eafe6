#pragma once

// What became of every step and every undo, by what the events of a history say of their attempts.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "engine/core/event.h"
#include "tests/simulation/flow.h"

namespace skald::simulation {

// One execution of a task that can take effect: a step, a task of an undo, or a composite that has an undo of its own
// and came to its end.
struct Account {
  std::string key;
  std::string step;  // the forward reference
  std::uint32_t visit = 0;
  std::string undo;
  std::uint32_t generation = 0;
  std::string task;                        // its type
  const Place* place = nullptr;            // of a forward one
  bool whole = false;                      // a composite
  std::map<std::uint32_t, int> scheduled;  // by attempt
  std::map<std::uint32_t, int> ended;      // by attempt: how many outcomes it was given
  std::optional<Time> retry_due;
  bool by_hand = false;      // an operator asked for the next attempt
  bool completed = false;    // in time, late, or by an operator's word
  bool may = false;          // may have taken effect
  bool settled = false;      // skipped or resolved by an operator
  std::uint64_t closed = 0;  // the event that closed it; 0: open
  bool covered = false;      // a composite around it stands for it
  bool unwanted = false;     // the flow went on as if it had not been
  std::optional<Time> due;   // since when its undo is called for, and has not begun
};

// What became of a step's undo.
struct Undoing {
  std::uint32_t generation = 0;  // the last that began
  bool done = false;
  bool given_up = false;
  bool by_hand = false;
  bool had_output = false;  // it began when the step was known to have completed
  bool again = false;       // a late completion asks for another generation
  bool begun() const { return generation > 0; }
  bool over() const { return (done || given_up) && !again; }
};

struct Breach {
  std::string rule;  // "I9"
  std::string what;
};

class Accounts {
 public:
  // Takes one event into account, before the flow does. Says what is wrong.
  std::optional<Breach> take(const core::Event& event, Flow& flow);
  // A composite with an undo of its own has come to its end.
  Account& add_whole(const Place& place, const std::string& key, std::uint64_t seq);

  std::map<std::string, Account>& all() { return accounts_; }
  Undoing& undoing(const Account& account) { return undoings_[{account.step, account.visit}]; }
  // Null: nothing with that reference and visit was ever done.
  Account* forward(const std::string& step, std::uint32_t visit);

 private:
  void breaks(std::string rule, std::string what);
  void scheduled(const core::Event& event, Flow& flow);
  void step(Account& account, const core::Event& event);
  void ends(Account& account, const core::Event& event, bool may);
  void late(Account& account, const core::Event& event, Flow& flow);
  void undo_begins(const core::Event& event);
  bool last_of_undo(const core::Event& event);

  std::optional<Breach> broken_;
  std::map<std::string, Account> accounts_;  // by key
  std::map<std::pair<std::string, std::uint32_t>, std::string> forward_;
  std::set<std::tuple<std::string, std::uint32_t, std::string, std::uint32_t>> places_;
  std::map<std::pair<std::string, std::uint32_t>, Undoing> undoings_;  // by forward step and visit
};

}  // namespace skald::simulation
