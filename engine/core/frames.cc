#include "engine/core/frames.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/fault_point.h"
#include "engine/core/kinds.h"

namespace skald::core {
namespace {

std::string key_of(const State& state, const definition::Task& task, const std::string& scope, std::uint32_t visit) {
  const std::string& prefix = scope.empty() ? state.run.str() : scope;
  if (planted("reuse-key")) visit = 1;
  return fmt::format("{}:{}:{}", prefix, task.reference, visit);
}

// A composite with an undo of its own that is done stands for its children from now on.
void stand_for_children(State& state, const Frame& frame) {
  const bool done = frame.phase == FramePhase::kClosing;
  if (!done || !frame.task->undo || !frame.task->kind->composite()) return;
  Step whole;
  whole.key = frame.key;
  whole.task = frame.task;
  whole.visit = frame.visit;
  whole.inside = ancestors(state, frame);
  whole.phase = StepPhase::kClosed;
  whole.end = StepEnd::kCompleted;
  whole.first_scheduled_at = frame.entered_at;
  whole.scheduled_at = frame.entered_at;
  whole.may_have_effect = true;
  whole.close_order = ++state.closings;
  whole.input = frame.input;
  whole.output = frame.output;
  whole.undo.phase = UndoPhase::kRegistered;
  for (auto& [key, step] : state.steps) {
    const bool within = std::find(step.inside.begin(), step.inside.end(), frame.key) != step.inside.end();
    if (within && step.scope == frame.scope) step.undo.phase = UndoPhase::kCovered;
  }
  state.steps.emplace(whole.key, std::move(whole));
}

// An undo whose root frame has left is done.
void undo_done(State& state, const Frame& frame) {
  const auto owner = std::find_if(state.steps.begin(), state.steps.end(),
                                  [&](const auto& entry) { return undo_key(entry.second) == frame.scope; });
  SKALD_CHECK(owner != state.steps.end(), "an undo belongs to a step");
  close_undo(owner->second, UndoPhase::kDone);
}

void root_left(State& state, const Frame& frame) {
  if (!frame.scope.empty()) return undo_done(state, frame);
  state.forward_done = true;
  state.output = frame.output;
}

bool nothing_to_evaluate_on_entry(const Frame& frame) {
  return (!frame.task->condition || frame.condition_met) && (!frame.task->input_from || frame.input_set);
}

bool nothing_to_evaluate_on_exit(const State& state, const Frame& frame) {
  // The saga's end is a decision of its own: the root's output.as goes into that event.
  if (frame.key == state.root) return false;
  return (!frame.task->output_as || frame.output_set) && (!frame.task->export_as || frame.context_set) &&
         frame.task->then.kind == definition::Then::Kind::kContinue;
}

bool forward_work_open(const State& state) {
  return std::any_of(state.open_steps.begin(), state.open_steps.end(),
                     [&](const std::string& key) { return state.steps.at(key).scope.empty(); });
}

// Undoing: once no forward work is in flight, the undo of the step that closed last begins, one after another. None
// begins while the saga is suspended, so that each sees what was answered meanwhile.
bool begin_undo(State& state) {
  if (state.suspended || state.cause == Cause::kNone || forward_work_open(state)) return false;
  Step* next = nullptr;
  for (auto& [key, step] : state.steps) {
    if (!step.scope.empty()) continue;
    if (undo_wanted(step)) step.undo.phase = UndoPhase::kDue;
    if (step.undo.phase == UndoPhase::kRunning || step.undo.phase == UndoPhase::kStuck) return false;
    if (step.undo.phase == UndoPhase::kDue && (next == nullptr || step.close_order > next->close_order)) next = &step;
  }
  if (next == nullptr) return false;
  open_undo(state, *next);
  return true;
}

// One move of one frame; false where none can move.
bool step_once(State& state) {
  for (auto& [key, frame] : state.frames) {
    if (!frame.stuck_on.empty() || has_children(state, key)) continue;
    if (frame.phase == FramePhase::kEntering && nothing_to_evaluate_on_entry(frame)) {
      if (frame.input.empty()) frame.input = frame.raw_input;
      if (!kind_of(*frame.task).structural()) continue;
      frame.phase = FramePhase::kRunning;
      kind_of(*frame.task).open(state, frame);
      return true;
    }
    if (frame.phase == FramePhase::kClosing && nothing_to_evaluate_on_exit(state, frame)) {
      leave(state, std::string(key), "");
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<std::string> ancestors(const State& state, const Frame& frame) {
  std::vector<std::string> keys;
  for (std::string key = frame.parent; !key.empty(); key = state.frames.at(key).parent) keys.push_back(key);
  return keys;
}

bool undo_wanted(const Step& step) {
  if (step.undo.phase != UndoPhase::kRegistered || !step.may_have_effect || step.phase != StepPhase::kClosed) {
    return false;
  }
  return !step.task->undo->only_completed || step.end == StepEnd::kCompleted || step.end == StepEnd::kResolved;
}

std::string undo_key(const Step& step) { return fmt::format("{}:undo:{}", step.key, step.undo.generation); }

void close_undo(Step& step, UndoPhase how) {
  step.undo.phase = how;
  if (step.undo.again) {
    step.undo.again = false;
    step.undo.phase = UndoPhase::kDue;
  }
}

Frame& open_frame(State& state, const definition::Task& task, const std::string& parent, const std::string& scope,
                  Payload raw_input) {
  const std::uint32_t visit = ++state.visits[scope + "|" + task.reference];
  Frame frame;
  frame.key = key_of(state, task, scope, visit);
  frame.parent = parent;
  frame.scope = scope;
  frame.task = &task;
  frame.visit = visit;
  frame.entered_at = state.last_event_at;
  frame.raw_input = std::move(raw_input);
  const auto [at, fresh] = state.frames.emplace(frame.key, std::move(frame));
  SKALD_CHECK(fresh, "no key is used for two visits");
  return at->second;
}

Frame& open_undo(State& state, Step& step) {
  ++step.undo.generation;
  step.undo.phase = UndoPhase::kRunning;
  step.undo.had_output = !step.output.empty();
  Frame frame;
  frame.scope = undo_key(step);
  frame.key = frame.scope;
  frame.task = step.task->undo->body.get();
  frame.entered_at = state.last_event_at;
  frame.raw_input = Payload(forward_of(step));
  const auto [at, fresh] = state.frames.emplace(frame.key, std::move(frame));
  SKALD_CHECK(fresh, "an undo that has begun is not begun again");
  return at->second;
}

void finish_body(Frame& frame, Payload output) {
  frame.phase = FramePhase::kClosing;
  frame.output = std::move(output);
}

void settle(State& state) {
  if (state.final == SagaStatus::kTerminated) return;
  while (step_once(state) || begin_undo(state)) {
  }
}

const Frame* next_to_decide(const State& state) {
  for (const auto& [key, frame] : state.frames) {
    if (!frame.stuck_on.empty() || has_children(state, key)) continue;
    if (frame.phase == FramePhase::kRunning) continue;
    return &frame;
  }
  return nullptr;
}

void leave(State& state, const std::string& key, const std::string& taken) {
  const auto at = state.frames.find(key);
  SKALD_CHECK(at != state.frames.end(), "the frame that is left is open");
  const Frame frame = std::move(at->second);
  state.frames.erase(at);
  stand_for_children(state, frame);
  if (frame.parent.empty()) return root_left(state, frame);

  Frame& parent = state.frames.at(frame.parent);
  if (taken == "end") {
    // Everything up to the root closes with this output.
    for (std::string up = frame.parent; !up.empty();) {
      Frame& around = state.frames.at(up);
      up = around.parent;
      if (up.empty()) {
        finish_body(around, frame.output);
      } else {
        state.frames.erase(around.key);
      }
    }
  } else if (taken == "exit") {
    finish_body(parent, frame.output);
  } else {
    const auto& then = frame.task->then;
    const bool jump = !taken.empty() && then.kind == definition::Then::Kind::kTask;
    kind_of(*parent.task).child_left(state, parent, frame, jump ? then.target : parent.index + 1, frame.output);
  }
}

void drop_frames(State& state, const std::string& scope) {
  std::erase_if(state.frames, [&](const auto& entry) { return entry.second.scope == scope; });
}

bool has_children(const State& state, const std::string& key) {
  return std::any_of(state.frames.begin(), state.frames.end(),
                     [&](const auto& entry) { return entry.second.parent == key; });
}

Value forward_of(const Step& step) {
  static constexpr std::string_view kOutcomes[] = {"none",    "completed", "rejected", "failed",   "unknown",
                                                   "unknown", "unknown",   "skipped",  "completed"};
  return {{"input", step.input.value()},
          {"output", step.output.value()},
          {"outcome", kOutcomes[static_cast<std::size_t>(step.end)]},
          {"key", step.key}};
}

}  // namespace skald::core
