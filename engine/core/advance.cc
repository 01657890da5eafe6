// From one decision to the next: entering and leaving tasks, ending the saga.

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/children.h"
#include "engine/core/frames.h"
#include "engine/core/kinds.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

using Schema = std::optional<definition::Schema>;

// How many payloads' bytes one task may pass on to the next, as a fork does with what its branches gave. A loop that
// passes on ever more ends here.
constexpr std::size_t kMostPassedOn = 16;
// How deep that may nest: what an undo is given has data of its step inside, and a fork's output those of its branches.
constexpr int kDeepestPassedOn = kMaxValueDepth + kMaxValueDepth / 2;

// Emits `event` with the result in `field`, or raises the fault of the evaluation or of the schema.
void evaluated(Turn& turn, const Frame& frame, Result<Payload> result, const Schema& schema, Event event,
               Payload Event::*field) {
  if (!result) return raise(turn, std::string(frame.key), fault(result.error(), frame));
  if (schema) {
    if (const Status fits = turn.fits(frame, *schema, result->value()); !fits) {
      return raise(
          turn, std::string(frame.key),
          standard_error("validation", 400, "Does not fit its schema", fits.error().message, frame.task->reference));
    }
  }
  event.*field = std::move(*result);
  turn.emit(std::move(event));
}

// What a document makes of `from`; where there is none, `from` itself.
Result<Payload> transformed(Turn& turn, const std::optional<definition::Template>& document, const Frame& frame,
                            const Payload& from) {
  if (!document) return from;
  return turn.evaluate(*document, frame, from);
}

void decide_condition(Turn& turn, const Frame& frame) {
  const auto seen = turn.scope(frame, frame.raw_input, frame.task->condition->reads());
  const auto value =
      seen.and_then([&](const auto& scope) { return frame.task->condition->evaluate(scope, turn.env().jq); });
  if (!value) return raise(turn, std::string(frame.key), fault(value.error(), frame));
  Event event = about(turn.state(), frame, EventType::kBranchTaken);
  event.taken = turn.holds(frame, frame.task->condition->text(), *value) ? "run" : "skip";
  turn.emit(std::move(event));
}

void enter(Turn& turn, const Frame& frame) {
  const auto& task = *frame.task;
  if (history_full(turn, frame)) return raise_history_full(turn, frame);
  if (const Status fits = turn.within_limits(frame.raw_input, kMostPassedOn, kDeepestPassedOn); !fits) {
    return raise(turn, std::string(frame.key), fault(fits.error(), frame));
  }
  if (task.condition && !frame.condition_met) return decide_condition(turn, frame);
  if (sets_input(frame) && !frame.input_set) {
    // The schema is of what comes in, the event of what is made of it.
    if (task.input_schema && !input_fits(turn, frame, *task.input_schema, frame.raw_input)) return;
    Event event = about(turn.state(), frame, EventType::kInputSet);
    return evaluated(turn, frame, transformed(turn, task.input_from, frame, frame.raw_input), std::nullopt,
                     std::move(event), &Event::input);
  }
  const auto done = kind_of(task).run(turn, frame);
  if (!done) raise(turn, std::string(frame.key), fault(done.error(), frame));
}

void complete_saga(Turn& turn, const Frame& root) {
  Event event;
  event.type = EventType::kSagaCompleted;
  evaluated(turn, root, transformed(turn, root.task->output_as, root, root.output), root.task->output_schema,
            std::move(event), &Event::output);
}

void close(Turn& turn, const Frame& frame) {
  const auto& task = *frame.task;
  if (frame.key == turn.state().root && frame.output_set) {
    // An operator has said what the output is.
    Event event;
    event.type = EventType::kSagaCompleted;
    event.output = frame.output;
    return turn.emit(std::move(event));
  }
  if (frame.key == turn.state().root) return complete_saga(turn, frame);
  if (sets_output(frame) && !frame.output_set) {
    Event event = about(turn.state(), frame, EventType::kOutputSet);
    return evaluated(turn, frame, transformed(turn, task.output_as, frame, frame.output), task.output_schema,
                     std::move(event), &Event::output);
  }
  if (task.export_as && !frame.context_set) {
    Event event = about(turn.state(), frame, EventType::kContextSet);
    return evaluated(turn, frame, turn.evaluate(*task.export_as, frame, frame.output), task.export_schema,
                     std::move(event), &Event::context);
  }
  Event event = about(turn.state(), frame, EventType::kBranchTaken);
  event.taken = task.then.text;
  turn.emit(std::move(event));
}

