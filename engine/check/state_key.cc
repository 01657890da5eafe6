#include "engine/check/state_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "engine/base/hash.h"
#include "engine/core/kinds.h"
#include "engine/definition/unknown.h"

namespace skald::check {
namespace {

using core::Frame;
using core::State;
using core::Step;
using core::UndoPhase;

class Writer {
 public:
  void add(std::string_view text) { fmt::format_to(std::back_inserter(out_), "{}:{}", text.size(), text); }
  void add(const Payload& payload) { add(payload.empty() ? std::string_view("-") : payload.bytes()); }
  void number(std::uint64_t number) { fmt::format_to(std::back_inserter(out_), "{};", number); }
  template <typename... Bits>
  void bits(Bits... bits) {
    (out_.push_back(bits ? '1' : '0'), ...);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

void write(Writer& out, const Frame& frame) {
  out.add(frame.key);
  out.number(static_cast<std::uint64_t>(frame.phase));
  out.number(frame.index);
  out.number(frame.round);
  out.add(frame.chosen);
  out.add(frame.spared);
  out.bits(frame.handling, frame.unwinds_all, frame.timed_out, frame.condition_met, frame.input_set, frame.output_set,
           frame.context_set);
  for (const Payload* data : {&frame.raw_input, &frame.input, &frame.output, &frame.caught, &frame.stuck_on}) {
    out.add(*data);
  }
  out.number(frame.parts.size());
  for (const Payload& part : frame.parts) out.add(part);
}

// Whether nothing that can still happen asks about the step.
bool is_past(const Step& step) {
  if (step.phase != core::StepPhase::kClosed) return false;
  if (!step.scope.empty()) return true;
  switch (step.undo.phase) {
    case UndoPhase::kNone:
    case UndoPhase::kRegistered:
      return !step.may_have_effect;
    case UndoPhase::kDue:
    case UndoPhase::kRunning:
    case UndoPhase::kStuck:
      return false;
    default:
      return true;
  }
}

bool was_done(const Step& step) {
  return step.end == core::StepEnd::kCompleted || step.end == core::StepEnd::kResolved;
}

void write(Writer& out, const Step& step, bool with_data) {
  out.add(step.key);
  out.number(static_cast<std::uint64_t>(step.phase));
  out.number(step.attempt > 1 ? 2 : 1);
  out.number(static_cast<std::uint64_t>(step.undo.phase));
  const bool only_completed = step.task->undo != nullptr && step.task->undo->only_completed;
  out.bits(step.cancelling, step.may_have_effect, step.unwanted, step.undo.again, only_completed && was_done(step));
  if (!with_data) return;
  for (const Payload* data : {&step.input, &step.output, &step.error, &step.undo.cause}) out.add(*data);
  out.number(static_cast<std::uint64_t>(step.end));
}

void write_steps(Writer& out, const State& state, bool with_data) {
  std::vector<const Step*> steps;
  bool ran = false;
  bool skipped = false;
  for (const auto& [key, step] : state.steps) {
    ran = ran || step.undo.generation > 0;
    skipped = skipped || step.undo.phase == UndoPhase::kSkipped;
    if (!is_past(step)) steps.push_back(&step);
  }
  // By the order in which they closed, which is that of the undos turned round.
  std::stable_sort(steps.begin(), steps.end(),
                   [](const Step* a, const Step* b) { return a->close_order < b->close_order; });
  out.bits(ran, skipped);
  for (const Step* step : steps) write(out, *step, with_data);
}

void write_saga(Writer& out, const State& state, bool with_data) {
  out.number(static_cast<std::uint64_t>(state.cause));
  out.number(static_cast<std::uint64_t>(state.wanted));
  out.bits(state.forward_done, state.pivot_done, state.deadline_fired, state.final.has_value());
  if (state.final) out.number(static_cast<std::uint64_t>(*state.final));
  out.add(state.context);
  if (with_data) out.add(state.error);
  for (const auto& [key, frame] : state.frames) write(out, frame);
  write_steps(out, state, with_data);
}

// Only there does it matter what went wrong last.
bool may_repeat(const State& state) {
  return std::any_of(state.frames.begin(), state.frames.end(), [](const auto& entry) {
    return core::kind_of(*entry.second.task).repeats(*entry.second.task) != nullptr;
  });
}

bool decides(const definition::Task& task) {
  const std::string_view kind = task.kind->keyword();
  if (task.condition || kind == "switch" || kind == "for") return true;
  if (task.retry && (task.retry->when || task.retry->except_when)) return true;
  const auto lists = task.body->lists();
  return std::any_of(lists.begin(), lists.end(), [](const auto* list) {
    return std::any_of(list->begin(), list->end(), [](const auto& child) { return decides(*child); });
  });
}

void collect_data(const State& state, std::string& into) {
  const auto add = [&](const Payload& data) { into += data.bytes(); };
  add(state.input);
  add(state.context);
  add(state.error);
  for (const auto& [key, frame] : state.frames) {
    for (const Payload* data : {&frame.raw_input, &frame.input, &frame.output, &frame.caught}) add(*data);
    for (const Payload& part : frame.parts) add(part);
  }
  for (const auto& [key, step] : state.steps) {
    if (is_past(step)) continue;
    for (const Payload* data : {&step.input, &step.output, &step.error, &step.undo.cause}) add(*data);
  }
}

}  // namespace

bool undos_decide(const definition::Workflow& workflow) {
  return std::any_of(workflow.by_reference.begin(), workflow.by_reference.end(), [](const auto& entry) {
    const auto& undo = entry.second->undo;
    return undo != nullptr &&
           ((undo->retry && (undo->retry->when || undo->retry->except_when)) || decides(*undo->body));
  });
}

std::string key_of(const Point& point, bool undos_decide) {
  Writer out;
  write_saga(out, point.state, undos_decide);
  out.bits(point.faulty);
  out.add(point.ahead);
  if (may_repeat(point.state)) out.add(point.fault);
  for (const auto& [task, count] : point.jumps) {
    out.add(task);
    out.number(count);
  }
  for (const auto& [symbol, picked] : point.assumed) {
    out.add(symbol);
    out.number(picked);
  }
  return std::string(bytes_of(sha256(out.take())));
}

void forget_assumptions(Point& point) {
  if (point.assumed.empty()) return;
  std::string data;
  collect_data(point.state, data);
  std::erase_if(point.assumed, [&](const auto& assumption) {
    const auto roots = definition::roots_of(assumption.first);
    return std::any_of(roots.begin(), roots.end(),
                       [&](const std::string& root) { return data.find("<" + root + ">") == std::string::npos; });
  });
}

}  // namespace skald::check
