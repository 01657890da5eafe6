#include "engine/core/state.h"

#include <algorithm>

#include "engine/core/kinds.h"
#include "engine/core/undos.h"

namespace skald::core {
namespace {

Value dump(const Frame& frame) {
  Value parts = Value::array();
  for (const Payload& one : frame.parts) parts.push_back(one.value());
  Value value{{"parent", frame.parent},
              {"scope", frame.scope},
              {"step", frame.task->reference},
              {"visit", frame.visit},
              {"phase", name_of(frame.phase)},
              {"entered_at", frame.entered_at.ms},
              {"index", frame.index},
              {"children", frame.children},
              {"parts", parts},
              {"round", frame.round},
              {"chosen", frame.chosen},
              {"caught", frame.caught.value()},
              {"handling", frame.handling},
              {"due", frame.due.ms},
              {"unwinds_all", frame.unwinds_all},
              {"spared", frame.spared},
              {"timed_out", frame.timed_out},
              {"raw_input", frame.raw_input.value()},
              {"input", frame.input.value()},
              {"output", frame.output.value()},
              {"stuck_on", frame.stuck_on.value()},
              {"done", {frame.condition_met, frame.input_set, frame.output_set, frame.context_set}}};
  if (!frame.awaits.empty()) value["awaits"] = frame.awaits.value();
  if (!frame.correlated.empty()) value["correlated"] = frame.correlated.value();
  return value;
}

// Later fields are shown only where they say something: what older versions stored folds to what it did.
Value dump(const Undo& undo) {
  Value value{{"phase", name_of(undo.phase)},
              {"generation", undo.generation},
              {"had_output", undo.had_output},
              {"again", undo.again},
              {"cause", undo.cause.value()}};
  if (undo.partly) value["partly"] = true;
  return value;
}

Value dump(const Step& step) {
  Value answered = Value::array();
  for (const auto& [attempt, outcome] : step.answered) answered.push_back({attempt, outcome});
  Value inside = Value::array();
  for (const Around& around : step.inside) inside.push_back(around.key);
  return {{"scope", step.scope},
          {"step", step.task->reference},
          {"visit", step.visit},
          {"phase", name_of(step.phase)},
          {"attempt", step.attempt},
          {"dispatch", step.dispatch},
          {"scheduled_at", step.scheduled_at.ms},
          {"first_scheduled_at", step.first_scheduled_at.ms},
          {"due", step.due.ms},
          {"deliveries", step.deliveries},
          {"cancelling", step.cancelling},
          {"may_have_effect", step.may_have_effect},
          {"end", name_of(step.end)},
          {"close_order", step.close_order},
          {"inside", inside},
          {"unwanted", step.unwanted},
          {"input", step.input.value()},
          {"output", step.output.value()},
          {"error", step.error.value()},
          {"answered", answered},
          {"undo", dump(step.undo)}};
}

// Whether this step stands, or may, with nothing that will take it back.
bool stays_behind(const Step& step) {
  if (!step.scope.empty() || step.task->effect_none || !step.may_have_effect) return false;
  switch (step.undo.phase) {
    case UndoPhase::kCovered:
    case UndoPhase::kResolved:
      return false;
    case UndoPhase::kDone:
      return step.undo.partly;
    default:
      return true;
  }
}

Timer timer_of(const std::string& kind, const Step& step, Time due) { return {kind + ":" + step.key, due}; }

std::optional<Millis> timeout_of(const Step& step) {
  if (step.task->timeout) return step.task->timeout;
  if (step.task->undo_of != nullptr) return step.task->undo_of->undo->timeout;
  return std::nullopt;
}

std::optional<Time> deadline_of(const State& state, const Step& step) {
  std::optional<Time> deadline;
  const auto earliest = [&](Time time) { deadline = deadline ? std::min(*deadline, time) : time; };
  if (step.task->retry && step.task->retry->max_duration) {
    earliest(step.first_scheduled_at + *step.task->retry->max_duration);
  }
  // Forward deadlines bind neither undos nor what comes from the pivot on: that must know its outcome.
  const bool bound = step.scope.empty() && !state.pivot_done && !step.task->pivot;
  if (bound && state.workflow->timeout) earliest(state.started_at + *state.workflow->timeout);
  return deadline;
}

}  // namespace

std::string_view name_of(FramePhase phase) {
  switch (phase) {
    case FramePhase::kEntering:
      return "entering";
    case FramePhase::kRunning:
      return "running";
    case FramePhase::kDeciding:
      return "deciding";
    case FramePhase::kWaiting:
      return "waiting";
    case FramePhase::kListening:
      return "listening";
    case FramePhase::kUnwinding:
      return "unwinding";
    case FramePhase::kClosing:
      return "closing";
  }
  return "";
}

std::string_view name_of(StepPhase phase) {
  switch (phase) {
    case StepPhase::kInFlight:
      return "in_flight";
    case StepPhase::kWaiting:
      return "waiting";
    case StepPhase::kClosed:
      return "closed";
  }
  return "";
}

std::string_view name_of(StepEnd end) {
  static constexpr std::string_view kNames[] = {"none",      "completed", "rejected", "failed",  "unknown",
                                                "timed_out", "cancelled", "skipped",  "resolved"};
  return kNames[static_cast<std::size_t>(end)];
}

std::string_view name_of(UndoPhase phase) {
  static constexpr std::string_view kNames[] = {"none",  "registered", "covered", "due",     "running",
                                                "stuck", "done",       "skipped", "resolved"};
  return kNames[static_cast<std::size_t>(phase)];
}

std::string_view name_of(SagaStatus status) {
  static constexpr std::string_view kNames[] = {"running",     "compensating", "stuck",     "suspended", "completed",
                                                "compensated", "failed",       "cancelled", "terminated"};
  return kNames[static_cast<std::size_t>(status)];
}

std::string_view name_of(Cause cause) {
  static constexpr std::string_view kNames[] = {"none", "error", "timeout", "cancel", "compensate", "parent"};
  return kNames[static_cast<std::size_t>(cause)];
}

bool is_final(SagaStatus status) { return status >= SagaStatus::kCompleted; }

bool listens(const Frame& frame) { return frame.phase == FramePhase::kListening && frame.stuck_on.empty(); }

bool is_pending(const Step& step) { return step.phase != StepPhase::kClosed; }

bool stands_inside(const Step& step, const std::string& key) {
  return std::any_of(step.inside.begin(), step.inside.end(), [&](const Around& around) { return around.key == key; });
}

const Step* open_pivot(const State& state) {
  for (const std::string& key : state.open_steps) {
    const Step& step = state.steps.at(key);
    if (!step.task->pivot || !step.scope.empty()) continue;
    if (step.phase == StepPhase::kInFlight || (step.task->undo == nullptr && step.may_have_effect)) return &step;
  }
  return nullptr;
}

std::optional<Time> time_limit(const Frame& frame) {
  const bool of_attempts = kind_of(*frame.task).has_effect() && kind_of(*frame.task).child(*frame.task) == nullptr;
  const bool bound = frame.task->timeout && !frame.timed_out && !of_attempts;
  return bound ? std::optional(frame.entered_at + *frame.task->timeout) : std::nullopt;
}

SagaStatus status_of(const State& state) {
  if (state.final) return *state.final;
  if (state.suspended) return SagaStatus::kSuspended;
  const bool frame_stuck = std::any_of(state.frames.begin(), state.frames.end(),
                                       [](const auto& entry) { return !entry.second.stuck_on.empty(); });
  if (frame_stuck) return SagaStatus::kStuck;
  return state.cause == Cause::kNone ? SagaStatus::kRunning : SagaStatus::kCompensating;
}

std::vector<std::string> left_behind(const State& state) {
  std::vector<const Step*> standing;
  for (const auto& [key, step] : state.steps) {
    const bool meant_to_stand =
        state.final == SagaStatus::kCompleted && state.cause != Cause::kParent && !step.unwanted;
    if (!meant_to_stand && stays_behind(step)) standing.push_back(&step);
  }
  std::sort(standing.begin(), standing.end(),
            [](const Step* a, const Step* b) { return a->close_order < b->close_order; });
  std::vector<std::string> references;
  references.reserve(standing.size());
  for (const Step* step : standing) references.push_back(step->task->reference);
  return references;
}

bool has_open_work(const State& state) {
  return !state.open_steps.empty() || !state.frames.empty() || !state.undoing.empty();
}

static ChildAct child_act(const State& state, const Step& step, const ChildWorkflow& child) {
  ChildAct act;
  act.key = step.key;
  act.attempt = step.attempt;
  act.workflow = child.workflow;
  act.version = child.version;
  act.awaited = child.awaited;
  act.pivot = step.task->pivot;
  act.cancelling = step.cancelling;
  if (const Step* owner = owner_of(state, step.scope)) {
    act.forward = owner->key;
    act.forward_attempt = owner->attempt;
    return act;
  }
  act.forward = step.key;
  act.forward_attempt = step.attempt;
  act.input = step.input;
  const auto frame = state.frames.find(step.key);
  if (!child.awaited && frame != state.frames.end()) act.passed_on = frame->second.input;
  return act;
}

static void add_awaited(const Frame& frame, std::vector<Awaited>& into) {
  const Value awaits = frame.awaits.value();
  for (std::size_t i = 0; i < awaits.size() && i < frame.parts.size(); ++i) {
    if (frame.parts[i].empty()) into.push_back({awaits[i].value("type", ""), awaits[i].value("subject", "")});
  }
}

Outward outward(const State& state) {
  Outward owed;
  for (const std::string& key : state.open_steps) {
    const Step& step = state.steps.at(key);
    if (step.phase == StepPhase::kWaiting) {
      owed.timers.push_back(timer_of("retry", step, step.due));
      continue;
    }
    if (const ChildWorkflow* child = kind_of(*step.task).child(*step.task)) {
      owed.children.push_back(child_act(state, step, *child));
      continue;
    }
    owed.tasks.push_back({step.key, step.attempt, step.dispatch, step.task->reference, step.visit,
                          kind_of(*step.task).task_type(*step.task), step.input, timeout_of(step),
                          deadline_of(state, step), step.cancelling, step.scheduled_at,
                          kind_of(*step.task).uses_secrets(*step.task)});
    if (step.cancelling) owed.timers.push_back(timer_of("drain", step, step.cancelling_since + kDrainBound));
    const auto& retry = step.task->retry;
    if (!step.cancelling && retry && retry->max_duration) {
      owed.timers.push_back(timer_of("limit", step, step.first_scheduled_at + *retry->max_duration));
    }
  }
  for (const auto& [key, frame] : state.frames) {
    if (frame.phase == FramePhase::kWaiting) owed.timers.push_back({"wait:" + key, frame.due});
    if (const auto limit = time_limit(frame)) owed.timers.push_back({"timeout:" + key, *limit});
    if (listens(frame)) add_awaited(frame, owed.awaits);
  }
  if (!state.final && state.cause == Cause::kNone && state.workflow->timeout && !state.deadline_fired) {
    owed.timers.push_back({"deadline", state.started_at + *state.workflow->timeout});
  }
  if (state.suspended) owed.timers.clear();  // they are owed again, with the times that they had, when it is resumed
  std::sort(owed.timers.begin(), owed.timers.end());
  std::sort(owed.awaits.begin(), owed.awaits.end());
  owed.awaits.erase(std::unique(owed.awaits.begin(), owed.awaits.end()), owed.awaits.end());
  return owed;
}

definition::RetryPolicy policy_of(const State& state, const Step& step) {
  if (step.task->retry) return *step.task->retry;
  if (const auto* undone = step.task->undo_of) {
    return undone->undo->retry ? *undone->undo->retry : definition::default_undo_retry();
  }
  auto policy = definition::default_retry();
  if (state.pivot_done) policy.max_attempts.reset();
  return policy;
}

Value dump(const State& state) {
  Value frames = Value::object();
  for (const auto& [key, frame] : state.frames) frames[key] = dump(frame);
  Value steps = Value::object();
  for (const auto& [key, step] : state.steps) steps[key] = dump(step);
  std::set<std::string> undoing;
  for (const auto& [order, key] : state.undoing) undoing.insert(key);
  Value value{{"run", state.run.str()},
              {"id", state.id.str()},
              {"seq", state.seq},
              {"status", name_of(status_of(state))},
              {"started_at", state.started_at.ms},
              {"ended_at", state.ended_at ? Value(state.ended_at->ms) : Value()},
              {"labels", state.labels},
              {"input", state.input.value()},
              {"context", state.context.value()},
              {"output", state.output.value()},
              {"output_seq", state.output_seq},
              {"error", state.error.value()},
              {"frames", frames},
              {"visits", state.visits},
              {"steps", steps},
              {"open_steps", state.open_steps},
              {"undoing", undoing},
              {"closings", state.closings},
              {"forward_done", state.forward_done},
              {"pivot_done", state.pivot_done},
              {"wanted", name_of(state.wanted)},
              {"cause", name_of(state.cause)},
              {"parent_run", state.parent_run},
              {"parent_key", state.parent_key},
              {"depth", state.depth},
              {"reports_to", state.reports_to},
              {"taken_back", state.taken_back},
              {"deadline_fired", state.deadline_fired},
              {"suspended", state.suspended}};
  if (state.reports_attempt > 1) value["reports_attempt"] = state.reports_attempt;
  for (const auto& [seq, event] : state.mail) value["mail"][std::to_string(seq)] = event.value();
  if (!state.heard.empty()) value["heard"] = state.heard;
  return value;
}

}  // namespace skald::core
