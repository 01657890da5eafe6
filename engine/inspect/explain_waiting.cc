// What a saga waits for, and until when.

#include <fmt/format.h>

#include "engine/core/kinds.h"
#include "engine/inspect/explain_parts.h"

namespace skald::inspect {
namespace {

using core::Cause;

// A time that has come, or that comes.
std::string due_text(const Case& about, Time due) {
  if (due > about.now()) return "is due " + when_text(due, about.now());
  return "was due " + when_text(due, about.now());
}

// Why what is due is not done, where it is not.
std::string held(const Case& about) {
  if (about.state.suspended) return "; it acts when the saga is resumed";
  if (about.unattended()) return "; it acts when an engine is started";
  return "";
}

void tell_attempt(const Case& about, const Spot& spot, Sentences& into) {
  const core::Step& step = *spot.step;
  const std::string attempt = attempt_text(step.attempt, tries_of(about.state, step));
  const std::string since = since_text(step.scheduled_at, about.now());
  const auto status = about.around.attempts.find(spot.key);
  const auto say = [&](const char* code, const std::string& text) {
    into.push_back({code, text, reference_of(spot), step.scheduled_at});
  };
  if (!about.live()) {
    say("in-flight", fmt::format("It waits for the outcome of {}, in flight {}.", attempt, since));
  } else if (status != about.around.attempts.end() && status->second.taken) {
    say("in-flight",
        fmt::format("It waits for the outcome of {}, in flight {}; it was handed to a worker.", attempt, since));
  } else if (status != about.around.attempts.end() && status->second.at_broker) {
    say("queued", fmt::format("It waits for the outcome of {}, in the queue {}; no worker is known to have taken it.",
                              attempt, since));
  } else {
    say("unsent", fmt::format("It waits for the outcome of {}, due to be sent {}; the broker is not known to have it.",
                              attempt, since));
  }
  const auto timeout = step.task->timeout              ? step.task->timeout
                       : step.task->undo_of != nullptr ? step.task->undo_of->undo->timeout
                                                       : std::nullopt;
  if (timeout) {
    into.push_back({"attempt-limit",
                    fmt::format("A worker may take {} for it; behind that its outcome counts as unknown.",
                                format_duration(*timeout)),
                    reference_of(spot)});
  }
}

void tell_unwanted(const Case& about, const Spot& spot, Sentences& into) {
  const Time until = spot.step->cancelling_since + core::kDrainBound;
  into.push_back(
      {"cancelled-in-flight",
       fmt::format("Attempt {} is no longer wanted; its outcome {}. Without one it counts as an attempt that may "
                   "have taken effect{}.",
                   spot.step->attempt,
                   about.state.suspended || until <= about.now() ? "is awaited"
                                                                 : "is awaited until " + clock_text(until) + ", " +
                                                                       format_duration(until - about.now()) + " more",
                   about.state.suspended ? ", once the saga is resumed" : ""),
       reference_of(spot), spot.step->cancelling_since});
}

void tell_child(const Spot& spot, Sentences& into) {
  const std::string child = child_of(spot);
  std::string text = fmt::format("It waits for the saga {} to end.", child);
  if (!awaits_child(spot)) text = fmt::format("It waits for the saga {} to start.", child);
  if (spot.step->cancelling)
    text = fmt::format("The saga {} was told to undo what it did; it waits for its end.", child);
  if (spot.undone != nullptr) text = fmt::format("It waits for the saga {} to undo what it did.", child);
  into.push_back({"waits-child", text, reference_of(spot), spot.step->scheduled_at});
}

void tell_retry(const Case& about, const Spot& spot, Sentences& into) {
  const core::Step& step = *spot.step;
  const Tries tries = tries_of(about.state, step);
  into.push_back({"waits-retry",
                  fmt::format("It waits to try again: {} {}{}.", attempt_text(step.attempt + 1, tries),
                              due_text(about, step.due), held(about)),
                  reference_of(spot),
                  {}});
  if (tries.until_known) {
    into.push_back({"tries-left",
                    "It is the pivot, and it may have taken effect: it is tried until its outcome is known.",
                    reference_of(spot)});
  } else if (!tries.left(step.attempt) && !tries.until) {
    into.push_back({"tries-left", "It is tried again and again, without end.", reference_of(spot)});
  } else if (const auto left = tries.left(step.attempt + 1)) {
    into.push_back({"tries-left",
                    *left == 0
                        ? std::string("That is the last attempt.")
                        : fmt::format("Behind that {} left.",
                                      *left == 1 ? std::string("1 attempt is") : fmt::format("{} attempts are", *left)),
                    reference_of(spot)});
  }
}

void tell_step_limit(const Case& about, const Spot& spot, Sentences& into) {
  if (spot.step == nullptr || spot.kind == Spot::Kind::kStuck) return;
  const Tries tries = tries_of(about.state, *spot.step);
  if (!tries.until || tries.never_again) return;
  into.push_back(
      {"step-limit",
       fmt::format("All attempts together have until {} ({}).", clock_text(*tries.until),
                   *tries.until > about.now() ? format_duration(*tries.until - about.now()) + " more" : "that is over"),
       reference_of(spot),
       {}});
}

void tell_wait(const Case& about, const Spot& spot, Sentences& into) {
  into.push_back({"waits-timer",
                  fmt::format("It waits for a time that {}{}.", due_text(about, spot.frame->due), held(about)),
                  reference_of(spot), spot.frame->entered_at});
}

void tell_listening(const Case& about, const Spot& spot, Sentences& into) {
  const std::size_t taken = spot.frame->output.value().size();
  const std::string so_far = taken == 0 ? "" : fmt::format("; it has taken {}", count_text(taken, "event"));
  into.push_back({"waits-event", fmt::format("It listens for {}{}{}.", awaited_text(spot), so_far, held(about)),
                  reference_of(spot), spot.frame->entered_at});
}

// Signals that came before their time, or that no filter means.
void tell_mail(const Case& about, Sentences& into) {
  const auto& mail = about.state.mail;
  if (mail.empty()) return;
  const Value first = mail.begin()->second.value();
  into.push_back({"mail",
                  fmt::format("{} came that no task has taken yet; the first is {}.", count_text(mail.size(), "signal"),
                              first.value("type", "")),
                  "",
                  {},
                  mail.begin()->first});
}

void tell_round(const Case& about, const Spot& spot, Sentences& into) {
  const auto* policy = core::kind_of(*spot.task).repeats(*spot.task);
  const std::uint32_t next = spot.frame->round + 2;
  const std::string which = policy != nullptr && policy->max_attempts
                                ? fmt::format("try {} of {}", next, *policy->max_attempts)
                                : fmt::format("try {}", next);
  into.push_back(
      {"waits-round",
       fmt::format("It waits to repeat what is inside: {} {}{}.", which, due_text(about, spot.frame->due), held(about)),
       reference_of(spot),
       {}});
}

void tell_stuck(const Case& about, const Spot& spot, Sentences& into) {
  const auto stuck = about.past.stuck.find(spot.key);
  const bool known = stuck != about.past.stuck.end();
  into.push_back({"waits-operator",
                  fmt::format("{} {}, and waits for an operator.",
                              spot.undone != nullptr ? "The undo of " + reference_of(spot) : "It",
                              known ? "has stood still " + since_text(stuck->second.at, about.now()) : "stands still"),
                  reference_of(spot), known ? std::optional(stuck->second.at) : std::nullopt,
                  known ? stuck->second.seq : 0});
}

void tell_spot(const Case& about, const Spot& spot, Sentences& into) {
  switch (spot.kind) {
    case Spot::Kind::kTask:
      spot.step->cancelling ? tell_unwanted(about, spot, into) : tell_attempt(about, spot, into);
      return tell_step_limit(about, spot, into);
    case Spot::Kind::kChild:
      return tell_child(spot, into);
    case Spot::Kind::kRetry:
      tell_retry(about, spot, into);
      return tell_step_limit(about, spot, into);
    case Spot::Kind::kRound:
      return tell_round(about, spot, into);
    case Spot::Kind::kWait:
      return tell_wait(about, spot, into);
    case Spot::Kind::kEvent:
      return tell_listening(about, spot, into);
    case Spot::Kind::kStuck:
      return tell_stuck(about, spot, into);
  }
}

void tell_suspension(const Case& about, Sentences& into) {
  if (!about.state.suspended) return;
  const auto& order = about.past.suspended;
  into.push_back({"suspended", suspension(about) + ".", "", order ? std::optional(order->at) : std::nullopt,
                  order ? order->seq : 0});
}

// An order, or the deadline, that waits for the pivot's outcome.
void tell_wanted(const Case& about, Sentences& into) {
  const core::State& state = about.state;
  const core::Step* pivot = open_pivot(state);
  if (state.wanted == Cause::kNone || pivot == nullptr) return;
  const auto& order = state.wanted == Cause::kCancel ? about.past.cancelled : about.past.compensated;
  std::string what = "Its time limit has passed";
  if (state.wanted != Cause::kTimeout && order) {
    what = fmt::format("{}{}", state.wanted == Cause::kCancel ? "It was cancelled" : "It was ordered to compensate",
                       by_text(order->who, order->reason));
  }
  const bool by_order = state.wanted != Cause::kTimeout && order;
  into.push_back(
      {"waits-pivot", fmt::format("{}. That waits for the outcome of the pivot {}.", what, pivot->task->reference),
       pivot->task->reference, by_order ? std::optional(order->at) : std::nullopt, by_order ? order->seq : 0});
}

bool only_alarms(const Case& about, const core::Frame& frame) { return !frame.scope.empty() || about.state.pivot_done; }

void tell_time_limits(const Case& about, Sentences& into) {
  for (const auto& [key, frame] : about.state.frames) {
    const auto limit = time_limit(frame);
    if (!limit) continue;
    into.push_back({"time-limit",
                    fmt::format("{} has until {} ({}){}.", frame.task->reference, clock_text(*limit),
                                *limit > about.now() ? format_duration(*limit - about.now()) + " more" : "that is over",
                                only_alarms(about, frame) ? "; that it passes is only noted" : ""),
                    frame.task->reference});
  }
}

void tell_deadline(const Case& about, Sentences& into) {
  const core::State& state = about.state;
  if (state.final || state.cause != Cause::kNone || state.deadline_fired || !state.workflow->timeout) return;
  const Time deadline = state.started_at + *state.workflow->timeout;
  into.push_back(
      {"deadline",
       fmt::format("As a whole it has until {} ({}){}.", clock_text(deadline),
                   deadline > about.now() ? format_duration(deadline - about.now()) + " more" : "that is over",
                   state.pivot_done ? "; behind the pivot, that it passes is only noted" : ""),
       ""});
}

}  // namespace

std::string suspension(const Case& about) {
  const auto& order = about.past.suspended;
  if (!order) return "It is suspended";
  return fmt::format("It was suspended {}{}", when_text(order->at, about.now()), by_text(order->who, order->reason));
}

void tell_waiting(const Case& about, Sentences& into) {
  tell_suspension(about, into);
  for (std::size_t i = 0; i < std::min(about.spots.size(), kMostTold); ++i) tell_spot(about, about.spots[i], into);
  tell_mail(about, into);
  tell_wanted(about, into);
  tell_time_limits(about, into);
  tell_deadline(about, into);
}

}  // namespace skald::inspect
