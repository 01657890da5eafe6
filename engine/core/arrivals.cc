#include "engine/core/arrivals.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/core/kinds.h"
#include "engine/core/orders.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

bool listens(const State& state, const std::string& key) {
  const auto at = state.frames.find(key);
  return at != state.frames.end() && listens(at->second);
}

std::vector<std::string> listening(const State& state) {
  std::vector<std::string> keys;
  for (const auto& [key, frame] : state.frames) {
    if (listens(frame)) keys.push_back(key);
  }
  return keys;
}

// What a listening task makes of an event: takes it, leaves it, or fails.
struct Answer {
  std::string key;
  Result<std::optional<Event>> taken;

  bool leaves_it() const { return taken && !*taken; }
};

Answer ask(Turn& turn, const std::string& key, const Value& event) {
  const Frame& frame = turn.state().frames.at(key);
  return {key, kind_of(*frame.task).takes(turn, frame, event)};
}

// The first task that does not leave the event; none: all do.
std::optional<Answer> ask_all(Turn& turn, const Value& event) {
  for (const std::string& key : listening(turn.state())) {
    if (Answer answer = ask(turn, key, event); !answer.leaves_it()) return answer;
  }
  return std::nullopt;
}

// An event over which the task fails is gone with that: the next try would fail over it again.
Status perform(Turn& turn, Answer answer, std::uint64_t received) {
  if (!answer.taken) {
    Event gone = about(turn.state(), turn.state().frames.at(answer.key), EventType::kEventMatched);
    gone.received = static_cast<std::uint32_t>(received);
    gone.taken = "fault";
    turn.emit(std::move(gone));
    return fail(answer.taken.error());
  }
  Event& taken = **answer.taken;
  taken.received = static_cast<std::uint32_t>(received);
  turn.emit(std::move(taken));
  return {};
}

// A saga that has ended may still have to undo something: an undo may listen.
bool may_listen(const State& state) { return !state.final || has_open_work(state); }

Status refuse_signal(const Turn& turn, const Value& event) {
  const State& state = turn.state();
  if (!may_listen(state)) SKALD_TRY(refuse_if_ended(state));
  const std::string type = event.value("type", "");
  const auto types = awaited_types(*state.workflow);
  if (std::find(types.begin(), types.end(), type) == types.end()) {
    return fail(
        ErrorKind::kConflict, "not-awaited",
        types.empty()
            ? fmt::format("no task of {} {} listens for anything", state.workflow->full_name(), state.workflow->version)
            : fmt::format("no task of {} {} listens for '{}'; some listen for: {}", state.workflow->full_name(),
                          state.workflow->version, type, fmt::join(types, ", ")));
  }
  if (state.mail.size() >= kMostMail) {
    return fail(ErrorKind::kConflict, "mailbox-full",
                fmt::format("{} signals wait for the saga to listen for them; send more when it has", kMostMail));
  }
  const bool bounded = !state.pivot_done && state.cause == Cause::kNone;
  if (bounded && state.seq >= turn.env().limits.history_events) {
    return fail(ErrorKind::kConflict, "history-full", fmt::format("the history has {} events, its limit", state.seq));
  }
  return {};
}

}  // namespace

std::string identity_of(const Value& cloud_event) {
  return cloud_event.value("source", "") + "\n" + cloud_event.value("id", "");
}

Status take_mail(Turn& turn, const std::string& key) {
  const auto mail = turn.state().mail;  // a copy: what is taken goes
  for (const auto& [seq, event] : mail) {
    if (!listens(turn.state(), key)) return {};
    Answer answer = ask(turn, key, event.value());
    if (!answer.leaves_it()) SKALD_TRY(perform(turn, std::move(answer), seq));
  }
  return {};
}

std::vector<std::string> awaited_types(const definition::Workflow& workflow) {
  std::vector<std::string> types;
  for (const auto& [reference, task] : workflow.by_reference) {
    for (auto& type : kind_of(*task).event_types(*task)) types.push_back(std::move(type));
  }
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
  return types;
}

Status take_event(Turn& turn, const TakeEvent& command) {
  const State& state = turn.state();
  const Value cloud_event = command.event.value();
  const bool had = std::find(state.heard.begin(), state.heard.end(), identity_of(cloud_event)) != state.heard.end();
  if (had) return {};
  if (command.addressed) SKALD_TRY(refuse_signal(turn, cloud_event));
  if (!may_listen(state)) return {};
  auto answer = ask_all(turn, cloud_event);
  if (!answer && !command.addressed) return {};
  Event event = by(command.by, EventType::kEventReceived);
  event.event = command.event;
  turn.emit(std::move(event));
  if (!answer) return {};
  const std::string key = answer->key;
  if (history_full(turn, state.frames.at(key))) return raise_history_full(turn, state.frames.at(key)), Status();
  if (const Status done = perform(turn, std::move(*answer), state.seq); !done) {
    raise(turn, key, fault(done.error(), state.frames.at(key)));
  }
  return {};
}

}  // namespace skald::core
