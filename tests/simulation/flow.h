#pragma once

// Where the flow of a saga stands, followed through its history over the text of its document: an account of control
// flow that shares no code with the core. What an event decides is believed; whether it can stand there is checked.

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/value.h"
#include "engine/core/event.h"

namespace skald::simulation {

// One execution of a task. It is kept when the flow has left it, for what was done inside it.
struct Place {
  enum class Phase { kEntered, kRunning, kUnwinding, kWaiting, kDone, kLeft };

  std::string reference;
  std::uint32_t visit = 1;
  const Value* task = nullptr;  // in the document
  std::string kind;             // the key that makes it what it is: "call"
  Place* around = nullptr;
  std::vector<Place*> inside;  // all that was ever entered right below it
  std::size_t index = 0;       // in its list

  Phase phase = Phase::kEntered;
  bool condition_met = false;
  bool input_set = false;
  bool output_set = false;
  bool context_set = false;
  bool handling = false;   // of a try: its catch.do runs
  std::size_t rounds = 0;  // of a loop
  std::size_t round = 0;
  std::string chosen;           // of a switch: where to go; of what unwinds: how it goes on
  Place* spared = nullptr;      // of what unwinds: the child that stands; null: none is spared
  bool discarded = false;       // the flow wants nothing of what was done in here to stand
  bool done = false;            // its body came to its end
  const Value* undo = nullptr;  // its `compensate`; null: none
};

bool is_inside(const Place& place, const Place& around);
// Whether the place or one around it is discarded.
bool is_discarded(const Place& place);
// Whether both stand in different branches of a fork whose branches are undone side by side.
bool side_by_side(const Place& a, const Place& b);

class Flow {
 public:
  // `document` must outlive it.
  Flow(const Value& document, std::string run) : document_(document), run_(std::move(run)) {}

  // Follows one event. Says what is wrong where the document has no such way.
  std::optional<std::string> take(const core::Event& event);
  // Lets what unwinds go on, where `unwound` says so of it. To be called behind every event, until it is false.
  bool resume(const std::function<bool(const Place&)>& unwound);

  // The open task; null: the flow does not stand there.
  Place* find(const std::string& reference);
  // What unwinds around this place; null: nothing.
  static const Place* unwinding(const Place& place);
  // Composites that came to their end since this was asked last, the inner ones first.
  std::vector<Place*> take_ended() { return std::exchange(ended_, {}); }
  bool body_done() const { return root_ != nullptr && root_->phase == Place::Phase::kDone; }

 private:
  using Phase = Place::Phase;

  std::optional<std::string> move(Place& place, const core::Event& event);
  std::optional<std::string> branch(Place& place, const std::string& taken);
  std::optional<std::string> caught(Place& place, const core::Event& event);
  void loop(Place& place, const core::Event& event);
  void timer(Place& place, const core::Event& event);
  void output(Place& place);
  void settled_by_hand(Place& place, bool skipped);

  void enter(const std::string& list, std::size_t index, Place* around);
  void begin(Place& place);
  void begin_round(Place& place);
  void finish(Place& place);
  void try_leave(Place& place);
  void leave(Place& place, const std::string& taken);
  void child_left(Place& place, Place& child, const std::string& taken);
  void end_all(Place& place);
  void drop_below(Place& place);
  const Value& list_of(const std::string& reference) const;

  const Value& document_;
  const std::string run_;
  Value root_task_;
  std::deque<Place> places_;
  std::map<std::string, Place*> open_;  // by reference: no task is open twice
  std::map<std::string, std::uint32_t> visits_;
  std::vector<Place*> ended_;
  Place* root_ = nullptr;
  bool over_ = false;  // nothing goes forward any more
};

}  // namespace skald::simulation
