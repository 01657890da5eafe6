// What happens next.

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/undos.h"
#include "engine/inspect/explain_parts.h"

namespace skald::inspect {
namespace {

using core::Cause;

bool goes_back(const core::State& state) { return state.cause != Cause::kNone; }

// As what a saga that goes back ends.
std::string ending(const Case& about) {
  const core::State& state = about.state;
  if (state.undos_skipped > 0) return "failed, since an undo was given up";
  if (state.cause == Cause::kCancel || state.cause == Cause::kCompensate) return "cancelled";
  const auto ran = [](const auto& entry) { return entry.second.undo.generation > 0; };
  if (std::any_of(state.steps.begin(), state.steps.end(), ran)) return "compensated";
  if (about.plan.undos.empty()) return "failed: there is nothing to undo";
  const bool certain =
      std::any_of(about.plan.undos.begin(), about.plan.undos.end(), [](const auto& undo) { return undo.certain; });
  return certain ? "compensated" : "compensated, or as failed where nothing is to be undone";
}

std::string undo_list(const core::UndoPlan& plan, const std::string& but) {
  std::vector<std::string> steps;
  for (const core::PlannedUndo& undo : plan.undos) {
    if (undo.key != but) steps.push_back(undo.step + (undo.certain ? "" : " (if it took effect)"));
  }
  if (steps.size() > kMostTold) {
    const std::size_t more = steps.size() - kMostTold;
    steps.resize(kMostTold);
    steps.push_back(fmt::format("{} more", more));
  }
  return steps.empty() ? "" : list_text(steps);
}

// What an error does that ends a task of the way forward for good.
std::string consequence(const Case& about, const Spot& spot) {
  const core::State& state = about.state;
  if (spot.undone != nullptr) return "the undo stands still until an operator comes, and the undos behind it wait";
  if (spot.frame == nullptr) return "what waits for it goes on";
  std::string catches;
  if (const core::Frame* frame = catcher_of(state, spot)) {
    catches = fmt::format("unless the catch of {} takes the error, ", frame->task->reference);
  }
  if (state.pivot_done) return catches + "it stands still until an operator comes: there is no way back";
  const std::string undos = undo_list(about.plan, "");
  if (undos.empty()) return catches + "the saga fails; there is nothing to undo";
  return catches + "the saga undoes, in this order: " + undos;
}

void of_attempt(const Case& about, const Spot& spot, std::vector<Prospect>& into) {
  const core::Step& step = *spot.step;
  const core::State& state = about.state;
  const std::string name = name_of(spot);
  if (step.cancelling) {
    into.push_back(
        {"after-cancelled", fmt::format("When the outcome of {} is known, what waits for it goes on.", name)});
    return;
  }
  const bool pivot = step.task->pivot && step.scope.empty();
  std::string goes_on = "the saga goes on";
  if (spot.undone != nullptr) goes_on = "the next undo follows, where there is one";
  if (pivot) goes_on = "there is no way back any more, and the saga goes on";
  if (pivot && state.wanted != Cause::kNone)
    goes_on = "there is no way back any more, and what was ordered comes to nothing";
  into.push_back({"if-completed", fmt::format("If {} completes, {}.", name, goes_on)});
  const Tries tries = tries_of(state, step);
  const auto left = tries.left(step.attempt);
  const std::string after = consequence(about, spot);
  if (left && *left == 0) {
    into.push_back({"if-fails", fmt::format("If it does not, {}.", after)});
    return;
  }
  const std::string bound = left ? fmt::format(" ({} left)", *left) : "";
  const std::string unless = tries.conditional ? ", if its retry policy has it so" : "";
  into.push_back(
      {"if-fails",
       fmt::format("If it fails, or its outcome is unknown, it is tried again behind a wait{}{}.", bound, unless)});
  into.push_back(
      {"if-rejected", fmt::format("If it is rejected{}, {}.", left ? ", or no attempt is left" : "", after)});
}

void of_child(const Case& about, const Spot& spot, std::vector<Prospect>& into) {
  const std::string child = child_of(spot);
  if (spot.step->cancelling) {
    into.push_back({"after-cancelled", fmt::format("When the saga {} has ended, what waits for it goes on.", child)});
    return;
  }
  if (!awaits_child(spot)) {
    into.push_back({"if-completed",
                    fmt::format("When the saga {} has started, this one goes on without waiting for its end.", child)});
    return;
  }
  if (spot.undone != nullptr) {
    into.push_back(
        {"if-completed", fmt::format("When the saga {} is undone, the next undo follows, where there is one.", child)});
  } else {
    into.push_back({"if-completed", fmt::format("If the saga {} completes, this one goes on with its output.", child)});
    into.push_back({"if-fails", fmt::format("If it ends otherwise, {}.", consequence(about, spot))});
  }
}

std::string at_text(Time due, Time now) {
  return due <= now ? "At once" : fmt::format("At {} (in {})", clock_text(due), format_duration(due - now));
}

void of_spot(const Case& about, const Spot& spot, std::vector<Prospect>& into) {
  switch (spot.kind) {
    case Spot::Kind::kTask:
      return of_attempt(about, spot, into);
    case Spot::Kind::kChild:
      return of_child(about, spot, into);
    case Spot::Kind::kRetry:
      into.push_back({"retry-at",
                      fmt::format("{} {} is tried again, as attempt {}.", at_text(spot.step->due, about.now()),
                                  name_of(spot), spot.step->attempt + 1),
                      spot.step->due});
      return;
    case Spot::Kind::kRound:
      into.push_back(
          {"round-at",
           fmt::format("{} the tasks inside {} are repeated.", at_text(spot.frame->due, about.now()), name_of(spot)),
           spot.frame->due});
      return;
    case Spot::Kind::kWait:
      into.push_back(
          {"goes-on-at",
           fmt::format("{} the saga goes on behind {}.", at_text(spot.frame->due, about.now()), name_of(spot)),
           spot.frame->due});
      return;
    case Spot::Kind::kEvent:
      into.push_back(
          {"if-event", fmt::format("When what it listens for has come, the saga goes on behind {}.", name_of(spot))});
      return;
    case Spot::Kind::kStuck:
      into.push_back(
          {"stays",
           fmt::format("{} stays as it is until an operator retries, skips or resolves it.", capital(name_of(spot))),
           {}});
      return;
  }
}

void of_deadline(const Case& about, std::vector<Prospect>& into) {
  const core::State& state = about.state;
  const bool bound =
      !state.final && !goes_back(state) && !state.deadline_fired && state.workflow->timeout && !state.pivot_done;
  if (!bound || state.wanted != Cause::kNone) return;
  const Time deadline = state.started_at + *state.workflow->timeout;
  const std::string undos = undo_list(about.plan, "");
  into.push_back({"deadline-at",
                  fmt::format("{} its time is up: it {}.", at_text(deadline, about.now()),
                              undos.empty() ? "ends, with nothing to undo" : "undoes, in this order: " + undos),
                  deadline});
}

// Of a saga that goes back: what is left of that, and how it ends.
void of_way_back(const Case& about, std::vector<Prospect>& into) {
  const core::State& state = about.state;
  if (!goes_back(state) || state.final) return;
  std::string now_undone;
  for (const Spot& spot : about.spots) {
    if (spot.undone != nullptr) now_undone = core::undo_key(*spot.undone);
  }
  const std::string rest = undo_list(about.plan, now_undone);
  const std::string then = rest.empty() ? "" : fmt::format("Then is undone, in this order: {}. ", rest);
  into.push_back({"ends-as", fmt::format("{}When all is undone, the saga ends as {}.", then, ending(about))});
}

void of_wanted(const Case& about, std::vector<Prospect>& into) {
  const core::State& state = about.state;
  const core::Step* pivot = open_pivot(state);
  if (state.wanted == Cause::kNone || pivot == nullptr || pivot->phase == core::StepPhase::kInFlight) return;
  const std::string undos = undo_list(about.plan, "");
  into.push_back({"if-pivot-fails", fmt::format("If the pivot {} does not complete, {}.", pivot->task->reference,
                                                undos.empty() ? std::string("the saga ends, with nothing to undo")
                                                              : "the saga undoes, in this order: " + undos)});
}

}  // namespace

std::vector<Prospect> tell_next(const Case& about) {
  std::vector<Prospect> into;
  const core::State& state = about.state;
  if (about.unattended() && !(state.final && about.spots.empty())) {
    into.push_back({"on-start", "Nothing, until an engine is started on this folder. Then:"});
  }
  if (state.suspended) {
    into.push_back({"on-resume", "Nothing new is begun until it is resumed; answers are taken. Then:"});
  }
  for (std::size_t i = 0; i < std::min(about.spots.size(), kMostTold); ++i) of_spot(about, about.spots[i], into);
  if (about.spots.empty() && !state.final && !goes_back(state))
    into.push_back({"goes-on", "The saga goes on from where it stands."});
  of_wanted(about, into);
  of_deadline(about, into);
  of_way_back(about, into);
  return into;
}

}  // namespace skald::inspect
