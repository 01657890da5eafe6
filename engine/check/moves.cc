#include "engine/check/moves.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/core/apply.h"
#include "engine/core/kinds.h"
#include "engine/core/turn.h"
#include "engine/definition/unknown.h"

namespace skald::check {
namespace {

using core::Frame;
using core::State;
using core::Step;
using Kind = Move::Kind;

constexpr std::size_t kMaxAhead = 16;
constexpr const char* kWait = "wait:";
constexpr const char* kTimeout = "timeout:";

bool begins(const std::string& text, std::string_view with) { return text.rfind(with, 0) == 0; }

// Something that the saga waits for and that is sure to come: the answer to a task, a time, or an event.
struct Item {
  enum class What { kTask, kTime, kEvent };
  std::string key;  // of the step or frame
  std::string step;
  int line = 0;
  std::string branch;  // key of the branch of the innermost fork around it, or of what it stands in alone
  What what = What::kTask;
};

std::string branch_of(const State& state, const std::string& key) {
  std::string last = key;
  for (auto at = state.frames.find(key); at != state.frames.end(); at = state.frames.find(at->second.parent)) {
    last = at->first;
    const auto parent = state.frames.find(at->second.parent);
    if (parent != state.frames.end() && parent->second.task->kind->keyword() == "fork") break;
  }
  return last;
}

std::vector<Item> items_at(const State& state, const core::Outward& owed) {
  std::vector<Item> items;
  for (const core::TaskAct& task : owed.tasks) {
    items.push_back({task.key, task.step, state.steps.at(task.key).task->line, branch_of(state, task.key)});
  }
  for (const core::ChildAct& child : owed.children) {
    const auto& task = *state.steps.at(child.key).task;
    items.push_back({child.key, task.reference, task.line, branch_of(state, child.key)});
  }
  for (const core::Timer& timer : owed.timers) {
    if (!begins(timer.name, kWait)) continue;
    const Frame& frame = state.frames.at(timer.name.substr(std::string_view(kWait).size()));
    items.push_back(
        {frame.key, frame.task->reference, frame.task->line, branch_of(state, frame.key), Item::What::kTime});
  }
  for (const auto& [key, frame] : state.frames) {
    if (frame.phase != core::FramePhase::kListening) continue;
    items.push_back({key, frame.task->reference, frame.task->line, branch_of(state, key), Item::What::kEvent});
  }
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) { return a.line < b.line; });
  return items;
}

// Whether they stand side by side.
bool several(const std::vector<Item>& items) {
  return std::any_of(items.begin(), items.end(), [&](const Item& item) { return item.branch != items.front().branch; });
}

// The repeated try around a task; null: it stands in none, or in its first round.
const Frame* repeated_around(const State& state, const std::string& key) {
  for (auto at = state.frames.find(key); at != state.frames.end(); at = state.frames.find(at->second.parent)) {
    const Frame& frame = at->second;
    if (frame.round > 0 && !frame.handling && core::kind_of(*frame.task).repeats(*frame.task) != nullptr) return &frame;
  }
  return nullptr;
}

bool inside_try(const State& state, const Frame& frame) {
  for (auto at = state.frames.find(frame.parent); at != state.frames.end(); at = state.frames.find(at->second.parent)) {
    if (at->second.task->kind->keyword() == "try" && !at->second.handling) return true;
  }
  return false;
}

bool is_child(const Step& step) { return core::kind_of(*step.task).child(*step.task) != nullptr; }

bool has_end(const definition::RetryPolicy& policy) { return policy.max_attempts || policy.max_duration; }

// Collects the moves of one point.
class Collector {
 public:
  explicit Collector(const Point& point) : point_(point), state_(point.state) {}

  // In a try that is repeated, what failed before comes back as it was, or goes away; nothing else goes wrong.
  void add_fault(const Item& item, Move move) {
    move.fault = true;
    if (const Frame* frame = repeated_around(state_, item.key)) {
      const auto* policy = core::kind_of(*frame->task).repeats(*frame->task);
      if (move.fault_name() != point_.fault || !has_end(*policy)) return;
      move.fault = false;
      move.choices.push_back({item.step, "tried again", move.outcome()});
    }
    moves_.push_back(std::move(move));
  }

  void add_wanted(const Item& item) {
    const Step& step = state_.steps.at(item.key);
    Move works{Kind::kComplete, item.key, item.step, "", false, {}};
    const bool again = repeated_around(state_, item.key) != nullptr && begins_fault_of(item.step);
    if (again) works.choices.push_back({item.step, "tried again", "works"});
    moves_.push_back(std::move(works));
    std::vector<Kind> faults{Kind::kReject, Kind::kFail, Kind::kUnknown};
    if (is_child(step)) faults = {Kind::kReject, Kind::kUnknown};
    if (is_child(step) && !step.scope.empty()) faults = {};  // the child goes on until it is undone
    // Tried until it is known; then the answer may still be no.
    const bool until_known = step.task->pivot && step.task->undo == nullptr && !is_child(step);
    if (until_known) faults = {Kind::kReject, Kind::kFail, Kind::kUnknownThenReject};
    for (const Kind kind : faults) add_fault(item, {kind, item.key, item.step, "", true, {}});
  }

