#include "engine/core/frames.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/fault_point.h"
#include "engine/core/apply_step.h"
#include "engine/core/kinds.h"
#include "engine/core/undos.h"

namespace skald::core {
namespace {

std::string key_of(const State& state, const definition::Task& task, const std::string& scope, std::uint32_t visit) {
  const std::string& prefix = scope.empty() ? state.run.str() : scope;
  if (planted("reuse-key")) visit = 1;
  return fmt::format("{}:{}:{}", prefix, task.reference, visit);
}

// A composite with an undo of its own that is done stands for its children from now on, but for those that the flow
// went past: they are no part of what it did.
void stand_for_children(State& state, const Frame& frame) {
  const bool done = frame.phase == FramePhase::kClosing;
  if (!done || !frame.scope.empty() || !frame.task->undo || !frame.task->kind->composite()) return;
  Step whole;
  whole.key = frame.key;
  whole.task = frame.task;
  whole.visit = frame.visit;
  whole.inside = around(state, frame);
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
    const bool begun = state.undoing.count(step.close_order) > 0 || step.undo.generation > 0;
    if (stands_inside(step, frame.key) && !begun && !step.unwanted) step.undo.phase = UndoPhase::kCovered;
  }
  state.steps.emplace(whole.key, std::move(whole));
}

// An undo whose root frame has left is done.
void undo_done(State& state, const Frame& frame) {
  Step* owner = owner_of(state, frame.scope);
  SKALD_CHECK(owner != nullptr, "an undo belongs to a step");
  close_undo(state, *owner, UndoPhase::kDone);
}

void root_left(State& state, const Frame& frame) {
  if (!frame.scope.empty()) return undo_done(state, frame);
  state.forward_done = true;
  state.output = frame.output;
}

bool nothing_to_evaluate_on_entry(const Frame& frame) {
  return (!frame.task->condition || frame.condition_met) && (!sets_input(frame) || frame.input_set);
}

bool nothing_to_evaluate_on_exit(const State& state, const Frame& frame) {
  // The saga's end is a decision of its own: the root's output.as goes into that event.
  if (frame.key == state.root) return false;
  return (!sets_output(frame) || frame.output_set) && (!frame.task->export_as || frame.context_set) &&
         (!frame.chosen.empty() || frame.task->then.kind == definition::Then::Kind::kContinue);
}

// Everything up to the root closes with this output.
void end_flow(State& state, const Frame& from, const Payload& output) {
  for (std::string up = from.key; !up.empty();) {
    Frame& around = state.frames.at(up);
    up = around.parent;
    if (up.empty()) {
      around.children = 0;
      finish_body(around, output);
    } else {
      state.frames.erase(around.key);
    }
  }
}

// Where in the list of `parent` the flow goes on after a child.
std::size_t place_after(const Frame& child, const Frame& parent, const std::string& taken) {
  const auto goes = [&](const definition::Then& then) {
    return then.kind == definition::Then::Kind::kTask && then.text == taken;
  };
  if (goes(child.task->then)) return child.task->then.target;
  for (const definition::Then* then : child.task->body->thens()) {
    if (goes(*then)) return then->target;
  }
  return parent.index + 1;
}

bool is_below(const State& state, const Frame& frame, const std::string& key) {
  for (const Frame* one = &frame; !one->parent.empty(); one = &state.frames.at(one->parent)) {
    if (one->parent == key) return true;
  }
  return false;
}

// Closes the frames below one.
void drop_below(State& state, Frame& frame) {
  std::vector<std::string> keys;
  for (const auto& [inner, one] : state.frames) {
    if (is_below(state, one, frame.key)) keys.push_back(inner);
  }
  for (const std::string& inner : keys) state.frames.erase(inner);
  frame.children = 0;
}

// One move of one frame; false where none can move.
bool step_once(State& state) {
  for (auto& [key, frame] : state.frames) {
    if (!frame.stuck_on.empty() || frame.children > 0) continue;
    if (frame.phase == FramePhase::kEntering && nothing_to_evaluate_on_entry(frame)) {
      if (frame.input.empty()) frame.input = frame.raw_input;
      if (!kind_of(*frame.task).structural()) continue;
      frame.phase = FramePhase::kRunning;
      kind_of(*frame.task).open(state, frame);
      return true;
    }
    if (frame.phase == FramePhase::kClosing && nothing_to_evaluate_on_exit(state, frame)) {
      leave(state, std::string(key), std::string(frame.chosen));
      return true;
    }
    if (frame.phase == FramePhase::kUnwinding && is_unwound(state, frame)) {
      kind_of(*frame.task).unwound(state, frame);
      return true;
    }
  }
  return false;
}

}  // namespace

std::vector<Around> around(const State& state, const Frame& frame) {
  std::vector<Around> composites;
  for (std::string key = frame.parent; !key.empty();) {
    const Frame& one = state.frames.at(key);
    composites.push_back({key, one.task});
    key = one.parent;
  }
  return composites;
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
  if (!parent.empty()) ++state.frames.at(parent).children;
  return at->second;
}

void finish_body(Frame& frame, Payload output) {
  frame.phase = FramePhase::kClosing;
  frame.output = std::move(output);
}

bool sets_input(const Frame& frame) {
  const bool saga = frame.parent.empty() && frame.scope.empty();
  return frame.task->input_from || (frame.task->input_schema && !saga);
}

bool sets_output(const Frame& frame) { return frame.task->output_as || frame.task->output_schema; }

void settle(State& state) {
  if (state.final == SagaStatus::kTerminated) return;
  while (step_once(state) || begin_undo(state)) {
  }
}

const Frame* next_to_decide(const State& state) {
  for (const auto& [key, frame] : state.frames) {
    if (!frame.stuck_on.empty() || frame.children > 0) continue;
    const bool decides = frame.phase == FramePhase::kEntering || frame.phase == FramePhase::kDeciding ||
                         frame.phase == FramePhase::kClosing;
    if (decides) return &frame;
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
  --parent.children;
  if (taken == "end") {
    end_flow(state, parent, frame.output);
  } else if (taken == "exit") {
    finish_body(parent, frame.output);
  } else {
    kind_of(*parent.task).child_left(state, parent, frame, place_after(frame, parent, taken), frame.output);
  }
}

void drop_frames(State& state, const std::string& scope) {
  std::erase_if(state.frames, [&](const auto& entry) { return entry.second.scope == scope; });
}

void unwind(State& state, Frame& frame, bool all, const std::string& spared) {
  frame.phase = FramePhase::kUnwinding;
  frame.unwinds_all = all;
  frame.spared = spared;
  drop_below(state, frame);
  cancel_steps(state, [&](const Step& step) {
    return stands_inside(step, frame.key) && step.key != spared && !stands_inside(step, spared);
  });
  call_for_undos(state, &frame);
}

}  // namespace skald::core
