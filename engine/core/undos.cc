#include "engine/core/undos.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

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

// Steps whose undo is under way or stuck: each has a root frame.
std::vector<const Step*> begun_undos(const State& state) {
  std::vector<const Step*> begun;
  for (const auto& [key, frame] : state.frames) {
    const bool root = !frame.scope.empty() && frame.parent.empty();
    if (const Step* owner = root ? owner_of(state, frame.scope) : nullptr) begun.push_back(owner);
  }
  return begun;
}

// Whether one of those, which are under way or come first, has to be done before this undo.
bool held_back(const Step& step, const std::vector<const Step*>& before) {
  return std::any_of(before.begin(), before.end(), [&](const Step* other) { return !side_by_side(step, *other); });
}

// Whether nothing that closed before it can be undone beside it.
bool holds_back_all(const Step& step) {
  return std::none_of(step.inside.begin(), step.inside.end(),
                      [](const Around& around) { return around.task->undo_parallel; });
}

// How many undos of each kind have ended.
void count_end(State& state, UndoPhase how, int by) {
  if (how == UndoPhase::kDone || how == UndoPhase::kResolved) state.undos_done += by;
  if (how == UndoPhase::kSkipped) state.undos_skipped += by;
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
  count_end(state, step.undo.phase, -1);
  step.undo.phase = UndoPhase::kDue;
  state.undoing.emplace(step.close_order, step.key);
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
  const bool in_order = !planted("undo-in-any-order");
  std::vector<const Step*> before = begun_undos(state);
  for (auto at = state.undoing.rbegin(); at != state.undoing.rend(); ++at) {
    Step& step = state.steps.at(at->second);
    const bool its_turn = !in_order || !held_back(step, before);
    if (step.undo.phase == UndoPhase::kDue && its_turn && !awaits_others(state, step)) {
      open_undo(state, step);
      return true;
    }
    if (in_order && holds_back_all(step)) return false;
    before.push_back(&step);
  }
  return false;
}

void close_undo(State& state, Step& step, UndoPhase how) {
  if (step.undo.again) {
    step.undo.again = false;
    step.undo.phase = UndoPhase::kDue;
  } else {
    step.undo.phase = how;
    count_end(state, how, 1);
    state.undoing.erase(step.close_order);
  }
}

std::uint32_t stuck_undos(const State& state) {
  const auto begun = begun_undos(state);
  return static_cast<std::uint32_t>(std::count_if(
      begun.begin(), begun.end(), [](const Step* step) { return step->undo.phase == UndoPhase::kStuck; }));
}

bool is_unwound(const State& state, const Frame& frame) {
  if (planted("go-on-before-unwound")) return true;
  const auto concerns = [&](const std::string& key) { return unwinds(frame, state.steps.at(key)); };
  return std::none_of(state.open_steps.begin(), state.open_steps.end(), concerns) &&
         std::none_of(state.undoing.begin(), state.undoing.end(),
                      [&](const auto& entry) { return concerns(entry.second); });
}

}  // namespace skald::core
