#include "tests/simulation/family.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace skald::simulation {
namespace {

using core::Event;
using core::EventType;

std::string key_of_child(const std::string& step, std::uint32_t attempt) { return fmt::format("{}#{}", step, attempt); }

// Of the step that runs it.
std::uint32_t attempt_of(const Event& started) { return std::max(started.parent_attempt, 1U); }

const Event* find(const Told& saga, EventType type) {
  const auto at =
      std::find_if(saga.history.begin(), saga.history.end(), [&](const Event& event) { return event.type == type; });
  return at == saga.history.end() ? nullptr : &*at;
}

// The event with which the saga ended; a completed one may have been undone behind it.
const Event* end_of(const Told& saga) {
  for (const EventType type : {EventType::kSagaCompleted, EventType::kSagaCompensated, EventType::kSagaFailed,
                               EventType::kSagaCancelled, EventType::kSagaTerminated}) {
    if (const Event* event = find(saga, type)) return event;
  }
  return nullptr;
}

bool completed(const Told& saga) { return find(saga, EventType::kSagaCompleted) != nullptr; }

bool taken_back(const Told& saga) {
  return std::any_of(saga.history.begin(), saga.history.end(), [](const Event& event) {
    return event.type == EventType::kCompensationEnded ||
           (event.type == EventType::kOperatorCancel && !event.key.empty());
  });
}

// Whether nothing of it stands, as it was when its parent was told.
bool clean(const Told& saga) {
  if (const Event* undone = find(saga, EventType::kCompensationEnded)) return undone->left_behind.empty();
  const Event* end = end_of(saga);
  return end != nullptr && end->type != EventType::kSagaCompleted && end->type != EventType::kSagaTerminated &&
         end->left_behind.empty();
}

// What the end of a child is to the step that awaits it.
std::string answer_of(const Told& child) {
  if (completed(child)) return "completed";
  const Event* end = end_of(child);
  return end->type != EventType::kSagaTerminated && end->left_behind.empty() ? "rejected" : "unknown";
}

// What an event says of a step's attempt: "completed", "rejected", ..., in time or late; empty: nothing.
std::string said(const Event& event) {
  switch (event.type) {
    case EventType::kStepCompleted:
      return "completed";
    case EventType::kStepRejected:
      return "rejected";
    case EventType::kStepUnknown:
      return "unknown";
    case EventType::kStepLateResult:
      return event.outcome;
    default:
      return "";
  }
}

}  // namespace

Result<std::vector<core::Event>> history_of(const store::SagaLog& log, const RunId& run) {
  SKALD_ASSIGN(const auto stored, log.events(run, 1, 100'000));
  std::vector<core::Event> history;
  for (const auto& one : stored) {
    SKALD_ASSIGN(core::Event event, core::decode_event(one.bytes));
    history.push_back(std::move(event));
  }
  return history;
}

Family::Family(const std::vector<Told>& all) : all_(all) {
  for (const Told& saga : all_) {
    by_run_[saga.summary.run.str()] = &saga;
    if (saga.history.empty() || saga.history.front().parent_key.empty()) continue;
    const Event& started = saga.history.front();
    by_key_.emplace(key_of_child(started.parent_key, attempt_of(started)), &saga);
  }
}

const Told* Family::child_of(const std::string& key) const {
  const auto at = by_key_.find(key);
  return at == by_key_.end() ? nullptr : at->second;
}

// A child has one parent, which ran it and was told of its end.
std::optional<std::string> Family::broken_of(const Told& child) const {
  const Event& started = child.history.front();
  const auto parent = by_run_.find(started.parent_run);
  if (parent == by_run_.end()) return "its parent is not known";
  const auto& history = parent->second->history;
  const auto scheduled = std::find_if(history.begin(), history.end(), [&](const Event& event) {
    return event.type == EventType::kStepScheduled && event.key == started.parent_key && event.attempt == 1;
  });
  if (scheduled == history.end()) return "no step of its parent runs it";
  if (scheduled->workflow != child.summary.workflow) return "its parent runs " + scheduled->workflow;
  if (scheduled->input != started.input) return "its input is not what its parent gave it";
  if (!child.summary.final) return "it has not ended";
  if (!started.awaited || parent->second->removed) return std::nullopt;  // nobody is left to be told
  const std::string answer = answer_of(child);
  const bool told = std::any_of(history.begin(), history.end(), [&](const Event& event) {
    return event.key == started.parent_key && event.attempt == attempt_of(started) && said(event) == answer;
  });
  if (!told) return "its end was not told to its parent: " + answer;
  return std::nullopt;
}

// What the parent says of an attempt is so.
std::optional<std::string> Family::broken_step(const Told& parent, const Event& scheduled) const {
  const Told* child = child_of(key_of_child(scheduled.key, scheduled.attempt));
  for (const Event& event : parent.history) {
    if (event.key != scheduled.key || event.attempt != scheduled.attempt || said(event).empty()) continue;
    const std::string answer = said(event);
    if (child == nullptr && answer == "rejected") continue;  // it was refused
    if (child == nullptr) return event.step + " is " + answer + ", and there is no child";
    const bool awaited = child->history.front().awaited;
    if (answer != (awaited ? answer_of(*child) : "completed")) {
      return fmt::format("{} is {}, and its child {}", event.step, answer, child->summary.status);
    }
    if (awaited && answer == "completed" &&
        event.output.value() != find(*child, EventType::kSagaCompleted)->output.value()) {
      return event.step + " has another output than its child";
    }
  }
  return std::nullopt;
}

std::optional<std::string> Family::broken() const {
  std::set<std::string> ids;
  for (const Told& saga : all_) {
    if (!ids.insert(saga.summary.id.str()).second) return "I12: two runs have the id " + saga.summary.id.str();
    if (!saga.history.front().parent_key.empty()) {
      const Event& started = saga.history.front();
      if (by_key_.count(key_of_child(started.parent_key, attempt_of(started))) > 1) {
        return "I12: two children of one step: " + started.parent_key;
      }
      if (const auto wrong = broken_of(saga)) return fmt::format("I12: child {}: {}", saga.summary.id.str(), *wrong);
    }
    std::set<std::string> runs;  // keys of steps that run a saga
    for (const Event& event : saga.history) {
      if (event.type == EventType::kStepScheduled && !event.workflow.empty()) runs.insert(event.key);
      if (event.type != EventType::kStepScheduled || runs.count(event.key) == 0) continue;
      if (const auto wrong = broken_step(saga, event)) {
        return fmt::format("I12: saga {}: {}", saga.summary.id.str(), *wrong);
      }
    }
  }
  return std::nullopt;
}

std::map<std::string, Effects> Family::effects() const {
  std::map<std::string, Effects> all;
  for (const auto& [key, child] : by_key_) {
    const Event& started = child->history.front();
    Effects& effects = all[started.parent_key];
    const bool stood = started.awaited ? completed(*child) || !clean(*child) : true;
    effects.done += stood ? 1 : 0;
    effects.undone += stood && taken_back(*child) && clean(*child) ? 1 : 0;
  }
  return all;
}

}  // namespace skald::simulation
