// Where a saga is, and why it goes back where it does.

#include <fmt/format.h>

#include "engine/core/frames.h"
#include "engine/core/kinds.h"
#include "engine/inspect/explain_parts.h"

namespace skald::inspect {
namespace {

using core::Cause;

std::string_view keyword(const core::Frame& frame) { return frame.task->kind->keyword(); }

std::string ordinal_round(const core::Frame& frame) {
  return fmt::format("round {} of {} of the loop {}", frame.round + 1, frame.parts.size(), frame.task->reference);
}

std::string in_try(const core::Frame& frame) {
  if (frame.handling) return fmt::format("in what the catch of {} does about an error", frame.task->reference);
  if (frame.round > 0) return fmt::format("in repetition {} of the try {}", frame.round, frame.task->reference);
  return fmt::format("inside the try {}", frame.task->reference);
}

// What stands around it that a person has to know: from the inside out, in a few words each.
std::string context(const core::State& state, const core::Frame* frame) {
  std::string text;
  while (frame != nullptr && !frame->parent.empty()) {
    frame = &state.frames.at(frame->parent);
    const std::string_view kind = keyword(*frame);
    if (kind == "for" && !frame->parts.empty()) text += "; " + ordinal_round(*frame);
    if (kind == "try") text += "; " + in_try(*frame);
    if (kind == "fork")
      text += fmt::format("; in one of {} open branches of the fork {}", frame->children, frame->task->reference);
  }
  return text;
}

std::string what_it_is(const Spot& spot) {
  const std::string name = name_of(spot);
  const std::string type = task_type_of(spot);
  if (!type.empty()) return fmt::format("{}, which calls {}", name, type);
  if (core::kind_of(*spot.task).child(*spot.task) != nullptr) {
    return fmt::format("{}, which {} a saga of {}", name, spot.undone != nullptr ? "has undone" : "runs",
                       core::kind_of(*spot.task).child(*spot.task)->workflow);
  }
  if (spot.kind == Spot::Kind::kWait) return name + ", a wait";
  if (spot.kind == Spot::Kind::kEvent) return name + ", which listens for events";
  if (spot.kind == Spot::Kind::kRound) return name + ", a try whose tasks are to be repeated";
  return name;
}

void tell_spot(const Case& about, const Spot& spot, Sentences& into) {
  const bool left = spot.frame == nullptr;
  const char* code = left ? "was-at" : spot.undone != nullptr ? "at-undo" : "at-step";
  const char* begin = left ? "The flow has left" : spot.kind == Spot::Kind::kStuck ? "It is stuck at" : "It is at";
  into.push_back(
      {code, fmt::format("{} {}{}.", begin, what_it_is(spot), context(about.state, spot.frame)), reference_of(spot)});
}

// A saga that rests between two tasks, as where it was suspended.
void tell_rest(const Case& about, Sentences& into) {
  if (const core::Frame* next = next_to_decide(about.state)) {
    const std::string at = next->task->reference.empty() ? "its end" : next->task->reference;
    into.push_back({"at-rest", fmt::format("Nothing of it is in flight; it stands at {}.", at), next->task->reference});
  } else if (!about.state.undoing.empty()) {
    const core::Step& step = about.state.steps.at(about.state.undoing.rbegin()->second);
    into.push_back({"at-rest",
                    fmt::format("Nothing of it is in flight; it stands before the undo of {}.", step.task->reference),
                    step.task->reference});
  } else {
    into.push_back({"at-rest", "Nothing of it is in flight.", ""});
  }
}

void tell_unwinding(const Case& about, Sentences& into) {
  for (const auto& [key, frame] : about.state.frames) {
    if (frame.phase != core::FramePhase::kUnwinding) continue;
    const std::string& at = frame.task->reference;
    const std::string why =
        frame.caught.empty() ? "one of its branches has won" : "it caught " + error_text(frame.caught);
    into.push_back(
        {"unwinding",
         fmt::format("Before {} goes on, what was done inside it and is not to stand is undone: {}.", at, why), at});
  }
}

std::string by_whom(const std::optional<Order>& order) { return order ? by_text(order->who, order->reason) : ""; }

}  // namespace

std::string reason_to_undo(const Case& about) {
  const Past& past = about.past;
  switch (about.state.cause) {
    case Cause::kError:
      if (!past.uncaught) break;
      if (past.uncaught->step.empty()) return "because of an error: " + error_text(past.uncaught->error);
      return fmt::format("because {} {}", past.uncaught->step, what_went_wrong(*past.uncaught));
    case Cause::kTimeout:
      return fmt::format("because its time limit of {} passed",
                         format_duration(about.state.workflow->timeout.value_or(Millis(0))));
    case Cause::kCancel:
      return "because it was cancelled" + by_whom(past.cancelled);
    case Cause::kCompensate:
      return "because it was ordered to compensate" + by_whom(past.compensated);
    case Cause::kParent:
      return "because the saga that ran it is undone";
    case Cause::kNone:
      break;
  }
  return "because of an error";
}

void tell_where(const Case& about, Sentences& into) {
  const core::State& state = about.state;
  if (about.spots.size() > 1) {
    into.push_back(
        {"side-by-side", fmt::format("{} of it are open side by side.", count_text(about.spots.size(), "task")), ""});
  }
  for (std::size_t i = 0; i < std::min(about.spots.size(), kMostTold); ++i) tell_spot(about, about.spots[i], into);
  if (about.spots.size() > kMostTold) {
    into.push_back({"and-more", fmt::format("{} of these are told here.", kMostTold), ""});
  }
  if (about.spots.empty() && !state.final) tell_rest(about, into);
  tell_unwinding(about, into);
  if (state.cause != Cause::kNone && about.past.going_back && !state.final) {
    into.push_back({"goes-back", fmt::format("It undoes what it did, {}.", reason_to_undo(about)), "",
                    about.past.going_back->at, about.past.going_back->seq});
  }
  if (state.pivot_done && !state.final) {
    into.push_back({"past-pivot", "There is no way back: its pivot is behind it.", "", {}, about.past.pivot_seq});
  }
  if (!state.parent_run.empty() && !state.final) {
    into.push_back({"child-of", fmt::format("The saga with the run id {} runs it.", state.parent_run), ""});
  }
}

}  // namespace skald::inspect
