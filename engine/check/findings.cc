#include "engine/check/findings.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/kinds.h"
#include "engine/core/undo_plan.h"
#include "engine/core/undos.h"
#include "engine/definition/kind.h"

namespace skald::check {
namespace {

using core::Frame;
using core::State;
using definition::Task;

struct About {
  const char* code;
  const char* what;
};

constexpr About kAbout[] = {
    {"open", "a path ends with nothing to wait for: this is a fault of Skald, please report it with the document"},
    {"never-completes", "no path ends completed"},
    {"fails", "an expression or a limit fails whatever the services answer"},
    {"left-behind", "an effect may stand that nothing undoes"},
    {"stuck", "a path ends stuck, and an operator has to go on: retry, skip or resolve"},
    {"undo-of-nothing",
     "an undo can meet a step that never ran, or that arrives behind it: its handler accepts the undo of nothing, and "
     "refuses the forward key from then on"},
    {"never-reached", "no path reaches a task"},
    {"undo-never-runs", "no path runs an undo"},
    {"no-timeout", "a call has no timeout: a worker that hangs holds the saga for ever"},
};

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, ", ")); }

const Task* find(const definition::Workflow& workflow, const std::string& reference) {
  return workflow.find(reference);
}

// Why an attempt that failed for good has no other.
std::string ended_as(core::StepEnd end) {
  switch (end) {
    case core::StepEnd::kRejected:
      return "is rejected";
    case core::StepEnd::kFailed:
      return "fails to the end of its retries";
    default:
      return "is unknown to the end of its retries";
  }
}

std::string why_left(const Task& task, const std::string& story) {
  const std::string when = story.empty() ? "" : ", when " + story;
  if (task.pivot && task.undo == nullptr) {
    return fmt::format("the pivot has no undo, and may stand although all before it is undone{}", when);
  }
  if (task.undo != nullptr && task.undo->only_completed) {
    return fmt::format("its undo runs only where it is known to have completed (on: completed){}", when);
  }
  return fmt::format("it has no undo{}", when);
}

}  // namespace

std::string_view about(std::string_view code) {
  for (const About& one : kAbout) {
    if (code == one.code) return one.what;
  }
  return "";
}

std::string_view name_of(Level level) {
  static constexpr std::string_view kNames[] = {"note", "warning", "bug"};
  return kNames[static_cast<std::size_t>(level)];
}

std::string name_of(const definition::Workflow& workflow, const std::string& reference) {
  const Task* task = find(workflow, reference);
  if (task == nullptr) return reference.empty() ? "the workflow" : reference;
  if (task->undo_of != nullptr && task->name == "compensate") {
    return "the undo of " + name_of(workflow, task->undo_of->reference);
  }
  const auto same = [&](const auto& entry) { return entry.second->name == task->name; };
  return std::count_if(workflow.by_reference.begin(), workflow.by_reference.end(), same) > 1 ? reference : task->name;
}

void Findings::add(const std::string& code, Level level, const std::string& step, const std::string& message) {
  const std::string reason = code == "stuck" ? code + std::string(name_of(level)) : code;
  Finding finding{code, level, step, 0, message};
  if (const Task* task = find(workflow_, step)) finding.line = task->line;
  found_.try_emplace({reason, step}, std::move(finding));
}

void Findings::note(const Leg& leg, const std::string& story) {
  reached_.insert(leg.reached.begin(), leg.reached.end());
  for (const std::string& step : leg.undone_unsure) {
    add("undo-of-nothing", Level::kNote, step, joined(core::tasks_of(*find(workflow_, step)->undo)));
  }
  for (const core::Event& event : leg.faults) {
    const Value error = event.error.value();
    add("fails", Level::kWarning, error.value("instance", ""),
        error.value("detail", "") + (story.empty() ? "" : ", when " + story));
  }
}

void Findings::note_stuck(const State& state, const Frame& frame) {
  const auto step = state.steps.find(frame.key);
  const bool attempted = step != state.steps.end() && step->second.end != core::StepEnd::kCompleted;
  // That a service says no for good is nothing that a document can rule out.
  const bool rejected = attempted && step->second.end == core::StepEnd::kRejected;
  const Level level = rejected ? Level::kNote : Level::kWarning;
  const std::string how =
      attempted ? ended_as(step->second.end) : "raises an error: " + frame.stuck_on.value().value("title", "");
  const core::Step* owner = core::owner_of(state, frame.scope);
  if (owner == nullptr) {
    return add("stuck", level, frame.task->reference,
               fmt::format("when it {}: it stands behind the pivot, from where nothing goes back", how));
  }
  const std::string task = core::kind_of(*frame.task).task_type(*frame.task);
  add("stuck", level, owner->task->reference, fmt::format("when its undo{} {}", task.empty() ? "" : " " + task, how));
}

void Findings::note_end(const State& state, End end, const std::string& story) {
  if (end == End::kOpen) return add("open", Level::kBug, "", story.empty() ? "where nothing fails" : "when " + story);
  if (end == End::kStuck) {
    for (const auto& [key, frame] : state.frames) {
      if (!frame.stuck_on.empty()) note_stuck(state, frame);
    }
    return;
  }
  for (const std::string& step : core::left_behind(state)) {
    if (const Task* task = find(workflow_, step)) add("left-behind", Level::kWarning, step, why_left(*task, story));
  }
}

void Findings::find_unreached() {
  const auto reached = [&](const std::string& reference) {
    const auto at = reached_.lower_bound(reference);
    return at != reached_.end() && (*at == reference || at->rfind(reference + "/", 0) == 0);
  };
  for (const auto& [reference, task] : workflow_.by_reference) {
    if (task->undo_of == nullptr && !reference.empty() && !reached(reference)) {
      add("never-reached", Level::kWarning, reference, std::string(task->kind->keyword()));
    }
    const bool dead_undo = task->undo != nullptr && reached(reference) && !reached(task->undo->body->reference);
    if (dead_undo) {
      add("undo-never-runs", Level::kWarning, reference,
          task->after_pivot ? "it stands behind the pivot, from where nothing goes back"
                            : "nothing can fail behind it");
    }
  }
}

void Findings::find_without_timeout() {
  for (const auto& [reference, task] : workflow_.by_reference) {
    const std::string type = core::kind_of(*task).task_type(*task);
    const bool bounded = task->timeout || (task->undo_of != nullptr && task->undo_of->undo->timeout);
    if (!type.empty() && !bounded) add("no-timeout", Level::kNote, reference, type);
  }
}

std::vector<Finding> Findings::finish(const Report& report) {
  const bool whole = report.stopped.empty();
  if (whole) find_unreached();
  find_without_timeout();
  if (whole && report.paths[static_cast<std::size_t>(End::kCompleted)] == 0) {
    add("never-completes", Level::kWarning, "", "");
  }
  std::vector<Finding> all;
  for (auto& [place, finding] : found_) all.push_back(finding);
  const auto rank = [](const Finding& finding) {
    const auto at =
        std::find_if(std::begin(kAbout), std::end(kAbout), [&](const About& one) { return finding.code == one.code; });
    return std::tuple(-static_cast<int>(finding.level), at - std::begin(kAbout), finding.line, finding.step);
  };
  std::stable_sort(all.begin(), all.end(), [&](const Finding& a, const Finding& b) { return rank(a) < rank(b); });
  return all;
}

}  // namespace skald::check
