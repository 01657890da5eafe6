// How a saga ended, and what stands of it.

#include <fmt/format.h>

#include <set>

#include "engine/inspect/explain_parts.h"

namespace skald::inspect {
namespace {

using core::SagaStatus;
using core::UndoPhase;

std::string took(const core::State& state) {
  return fmt::format("{}, {} after its start", clock_text(*state.ended_at),
                     format_duration(*state.ended_at - state.started_at));
}

std::string how(const Case& about) {
  const core::State& state = about.state;
  const std::string at = took(state);
  switch (*state.final) {
    case SagaStatus::kCompleted:
      return fmt::format("It completed at {}.", at);
    case SagaStatus::kCompensated:
      return fmt::format("It ended at {}, {}, and what it had done was undone.", at, reason_to_undo(about));
    case SagaStatus::kFailed:
      return fmt::format("It failed at {}, {}.", at, reason_to_undo(about));
    case SagaStatus::kCancelled:
      return fmt::format("It ended at {}, {}.", at, reason_to_undo(about));
    default: {
      const auto& order = about.past.terminated;
      return fmt::format("It was terminated at {}{}.", at, order ? by_text(order->who, order->reason) : "");
    }
  }
}

// References of steps whose undo ended so, in the order in which they closed.
std::vector<std::string> undone(const core::State& state, const std::set<UndoPhase>& as) {
  std::map<std::uint64_t, std::string> found;
  for (const auto& [key, step] : state.steps) {
    const bool counts = as.count(step.undo.phase) > 0 && !step.undo.partly;
    if (counts) found.emplace(step.close_order, step.task->reference);
  }
  std::vector<std::string> references;
  for (auto at = found.rbegin(); at != found.rend(); ++at) references.push_back(at->second);
  return references;
}

std::string few(std::vector<std::string> references) {
  const std::size_t more = references.size() > kMostTold ? references.size() - kMostTold : 0;
  if (more > 0) {
    references.resize(kMostTold);
    references.push_back(fmt::format("{} more", more));
  }
  return list_text(references);
}

}  // namespace

void tell_end(const Case& about, Sentences& into) {
  const core::State& state = about.state;
  if (!state.final) return;
  into.push_back({"ended-" + std::string(name_of(*state.final)), how(about), "", state.ended_at, about.past.end_seq});
  if (const auto done = undone(state, {UndoPhase::kDone}); !done.empty()) {
    into.push_back({"was-undone", fmt::format("Undone: {}.", few(done)), ""});
  }
  if (const auto by_hand = undone(state, {UndoPhase::kResolved}); !by_hand.empty()) {
    into.push_back({"undone-by-hand", fmt::format("Undone by hand, as an operator said: {}.", few(by_hand)), ""});
  }
  if (const auto skipped = undone(state, {UndoPhase::kSkipped}); !skipped.empty()) {
    into.push_back({"undo-skipped", fmt::format("An operator gave up the undo of {}.", few(skipped)), ""});
  }
  if (state.cause == core::Cause::kParent) {
    into.push_back({"taken-back",
                    state.taken_back ? "Behind its end, the saga that ran it had it undone."
                                     : "Behind its end, the saga that ran it has it undone.",
                    ""});
  }
  const std::vector<std::string> left = left_behind(state);
  if (!left.empty()) {
    into.push_back({"left-behind",
                    fmt::format("What these did may stand, and nothing undoes it by itself: {}.", few(left)),
                    left.front()});
  } else if (*state.final != SagaStatus::kCompleted && about.spots.empty()) {
    into.push_back({"nothing-left", "Nothing of it is left behind.", ""});
  }
}

}  // namespace skald::inspect
