// The sentence that matters most.

#include <fmt/format.h>

#include "engine/inspect/explain_parts.h"

namespace skald::inspect {
namespace {

// How much what stands there has to be looked at: the least is told first.
struct Found {
  int rank;
  Summary summary;
};

// "is open, since calls failed in a row": of the breaker of the first worker; all of them hold back.
std::string held_back(const Case& about, const std::string& name, const std::string& type) {
  const auto& breakers = about.around.types.at(type).workers.front().breakers;
  const bool trying = breakers.begin().value() == "half-open";
  return fmt::format("{} is held back: calls to the service {} failed, so its breaker {}.", name,
                     breakers.begin().key(), trying ? "lets one call at a time try it" : "is open");
}

Found of_attempt(const Case& about, const Spot& spot) {
  const std::string name = name_of(spot);
  const std::string type = task_type_of(spot);
  const Trouble* trouble = trouble_at(about, spot);
  const bool waits = spot.kind == Spot::Kind::kRetry;
  if (about.live() && !about.around.broker_ok) {
    return {1, {"broker-away", fmt::format("The broker {}, so {} waits.", how_long_away(about), name)}};
  }
  if (served(about, type) == Served::kByNobody) {
    return {2,
            {"no-worker", fmt::format("{} waits for a worker: nobody has served {} {}.", name, type,
                                      since_text(unserved_since(about, type), about.now()))}};
  }
  if (served(about, type) == Served::kHeldBack) {
    return {3, {"breaker-open", held_back(about, name, type)}};
  }
  const bool forward = spot.undone == nullptr;
  if (trouble != nullptr) {
    const std::string next =
        waits ? fmt::format("attempt {} is due {}", spot.step->attempt + 1, when_text(spot.step->due, about.now()))
              : fmt::format("attempt {} is under way", spot.step->attempt);
    const bool past = forward && about.state.pivot_done;
    return {4,
            {past      ? "step-failing-past-pivot"
             : forward ? "step-failing"
                       : "undo-failing",
             fmt::format("{} {}, and {}{}.", name, what_went_wrong(*trouble), next,
                         past ? "; its pivot is behind it, so there is only forward" : "")}};
  }
  if (spot.step->cancelling) {
    return {6, {"cancelled-in-flight", fmt::format("{} is no longer wanted; its outcome is awaited.", name)}};
  }
  if (!forward) {
    const std::string why = about.state.cause == core::Cause::kNone ? "" : " " + reason_to_undo(about);
    return {8, {"undoing", fmt::format("It undoes what it did{}; now {}.", why.empty() ? "" : "," + why, name)}};
  }
  return {8, {"in-flight", fmt::format("{} is in flight, and its outcome is awaited.", name)}};
}

Found of_spot(const Case& about, const Spot& spot) {
  const std::string name = name_of(spot);
  switch (spot.kind) {
    case Spot::Kind::kTask:
    case Spot::Kind::kRetry:
      return of_attempt(about, spot);
    case Spot::Kind::kStuck: {
      const bool forward = spot.undone == nullptr;
      return {0,
              {forward ? "step-stuck" : "undo-stuck",
               fmt::format("{} is stuck, and needs an operator: {}.", name, error_text(spot.frame->stuck_on))}};
    }
    case Spot::Kind::kRound:
      return {5,
              {"round-waits", fmt::format("What is inside {} went wrong, and is repeated {}: {}.", name,
                                          when_text(spot.frame->due, about.now()), error_text(spot.frame->caught))}};
    case Spot::Kind::kChild:
      return {7, {"child", fmt::format("{} waits for the saga {}.", name, child_of(spot))}};
    case Spot::Kind::kEvent:
      return {9, {"listening", fmt::format("{} listens for {}.", name, awaited_text(spot))}};
    case Spot::Kind::kWait:
      break;
  }
  return {9, {"timer", fmt::format("{} waits for its time, {}.", name, when_text(spot.frame->due, about.now()))}};
}

Summary of_spots(const Case& about) {
  std::optional<Found> first;
  for (const Spot& spot : about.spots) {
    Found found = of_spot(about, spot);
    if (!first || found.rank < first->rank) first = std::move(found);
  }
  if (!first) return {"at-rest", "Nothing of it is in flight, and it goes on."};
  first->summary.text = capital(first->summary.text);
  return first->summary;
}

Summary ended(const Case& about) {
  Sentences told;
  tell_end(about, told);
  const Sentence& end = told.front();
  if (about.spots.empty()) return {end.code, end.text};
  Summary rest = of_spots(about);
  return {rest.cause, fmt::format("It has ended as {}, and something of it is still undone. {}",
                                  name_of(*about.state.final), rest.text)};
}

}  // namespace

Summary sum_up(const Case& about) {
  if (about.state.final) return ended(about);
  if (about.unattended()) {
    const std::string where = about.spots.empty() ? "" : "; it stands at " + name_of(about.spots.front());
    return {"engine-stopped", fmt::format("No engine runs on this folder, so nobody acts on it{}.", where)};
  }
  if (about.state.suspended) {
    return {"suspended", fmt::format("{}; nothing new is begun until it is resumed.", suspension(about))};
  }
  const core::Step* pivot = open_pivot(about.state);
  if (about.state.wanted != core::Cause::kNone && pivot != nullptr) {
    Summary rest = of_spots(about);
    if (rest.cause != "in-flight") return rest;
    return {"waits-pivot",
            fmt::format("It is to be undone, and waits for the outcome of its pivot {} to know whether it can be.",
                        pivot->task->reference)};
  }
  return of_spots(about);
}

}  // namespace skald::inspect
