#pragma once

// What can come of what a saga waits for, and what that makes of it.

#include <map>
#include <string>
#include <vector>

#include "engine/check/choices.h"
#include "engine/core/decide.h"

namespace skald::check {

// A saga on a path, and what the path has settled that its state does not show.
struct Point {
  core::State state;
  Time now;
  Assumptions assumed;
  std::map<std::string, std::uint32_t> jumps;  // back, by the reference of the task that jumped
  std::string ahead;                           // key of the branch that is answered first; empty: not chosen
  bool faulty = false;                         // something has gone wrong
  std::string fault;                           // what did last; see Move::fault_name()
};

struct Move {
  enum class Kind {
    kComplete,
    kReject,
    kFail,     // at every attempt, until there is no other
    kUnknown,  // likewise
    kUnknownThenReject,
    kWithdraw,  // of a task that was cancelled: no worker had it
    kNoAnswer,  // likewise: nobody says whether it was done
    kTimePasses,
    kEvent,  // one that is listened for comes
    kTimeLimit,
    kDeadline,
    kAhead,  // nothing happens: this branch is to be answered first
  };
  Kind kind = Kind::kComplete;
  std::string key;    // of the step; of a timer, its name; of a branch, the key of its frame
  std::string step;   // reference of what is under way
  std::string limit;  // kTimeLimit: reference of the task whose limit passes
  bool fault = false;
  std::vector<Choice> choices{};
  std::size_t filter = 0;  // kEvent: which of those awaited

  // "rejected"
  std::string outcome() const;
  std::string fault_name() const { return outcome() + " " + step + " " + limit; }
};

// Forgets which branch is ahead where there are not several.
void forget_order(Point& point);

// What can happen next; empty: the path has come to its end.
std::vector<Move> moves_at(const Point& point);

// What a decision needs besides the point.
struct Hand {
  Picks& picks;
  definition::JqRunner& jq;
  std::vector<core::Event> events;  // that came of it
};

void start(Point& point, const std::optional<Value>& input, Hand& hand);
// False: it cannot happen, because the task is tried until it works.
bool make(Point& point, const Move& move, Hand& hand);

}  // namespace skald::check
