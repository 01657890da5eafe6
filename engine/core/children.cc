// What a child saga owes its parent.

#include "engine/core/children.h"

#include <cctype>

#include "engine/base/hash.h"
#include "engine/core/orders.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

constexpr const char* kWho = "parent";

Payload order_of_parent() {
  return Payload(Value{{"type", "urn:skald:error:compensated"},
                       {"status", 499},
                       {"title", "Compensated"},
                       {"detail", "the saga that ran this one is undone"}});
}

bool left_nothing(const Event& end) { return end.type != EventType::kSagaTerminated && end.left_behind.empty(); }

}  // namespace

Status take_back(Turn& turn, const TakeBack& command) {
  const State& state = turn.state();
  if (state.reports_to == command.key) return {};  // it is on its way
  if (state.final && (state.final != SagaStatus::kCompleted || state.cause != Cause::kNone)) {
    Event event;  // it was undone, as far as it will be
    event.type = EventType::kCompensationEnded;
    event.key = command.key;
    event.attempt = command.attempt;
    event.left_behind = left_behind(state);
    turn.emit(std::move(event));
    return {};
  }
  if (state.pivot_done) {
    return fail(ErrorKind::kConflict, "past-pivot", "the child saga has passed its pivot: there is no way back");
  }
  if (!state.final) {
    Event event = by({"the saga that ran this one is undone", kWho}, EventType::kOperatorCancel);
    event.key = command.key;
    event.attempt = command.attempt;
    turn.emit(std::move(event));
    lift_suspension(turn);
    return {};
  }
  Event event;
  event.type = EventType::kCompensationStarted;
  event.cause = name_of(Cause::kParent);
  event.error = order_of_parent();
  event.key = command.key;
  event.attempt = command.attempt;
  turn.emit(std::move(event));
  return {};
}

void end_take_back(Turn& turn) {
  Event event;
  event.type = EventType::kCompensationEnded;
  event.key = turn.state().reports_to;
  event.attempt = turn.state().reports_attempt;
  event.left_behind = left_behind(turn.state());
  turn.emit(std::move(event));
}

std::optional<TakeResult> report_to_parent(const State& state, const Event& event) {
  const bool ends = event.type == EventType::kCompensationEnded || event.type == EventType::kSagaCompleted ||
                    event.type == EventType::kSagaCompensated || event.type == EventType::kSagaFailed ||
                    event.type == EventType::kSagaCancelled || event.type == EventType::kSagaTerminated;
  if (!ends || state.parent_run.empty() || state.reports_to.empty()) return std::nullopt;
  TakeResult result;
  result.key = state.reports_to;
  result.attempt = state.reports_attempt;
  result.worker = "saga " + state.id.str();
  result.started_at = state.started_at;
  result.finished_at = event.at;
  const bool undone = state.reports_to != state.parent_key;
  if (undone || event.type == EventType::kSagaCompleted) {
    result.output = undone ? Payload(Value(nullptr)) : event.output;
    if (undone) result.left_behind = event.left_behind;
    return result;
  }
  result.outcome = left_nothing(event) ? Outcome::kRejected : Outcome::kUnknown;
  result.error = event.error;
  if (result.error.empty()) {
    result.error = standard_error("runtime", 500, "Child saga terminated",
                                  "saga '" + state.id.str() + "' was terminated, and what it did was not undone",
                                  state.parent_key);
  }
  return result;
}

SagaId child_id(const std::string& step_key, std::uint32_t attempt) {
  static constexpr std::size_t kLongest = 200;
  const std::string key = attempt > 1 ? step_key + ":" + std::to_string(attempt) : step_key;
  std::string id;
  bool exact = key.size() <= kLongest;
  for (const char c : key.substr(0, kLongest)) {
    const bool good = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':' || c == '-';
    exact = exact && (good || c == '/');
    id += good ? c : '.';
  }
  if (!exact) id += "." + to_hex(bytes_of(sha256(key))).substr(0, 16);
  return SagaId(id);
}

}  // namespace skald::core
