#include "engine/inspect/explain_spots.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/children.h"
#include "engine/core/kinds.h"
#include "engine/core/nodes/listen_body.h"
#include "engine/core/undos.h"

namespace skald::inspect {
namespace {

using core::FramePhase;
using core::StepPhase;

Spot spot_of(const core::State& state, const core::Step& step) {
  Spot spot;
  spot.key = step.key;
  spot.task = step.task;
  spot.step = &step;
  spot.undone = owner_of(state, step.scope);
  if (const auto frame = state.frames.find(step.key); frame != state.frames.end()) spot.frame = &frame->second;
  const bool runs_saga = core::kind_of(*step.task).child(*step.task) != nullptr;
  spot.kind = step.phase == StepPhase::kWaiting ? Spot::Kind::kRetry
              : runs_saga                       ? Spot::Kind::kChild
                                                : Spot::Kind::kTask;
  return spot;
}

std::optional<Spot> spot_of(const core::State& state, const core::Frame& frame) {
  Spot spot;
  if (!frame.stuck_on.empty()) {
    spot.kind = Spot::Kind::kStuck;
  } else if (frame.phase == FramePhase::kWaiting) {
    spot.kind = frame.caught.empty() ? Spot::Kind::kWait : Spot::Kind::kRound;
  } else if (frame.phase == FramePhase::kListening) {
    spot.kind = Spot::Kind::kEvent;
  } else {
    return std::nullopt;
  }
  spot.key = frame.key;
  spot.task = frame.task;
  spot.frame = &frame;
  spot.undone = owner_of(state, frame.scope);
  if (const auto step = state.steps.find(frame.key); step != state.steps.end()) spot.step = &step->second;
  return spot;
}

}  // namespace

std::vector<Spot> spots_of(const core::State& state) {
  std::vector<Spot> spots;
  for (const std::string& key : state.open_steps) spots.push_back(spot_of(state, state.steps.at(key)));
  for (const auto& [key, frame] : state.frames) {
    if (auto spot = spot_of(state, frame)) spots.push_back(*spot);
  }
  std::stable_sort(spots.begin(), spots.end(), [](const Spot& a, const Spot& b) {
    const bool stuck_a = a.kind == Spot::Kind::kStuck;
    const bool stuck_b = b.kind == Spot::Kind::kStuck;
    return stuck_a != stuck_b ? stuck_a : a.task->line < b.task->line;
  });
  return spots;
}

std::string reference_of(const Spot& spot) {
  return spot.undone != nullptr ? spot.undone->task->reference : spot.task->reference;
}

std::string name_of(const Spot& spot) {
  if (spot.undone == nullptr) return spot.task->reference.empty() ? "the saga's output" : spot.task->reference;
  const bool inside = spot.task != spot.undone->task->undo->body.get();
  return fmt::format("the undo of {}{}", reference_of(spot), inside ? ", at its task " + spot.task->name : "");
}

std::string task_type_of(const Spot& spot) { return core::kind_of(*spot.task).task_type(*spot.task); }

std::string child_of(const Spot& spot) {
  const core::Step& ran = spot.undone != nullptr ? *spot.undone : *spot.step;
  return core::child_id(ran.key, ran.attempt).str();
}

bool awaits_child(const Spot& spot) {
  const auto* child = core::kind_of(*spot.task).child(*spot.task);
  return spot.undone != nullptr || (child != nullptr && child->awaited);
}

std::vector<Value> awaited_events(const Spot& spot) {
  const Value awaits = spot.frame->awaits.value();
  const auto& filters = static_cast<const core::ListenBody&>(*spot.task->body).filters;
  std::vector<Value> open;
  for (std::size_t i = 0; i < awaits.size(); ++i) {
    if (!spot.frame->parts.at(i).empty()) continue;
    open.push_back(awaits[i]);
    const bool more = std::any_of(filters.at(i).with.begin(), filters.at(i).with.end(), [&](const auto& wanted) {
      return wanted.first != "data" && !(wanted.first == "subject" && awaits[i].contains("subject"));
    });
    if (more) open.back()["more"] = true;
  }
  return open;
}

std::string awaited_text(const Spot& spot) {
  const bool all = static_cast<const core::ListenBody&>(*spot.task->body).all;
  std::string text;
  for (const Value& one : awaited_events(spot)) {
    if (!text.empty()) text += all ? ", and " : ", or ";
    text += one.value("type", "");
    if (one.contains("subject")) text += " about " + one.value("subject", "");
  }
  return text;
}

std::optional<std::uint32_t> Tries::left(std::uint32_t attempt) const {
  if (never_again) return 0;
  if (until_known || !most) return std::nullopt;
  return attempt >= *most ? 0 : *most - attempt;
}

Tries tries_of(const core::State& state, const core::Step& step) {
  Tries tries;
  const bool forward = step.scope.empty();
  tries.until_known = forward && step.task->pivot && step.task->undo == nullptr && step.may_have_effect;
  const bool runs_saga = core::kind_of(*step.task).child(*step.task) != nullptr;
  const bool given_up = forward && (state.wanted != core::Cause::kNone || step.cancelling) && !tries.until_known;
  tries.never_again = runs_saga || given_up;
  const definition::RetryPolicy policy = policy_of(state, step);
  tries.most = policy.max_attempts;
  tries.conditional = policy.when || policy.except_when;
  if (policy.max_duration && !tries.until_known) tries.until = step.first_scheduled_at + *policy.max_duration;
  return tries;
}

std::string attempt_text(std::uint32_t attempt, const Tries& tries) {
  const bool bounded = tries.most && !tries.until_known && !tries.never_again && *tries.most > 1;
  return bounded && attempt <= *tries.most ? fmt::format("attempt {} of {}", attempt, *tries.most)
                                           : fmt::format("attempt {}", attempt);
}

const core::Frame* catcher_of(const core::State& state, const Spot& spot) {
  if (spot.frame == nullptr) return nullptr;
  for (std::string key = spot.frame->parent; !key.empty();) {
    const core::Frame& frame = state.frames.at(key);
    if (frame.task->kind->keyword() == "try" && !frame.handling) return &frame;
    key = frame.parent;
  }
  return nullptr;
}

}  // namespace skald::inspect
