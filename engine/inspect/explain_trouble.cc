// What went wrong last, and where.

#include <fmt/format.h>

#include "engine/inspect/explain_parts.h"

namespace skald::inspect {
namespace {

using core::EventType;

std::string verb_of(EventType type) {
  switch (type) {
    case EventType::kStepRejected:
    case EventType::kCompensationRejected:
      return "was rejected";
    case EventType::kStepFailed:
    case EventType::kCompensationFailed:
    case EventType::kSagaStuck:
    case EventType::kErrorCaught:
    case EventType::kCompensationStarted:
      return "failed";
    case EventType::kStepTimedOut:
      return "timed out";
    default:
      return "ended with an unknown outcome";
  }
}

std::string code_of(EventType type) {
  switch (type) {
    case EventType::kStepRejected:
      return "step-rejected";
    case EventType::kStepFailed:
      return "step-failed";
    case EventType::kStepUnknown:
      return "step-unknown";
    case EventType::kStepTimedOut:
      return "step-timed-out";
    case EventType::kCompensationRejected:
      return "undo-rejected";
    case EventType::kCompensationFailed:
      return "undo-failed";
    case EventType::kCompensationUnknown:
      return "undo-unknown";
    default:
      return "fault";
  }
}

bool of_undo(EventType type) {
  return type == EventType::kCompensationRejected || type == EventType::kCompensationFailed ||
         type == EventType::kCompensationUnknown;
}

// What it was that went wrong.
std::string subject(const Trouble& trouble) {
  const std::string at = trouble.step.empty() ? "the saga" : trouble.step;
  const std::string what = of_undo(trouble.type) ? "the undo of " + at : at;
  if (trouble.attempt == 0) return what;
  return fmt::format("attempt {} of {}", trouble.attempt, what);
}

std::string told_of(const Trouble& trouble, Time now) {
  const std::string by = trouble.worker.empty() ? "" : fmt::format(", as {} said", trouble.worker);
  std::string text =
      fmt::format("{} {} ({}{}).", subject(trouble), what_went_wrong(trouble), when_text(trouble.at, now), by);
  return text;
}

Sentence sentence_of(const Trouble& trouble, Time now) {
  return {code_of(trouble.type), capital(told_of(trouble, now)), trouble.step, trouble.at, trouble.seq};
}

}  // namespace

std::string what_went_wrong(const Trouble& trouble) {
  return fmt::format("{}: {}", verb_of(trouble.type), error_text(trouble.error));
}

const Trouble* trouble_at(const Case& about, const Spot& spot) {
  const auto at = about.past.troubles.find(spot.key);
  return at == about.past.troubles.end() ? nullptr : &at->second;
}

void tell_trouble(const Case& about, Sentences& into) {
  const std::size_t before = into.size();
  std::uint64_t cause = 0;
  if (about.state.cause == core::Cause::kError && about.past.uncaught) {
    into.push_back(sentence_of(*about.past.uncaught, about.now()));
    cause = about.past.uncaught->seq;
  }
  std::size_t told = 0;
  for (const Spot& spot : about.spots) {
    const Trouble* trouble = trouble_at(about, spot);
    if (trouble == nullptr || trouble->seq == cause || told++ >= kMostTold) continue;
    into.push_back(sentence_of(*trouble, about.now()));
  }
  if (into.size() > before || !about.past.last || about.state.final) return;
  const Trouble& last = *about.past.last;
  into.push_back({"overcome", fmt::format("The last that went wrong is behind it: {}", told_of(last, about.now())),
                  last.step, last.at, last.seq});
}

}  // namespace skald::inspect
