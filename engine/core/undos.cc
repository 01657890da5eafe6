#include "engine/core/undos.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/fault_point.h"

namespace skald::core {
namespace {

// Whether what the frame unwinds is about this step.
bool unwinds(const Frame& frame, const Step& step) {
  if (frame.phase != FramePhase::kUnwinding || !stands_inside(step, frame.key)) return false;
  return frame.spared.empty() || (step.key != frame.spared && !stands_inside(step, frame.spared));
}

// The innermost frame that unwinds the step; null where there is none.
const Frame* unwound_by(const State& state, const Step& step) {
  for (const Around& around : step.inside) {
    const auto at = state.frames.find(around.key);
    if (at != state.frames.end() && unwinds(at->second, step)) return &at->second;
  }
  return nullptr;
}

bool done(StepEnd end) { return end == StepEnd::kCompleted || end == StepEnd::kResolved; }

// The flow has gone past a step that did not complete.
bool passed_over(const State& state, const Step& step) {
  return step.phase == StepPhase::kClosed && !done(step.end) && step.end != StepEnd::kSkipped &&
         state.frames.count(step.key) == 0;
}

bool forward_work_open(const State& state) {
  return std::any_of(state.open_steps.begin(), state.open_steps.end(),
                     [&](const std::string& key) { return state.steps.at(key).scope.empty(); });
}

// Whether forward work is in flight that must close before this step is undone.
bool awaits_others(const State& state, const Step& step) {
  const Frame* frame = unwound_by(state, step);
  return frame != nullptr && std::any_of(state.open_steps.begin(), state.open_steps.end(),
                                         [&](const std::string& key) { return unwinds(*frame, state.steps.at(key)); });
}

// Whether both stand in different branches of a fork whose branches are undone side by side.
bool side_by_side(const Step& a, const Step& b) {
  for (const Around& around : a.inside) {
    if (stands_inside(b, around.key)) return around.task->undo_parallel;
  }
  return false;
}

// Whether another undo comes before this one or is under way.
bool held_back(const State& state, const Step& step) {
  if (planted("undo-in-any-order")) return false;
  return std::any_of(state.undoing.begin(), state.undoing.end(), [&](const std::string& key) {
    const Step& other = state.steps.at(key);
    if (&other == &step || side_by_side(step, other)) return false;
    return other.undo.phase != UndoPhase::kDue || other.close_order > step.close_order;
  });
}

void open_undo(State& state, Step& step) {
  ++step.undo.generation;
  step.undo.phase = UndoPhase::kRunning;
  step.undo.had_output = !step.output.empty();
  step.undo.partly = false;
  Frame frame;
  frame.scope = undo_key(step);
  frame.key = frame.scope;
  frame.task = step.task->undo->body.get();
  frame.entered_at = state.last_event_at;
  frame.raw_input = Payload(forward_of(step));
  const auto [at, fresh] = state.frames.emplace(frame.key, std::move(frame));
  SKALD_CHECK(fresh, "an undo that has begun is not begun again");
}

}  // namespace

std::string undo_key(const Step& step) { return fmt::format("{}:undo:{}", step.key, step.undo.generation); }

Step* owner_of(State& state, const std::string& scope) {
  // "<forward key>:undo:<generation>"
  const auto end = scope.rfind(":undo:");
  if (end == std::string::npos) return nullptr;
  const auto at = state.steps.find(scope.substr(0, end));
  return at == state.steps.end() ? nullptr : &at->second;
}

const Step* owner_of(const State& state, const std::string& scope) {
  return owner_of(const_cast<State&>(state), scope);
}

Value forward_of(const Step& step) {
  static constexpr std::string_view kOutcomes[] = {"none",    "completed", "rejected", "failed",   "unknown",
                                                   "unknown", "unknown",   "skipped",  "completed"};
  return {{"input", step.input.value()},
          {"output", step.output.value()},
          {"outcome", kOutcomes[static_cast<std::size_t>(step.end)]},
          {"key", step.key}};
}

bool undo_wanted(const Step& step) {
  if (step.undo.phase != UndoPhase::kRegistered || !step.may_have_effect || step.phase != StepPhase::kClosed) {
    return false;
  }
  return !step.task->undo->only_completed || done(step.end);
}

void make_due(State& state, Step& step) {
  step.undo.phase = UndoPhase::kDue;
  state.undoing.insert(step.key);
}

void call_for_undo(State& state, Step& step) {
  if (!step.scope.empty() || state.final == SagaStatus::kTerminated) return;
  const Frame* frame = state.cause == Cause::kNone ? unwound_by(state, step) : nullptr;
  const bool unwanted = step.unwanted || passed_over(state, step) || (frame != nullptr && frame->unwinds_all);
  if (state.cause == Cause::kNone && unwanted && planted("keep-what-is-passed-over")) return;
  if (state.cause == Cause::kNone && unwanted) step.unwanted = true;
  if (!undo_wanted(step) || (state.cause == Cause::kNone && !unwanted)) return;
  if (state.cause == Cause::kNone) step.undo.cause = frame != nullptr ? frame->caught : step.error;
  make_due(state, step);
}

void call_for_undos(State& state, const Frame* inside) {
  for (auto& [key, step] : state.steps) {
    if (inside == nullptr || stands_inside(step, inside->key)) call_for_undo(state, step);
  }
}

bool begin_undo(State& state) {
  if (state.suspended || state.undoing.empty()) return false;
  if (state.cause != Cause::kNone && forward_work_open(state)) return false;
  for (const std::string& key : state.undoing) {
    Step& step = state.steps.at(key);
    if (step.undo.phase != UndoPhase::kDue || awaits_others(state, step) || held_back(state, step)) continue;
    open_undo(state, step);
    return true;
  }
  return false;
}

void close_undo(State& state, Step& step, UndoPhase how) {
  step.undo.phase = how;
  if (step.undo.again) {
    step.undo.again = false;
    step.undo.phase = UndoPhase::kDue;
  } else {
    state.undoing.erase(step.key);
  }
}

bool is_unwound(const State& state, const Frame& frame) {
  if (planted("go-on-before-unwound")) return true;
  const auto concerns = [&](const std::string& key) { return unwinds(frame, state.steps.at(key)); };
  return std::none_of(state.open_steps.begin(), state.open_steps.end(), concerns) &&
         std::none_of(state.undoing.begin(), state.undoing.end(), concerns);
}

}  // namespace skald::core
