#include "engine/check/trail.h"

#include <algorithm>
#include <charconv>

#include "engine/core/error_filter.h"
#include "engine/core/undo_plan.h"

namespace skald::check {
namespace {

using core::Event;
using core::EventType;
using core::State;
using core::Step;

// The reference of the task that an event is about.
std::string reference_of(const Event& event) {
  const bool in_undo = event.generation > 0;
  return !in_undo ? event.step : event.undo.empty() ? event.step + "/compensate" : event.undo;
}

// Whether it says what the `if` of its task gave. Elsewhere "run" and "skip" are names of tasks.
bool is_condition(const State& state, const Event& event) {
  const bool says = event.taken == "run" || event.taken == "skip";
  const auto* task = says ? state.workflow->find(reference_of(event)) : nullptr;
  return event.type == EventType::kBranchTaken && task != nullptr && task->condition.has_value();
}

bool ran_again(const State& before, const Step& step) {
  const auto at = before.steps.find(step.key);
  return step.undo.generation > (at == before.steps.end() ? 0 : at->second.undo.generation);
}

std::size_t first_mention(const Step& step, const std::vector<Event>& events) {
  const auto at = std::find_if(events.begin(), events.end(), [&](const Event& event) {
    return event.generation == step.undo.generation && event.step == step.task->reference && event.visit == step.visit;
  });
  return static_cast<std::size_t>(at - events.begin());
}

std::vector<const Step*> begun(const State& before, const State& after, const std::vector<Event>& events) {
  std::vector<const Step*> steps;
  for (const auto& [key, step] : after.steps) {
    if (ran_again(before, step)) steps.push_back(&step);
  }
  std::stable_sort(steps.begin(), steps.end(), [&](const Step* a, const Step* b) {
    return std::pair(first_mention(*a, events), -a->close_order) <
           std::pair(first_mention(*b, events), -b->close_order);
  });
  return steps;
}

bool runs(const Step& step) {
  return step.undo.phase == core::UndoPhase::kRunning || step.undo.phase == core::UndoPhase::kStuck;
}

void add_undone(const State& before, const State& after, const std::vector<Event>& events, Leg& leg) {
  const Step* last = nullptr;
  for (const Step* step : begun(before, after, events)) {
    leg.undone.push_back(
        {step->task->reference, step->visit, core::tasks_of(*step->task->undo), last != nullptr && runs(*last)});
    leg.reached.insert(step->task->undo->body->reference);
    const bool done = step->end == core::StepEnd::kCompleted || step->end == core::StepEnd::kResolved;
    if (!done) leg.undone_unsure.insert(step->task->reference);
    last = step;
  }
}

// A frame that was opened and not skipped has run.
void add_reached(const State& before, const State& after, const std::vector<Event>& events, Leg& leg) {
  std::map<std::string, std::uint32_t> skipped;
  for (const Event& event : events) {
    if (is_condition(after, event) && event.taken == "skip") ++skipped[reference_of(event)];
  }
  for (const auto& [name, visits] : after.visits) {
    const auto at = before.visits.find(name);
    const std::string reference = name.substr(name.rfind('|') + 1);
    const std::uint32_t fresh = visits - (at == before.visits.end() ? 0 : at->second);
    if (fresh == 0) continue;
    const auto skip = skipped.find(reference);
    if (fresh > (skip == skipped.end() ? 0 : skip->second)) leg.reached.insert(reference);
  }
}

// Where a task stands in its list, "/do/3/charge" being fourth, and the list.
std::pair<std::string, std::size_t> place_of(const std::string& reference) {
  const auto name = reference.rfind('/');
  const auto index = name == std::string::npos || name == 0 ? name : reference.rfind('/', name - 1);
  if (index == std::string::npos) return {"", 0};
  std::size_t place = 0;
  std::from_chars(reference.data() + index + 1, reference.data() + name, place);
  return {reference.substr(0, index), place};
}

bool jumps_back(const State& state, const Event& event) {
  if (event.type != EventType::kBranchTaken || is_condition(state, event)) return false;
  for (const char* word : {"continue", "exit", "end"}) {
    if (event.taken == word) return false;
  }
  const auto [list, place] = place_of(reference_of(event));
  for (std::size_t i = 0; i <= place; ++i) {
    if (state.workflow->find(list + "/" + std::to_string(i) + "/" + event.taken) != nullptr) return true;
  }
  return false;
}

bool is_fault(const Event& event) {
  const bool raises = event.type == EventType::kErrorCaught || event.type == EventType::kCompensationStarted ||
                      event.type == EventType::kSagaStuck;
  if (!raises) return false;
  const Value error = event.error.value();
  if (!error.is_object() || !error.contains("type") || !error["type"].is_string()) return false;
  const std::string type = core::error_type(error["type"].get<std::string>());
  return type == "expression" || (type == "runtime" && error.value("title", "") == "History too long");
}

}  // namespace

Leg leg_between(const State& before, const State& after, const std::vector<Event>& events) {
  Leg leg;
  add_undone(before, after, events, leg);
  add_reached(before, after, events, leg);
  for (const Event& event : events) {
    if (event.type == EventType::kErrorCaught) leg.caught.push_back(event.step);
    if (jumps_back(after, event)) leg.jumped.push_back(reference_of(event));
    if (is_fault(event)) leg.faults.push_back(event);
  }
  return leg;
}

Course follow(const Leg& leg, const Course& course) {
  Course whole;
  whole.end = course.end;
  whole.undone = leg.undone;
  whole.undone.insert(whole.undone.end(), course.undone.begin(), course.undone.end());
  whole.when = leg.choices;
  whole.when.insert(whole.when.end(), course.when.begin(), course.when.end());
  whole.caught = leg.caught;
  for (const std::string& task : course.caught) {
    if (whole.caught.empty() || whole.caught.back() != task) whole.caught.push_back(task);
  }
  return whole;
}

}  // namespace skald::check