void go_on(Turn& turn, const Frame& frame) {
  if (history_full(turn, frame)) return enter(turn, frame);
  const auto done = kind_of(*frame.task).go_on(turn, frame);
  if (!done) raise(turn, std::string(frame.key), fault(done.error(), frame));
}

void decide_frame(Turn& turn, const Frame& frame) {
  if (frame.phase == FramePhase::kEntering) return enter(turn, frame);
  if (frame.phase == FramePhase::kDeciding) return go_on(turn, frame);
  close(turn, frame);
}

Payload wanted_error(const State& state) {
  if (state.wanted == Cause::kTimeout) {
    return standard_error("timeout", 408, "Workflow timed out", "the workflow's deadline has passed", "/");
  }
  if (state.wanted == Cause::kCompensate) {
    return Payload(
        Value{{"type", "urn:skald:error:compensated"}, {"status", 499}, {"title", "Compensated on request"}});
  }
  return Payload(Value{{"type", "urn:skald:error:cancelled"}, {"status", 499}, {"title", "Cancelled on request"}});
}

bool undo_ran(const State& state) {
  return std::any_of(state.steps.begin(), state.steps.end(),
                     [](const auto& entry) { return entry.second.undo.generation > 0; });
}

bool undo_skipped(const State& state) {
  return std::any_of(state.steps.begin(), state.steps.end(),
                     [](const auto& entry) { return entry.second.undo.phase == UndoPhase::kSkipped; });
}

void end_saga(Turn& turn) {
  const State& state = turn.state();
  Event event;
  event.error = state.error;
  if (undo_skipped(state)) {
    event.type = EventType::kSagaFailed;
  } else if (state.cause == Cause::kCancel || state.cause == Cause::kCompensate) {
    event.type = EventType::kSagaCancelled;
  } else {
    event.type = undo_ran(state) ? EventType::kSagaCompensated : EventType::kSagaFailed;
  }
  event.left_behind = left_behind(state);
  turn.emit(std::move(event));
}

void start_compensation(Turn& turn, Cause cause, const Payload& error) {
  Event event;
  event.type = EventType::kCompensationStarted;
  event.cause = name_of(cause);
  event.error = error;
  turn.emit(std::move(event));
}

}  // namespace

bool history_full(const Turn& turn, const Frame& frame) {
  return turn.state().seq >= turn.env().limits.history_events && frame.scope.empty() && !turn.state().pivot_done;
}

void raise_history_full(Turn& turn, const Frame& frame) {
  const auto detail = fmt::format("the history has {} events, its limit", turn.state().seq);
  // Not to be caught: a loop around would go on for ever.
  raise_uncaught(turn, std::string(frame.key),
                 standard_error("runtime", 500, "History too long", detail, frame.task->reference));
}

void raise_uncaught(Turn& turn, const std::string& key, const Payload& error) {
  const State& state = turn.state();
  const Frame& frame = state.frames.at(key);
  if (!frame.scope.empty() || state.pivot_done) {
    Event event = about(state, frame, EventType::kSagaStuck);
    event.error = error;
    return turn.emit(std::move(event));
  }
  start_compensation(turn, state.wanted == Cause::kNone ? Cause::kError : state.wanted,
                     state.wanted == Cause::kNone ? error : wanted_error(state));
}

void raise(Turn& turn, const std::string& key, const Payload& error) {
  if (!caught(turn, key, error)) raise_uncaught(turn, key, error);
}

void advance(Turn& turn) {
  const State& state = turn.state();
  while (true) {
    if (state.suspended || state.final == SagaStatus::kTerminated) return;
    if (state.wanted != Cause::kNone && open_pivot(state) == nullptr) {
      start_compensation(turn, state.wanted, wanted_error(state));
    } else if (const Frame* frame = next_to_decide(state)) {
      decide_frame(turn, *frame);
    } else if (!state.final && state.cause != Cause::kNone && !has_open_work(state)) {
      end_saga(turn);
    } else if (state.final && state.cause == Cause::kParent && !state.taken_back && !has_open_work(state)) {
      end_take_back(turn);
    } else {
      return;
    }
  }
}

}  // namespace skald::core