  void add_cancelled(const Item& item) {
    const auto add = [&](Kind kind, const char* taken) {
      moves_.push_back({kind, item.key, item.step, "", false, {{item.step, "cancelled", taken}}});
    };
    const bool child = is_child(state_.steps.at(item.key));
    add(Kind::kComplete, "had been done");
    add(child ? Kind::kReject : Kind::kWithdraw, "had not been done");
    add(child ? Kind::kUnknown : Kind::kNoAnswer, "may have been done");
  }

  void add_timers(const Item& item, const core::Outward& owed) {
    for (const core::Timer& timer : owed.timers) {
      if (timer.name == "deadline" && !state_.pivot_done) {
        add_fault(item, {Kind::kDeadline, timer.name, item.step, "", true, {}});
      }
      if (!begins(timer.name, kTimeout)) continue;
      const Frame& frame = state_.frames.at(timer.name.substr(std::string_view(kTimeout).size()));
      const bool only_shows = (!frame.scope.empty() || state_.pivot_done) && !inside_try(state_, frame);
      if (!only_shows) add_fault(item, {Kind::kTimeLimit, timer.name, item.step, frame.task->reference, true, {}});
    }
  }

  void add_aheads(const std::vector<Item>& items) {
    std::vector<std::string> seen;
    for (const Item& item : items) {
      const bool new_one = std::find(seen.begin(), seen.end(), item.branch) == seen.end();
      if (!new_one || seen.size() == kMaxAhead) continue;
      seen.push_back(item.branch);
      moves_.push_back({Kind::kAhead, item.branch, item.step, "", false, {{item.step, "goes", "is ahead"}}});
    }
  }

  // Where all of several are awaited, in the order of the document.
  void add_events(const Item& item) {
    const Frame& frame = state_.frames.at(item.key);
    const Value awaits = frame.awaits.value();
    const bool in_turn =
        std::any_of(frame.parts.begin(), frame.parts.end(), [](const auto& part) { return !part.empty(); });
    for (std::size_t i = 0; i < awaits.size(); ++i) {
      if (!frame.parts[i].empty()) continue;
      Move move{Kind::kEvent, item.key, item.step, "", false, {}, i};
      if (awaits.size() > 1) move.choices.push_back({item.step, "hears", awaits[i].value("type", "")});
      moves_.push_back(std::move(move));
      if (in_turn) return;
    }
  }

  void add(const Item& item, const core::Outward& owed) {
    if (item.what == Item::What::kEvent) {
      add_events(item);
    } else if (item.what == Item::What::kTime) {
      moves_.push_back({Kind::kTimePasses, kWait + item.key, item.step, "", false, {}});
    } else if (state_.steps.at(item.key).cancelling) {
      add_cancelled(item);
    } else {
      add_wanted(item);
    }
    add_timers(item, owed);
  }

  std::vector<Move> take() { return std::move(moves_); }

 private:
  bool begins_fault_of(const std::string& step) const {
    return point_.fault.find(" " + step + " ") != std::string::npos;
  }

  const Point& point_;
  const State& state_;
  std::vector<Move> moves_;
};

void decide(Point& point, const core::Command& command, Hand& hand) {
  const auto events = core::decide(point.state, command, {point.now, 0, hand.jq, {}, &hand.picks});
  SKALD_CHECK(events.has_value(), "answers, timers and events are never refused");
  hand.events.insert(hand.events.end(), events->begin(), events->end());
}

std::string name_of(const Step& step) { return fmt::format("{}#{}", step.task->reference, step.visit); }

Payload unknown_error(const Step& step) {
  Value error = Value::object();
  for (const char* field : {"type", "status", "title", "detail"}) {
    error[field] = definition::unknown(fmt::format("<{}>.error.{}", name_of(step), field));
  }
  return Payload(error);
}

void answer(Point& point, const std::string& key, core::Outcome outcome, Hand& hand) {
  const Step& step = point.state.steps.at(key);
  core::TakeResult result;
  result.key = key;
  result.attempt = step.attempt;
  result.outcome = outcome;
  if (outcome == core::Outcome::kCompleted) {
    result.output = Payload(definition::unknown_from(name_of(step)));
  } else {
    result.error = unknown_error(step);
  }
  decide(point, result, hand);
}

bool waits(const Point& point, const std::string& key) {
  const auto at = point.state.steps.find(key);
  return at != point.state.steps.end() && at->second.phase == core::StepPhase::kWaiting;
}

void retry_now(Point& point, const std::string& key, Hand& hand) {
  point.now = std::max(point.now, point.state.steps.at(key).due);
  decide(point, core::TimerDue{"retry:" + key}, hand);
}

// From the wait behind the first attempt to the last that the policy allows: all between are alike.
void go_to_last_attempt(Point& point, const std::string& key, const definition::RetryPolicy& policy, Hand& hand) {
  const Step& step = point.state.steps.at(key);
  if (!policy.max_attempts) {
    point.now = std::max(point.now, step.first_scheduled_at + *policy.max_duration);
    return retry_now(point, key, hand);
  }
  using core::EventType;
  core::Event event = core::about(point.state, step,
                                  step.scope.empty() ? EventType::kStepScheduled : EventType::kCompensationScheduled);
  event.seq = point.state.seq + 1;
  event.at = point.now;
  event.attempt = std::max(*policy.max_attempts, step.attempt + 1);
  core::apply(point.state, event);
}

bool fail_for_good(Point& point, const std::string& key, core::Outcome outcome, Hand& hand) {
  answer(point, key, outcome, hand);
  if (!waits(point, key)) return true;
  const auto policy = core::policy_of(point.state, point.state.steps.at(key));
  if (!has_end(policy)) return false;
  go_to_last_attempt(point, key, policy, hand);
  answer(point, key, outcome, hand);
  return !waits(point, key);
}

bool unknown_then_rejected(Point& point, const std::string& key, Hand& hand) {
  answer(point, key, core::Outcome::kUnknown, hand);
  if (!waits(point, key)) return false;
  retry_now(point, key, hand);
  answer(point, key, core::Outcome::kRejected, hand);
  return true;
}

void fire(Point& point, const std::string& timer, Hand& hand) {
  for (const core::Timer& owed : core::outward(point.state).timers) {
    if (owed.name == timer) point.now = std::max(point.now, owed.due);
  }
  decide(point, core::TimerDue{timer}, hand);
}

void hear(Point& point, const Move& move, Hand& hand) {
  const Frame& frame = point.state.frames.at(move.key);
  Value event = frame.awaits.value().at(move.filter);
  const std::string name = fmt::format("{}#{}", frame.task->reference, frame.visit);
  event["specversion"] = "1.0";
  event["source"] = "urn:skald:check";
  event["id"] = std::to_string(point.state.seq);
  event["data"] = definition::unknown_from(name);
  decide(point, core::TakeEvent{Payload(event), false, {}}, hand);
}

// A try that is repeated for so long and not longer is in its last round next.
void pass_time(Point& point, const std::string& timer, Hand& hand) {
  const Frame& frame = point.state.frames.at(timer.substr(std::string_view(kWait).size()));
  const auto* policy = core::kind_of(*frame.task).repeats(*frame.task);
  if (policy != nullptr && policy->max_duration && !policy->max_attempts) {
    point.now = std::max(point.now, frame.entered_at + *policy->max_duration);
  }
  fire(point, timer, hand);
}

}  // namespace

std::string Move::outcome() const {
  switch (kind) {
    case Kind::kReject:
      return "rejected";
    case Kind::kFail:
      return "failed";
    case Kind::kUnknown:
      return "unknown";
    case Kind::kUnknownThenReject:
      return "unknown then rejected";
    case Kind::kTimeLimit:
      return "time limit";
    case Kind::kDeadline:
      return "deadline";
    default:
      return "";
  }
}

void forget_order(Point& point) {
  if (!several(items_at(point.state, core::outward(point.state)))) point.ahead.clear();
}

std::vector<Move> moves_at(const Point& point) {
  const core::Outward owed = core::outward(point.state);
  const std::vector<Item> items = items_at(point.state, owed);
  if (items.empty()) return {};
  Collector collector(point);
  const auto first =
      std::find_if(items.begin(), items.end(), [&](const Item& item) { return item.branch == point.ahead; });
  if (several(items) && point.ahead.empty()) {
    collector.add_aheads(items);
  } else {
    collector.add(first == items.end() ? items.front() : *first, owed);
  }
  return collector.take();
}

void start(Point& point, const std::optional<Value>& input, Hand& hand) {
  core::Start command;
  command.run = make_run_id(point.now, 0, 0);
  command.id = SagaId("check");
  command.input = Payload(input ? *input : definition::unknown_from("input"));
  decide(point, command, hand);
}

bool make(Point& point, const Move& move, Hand& hand) {
  if (move.fault) {
    point.faulty = true;
    point.fault = move.fault_name();
  }
  switch (move.kind) {
    case Kind::kComplete:
      return answer(point, move.key, core::Outcome::kCompleted, hand), true;
    case Kind::kReject:
      return answer(point, move.key, core::Outcome::kRejected, hand), true;
    case Kind::kFail:
      return fail_for_good(point, move.key, core::Outcome::kFailed, hand);
    case Kind::kUnknown:
      return fail_for_good(point, move.key, core::Outcome::kUnknown, hand);
    case Kind::kUnknownThenReject:
      return unknown_then_rejected(point, move.key, hand);
    case Kind::kWithdraw:
      return decide(point, core::AttemptWithdrawn{move.key, point.state.steps.at(move.key).attempt}, hand), true;
    case Kind::kNoAnswer:
      return fire(point, "drain:" + move.key, hand), true;
    case Kind::kTimePasses:
      return pass_time(point, move.key, hand), true;
    case Kind::kEvent:
      return hear(point, move, hand), true;
    case Kind::kTimeLimit:
    case Kind::kDeadline:
      return fire(point, move.key, hand), true;
    case Kind::kAhead:
      point.ahead = move.key;
      return true;
  }
  return true;
}

}  // namespace skald::check
