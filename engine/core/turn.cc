#include "engine/core/turn.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/msgpack.h"
#include "engine/core/kinds.h"
#include "engine/core/seen.h"
#include "engine/core/undos.h"
#include "engine/definition/secrets.h"
#include "engine/definition/unknown.h"

namespace skald::core {
namespace {

// The task that a person thinks of: inside an undo, the one that is undone.
struct Place {
  std::string step;
  std::uint32_t visit;
  std::string undo;
  std::uint32_t generation;
};

Place place_of(const State& state, const definition::Task& task, std::uint32_t visit, const std::string& scope) {
  const Step* owner = owner_of(state, scope);
  if (owner == nullptr) return {task.reference, visit, "", 0};
  const bool list = &task != owner->task->undo->body.get();
  return {owner->task->reference, owner->visit, list ? task.reference : "", owner->undo.generation};
}

}  // namespace

double Turn::draw() {
  // splitmix64
  random_ += 0x9E3779B97F4A7C15ULL;
  std::uint64_t z = random_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1.0p-53;
}

void Turn::emit(Event event) {
  event.seq = state_.seq + 1;
  // Time never runs backwards within a history, whatever the clock does.
  event.at = std::max(env_.now, state_.last_event_at);
  apply(state_, event);
  events_.push_back(std::move(event));
}

Result<Payload> Turn::evaluate(const definition::Template& document, const Frame& frame, const Payload& dot) const {
  if (document.splice() && env_.jq.knows_all()) {
    SeenBytes seen(state_, frame, dot);
    if (auto bytes = document.splice()->join(seen, env_.limits.payload_bytes)) {
      Payload payload = Payload::from_msgpack(std::move(*bytes));
      SKALD_TRY(within_limits(payload));
      return payload;
    }
  }
  SKALD_ASSIGN(const definition::Scope seen, scope(frame, dot, document.reads()));
  return evaluate(document, seen);
}

Result<Payload> Turn::evaluate_with_secrets(const definition::Template& document, const Frame& frame,
                                            const Payload& dot, const Value& secrets) const {
  SKALD_ASSIGN(definition::Scope seen, scope(frame, dot, document.reads()));
  definition::escape_secrets(seen.dot);
  const Step* owner = owner_of(state_, frame.scope);
  const bool has_references = owner != nullptr && kind_of(*owner->task).uses_secrets(*owner->task);
  for (auto& [name, value] : seen.variables) {
    Value references;
    const bool keeps = has_references && name == "forward";
    if (keeps) references = std::move(value["input"]);
    definition::escape_secrets(value);
    if (keeps) value["input"] = std::move(references);
  }
  seen.variables.emplace_back("secrets", secrets);
  return evaluate(document, seen);
}

Result<Payload> Turn::evaluate(const definition::Template& document, const definition::Scope& seen) const {
  SKALD_ASSIGN(const Value value, document.evaluate(seen, env_.jq));
  Payload payload(value);
  SKALD_TRY(within_limits(payload));
  return payload;
}

Status Turn::within_limits(const Payload& payload, std::size_t times, int deepest) const {
  if (payload.size() > times * env_.limits.payload_bytes) {
    return fail(
        ErrorKind::kTooLarge, "payload-too-large",
        fmt::format("the data has {} bytes; here it may have {}", payload.size(), times * env_.limits.payload_bytes));
  }
  // Each level takes a byte at least.
  if (payload.size() > static_cast<std::size_t>(deepest) && !check_msgpack(payload.bytes(), deepest)) {
    return fail(ErrorKind::kTooLarge, "too-deep", fmt::format("the data is nested deeper than {} levels", deepest));
  }
  return {};
}

bool Turn::is_unknown(const Value& value) const { return env_.chooser != nullptr && definition::is_unknown(value); }

bool Turn::holds(const Frame& frame, std::string_view what, const Value& value) const {
  return is_unknown(value) ? env_.chooser->holds(*frame.task, what, value) : truthy(value);
}

Status Turn::fits(const Frame& frame, const definition::Schema& schema, const Value& value) const {
  if (env_.chooser == nullptr || !definition::holds_unknown(value)) return schema.validate(value);
  if (env_.chooser->holds(*frame.task, "schema", definition::unknown_of("schema", value))) return {};
  return fail(ErrorKind::kInvalid, "schema-mismatch", "what nobody knows does not fit");
}

Event about(const State& state, const Frame& frame, EventType type) {
  Event event;
  event.type = type;
  const Place place = place_of(state, *frame.task, frame.visit, frame.scope);
  event.step = place.step;
  event.visit = place.visit;
  event.undo = place.undo;
  event.generation = place.generation;
  event.key = frame.key;
  return event;
}

Event about(const State& state, const Step& step, EventType type) {
  Event event;
  event.type = type;
  const Place place = place_of(state, *step.task, step.visit, step.scope);
  event.step = place.step;
  event.visit = place.visit;
  event.undo = place.undo;
  event.generation = place.generation;
  event.key = step.key;
  event.task = kind_of(*step.task).task_type(*step.task);
  event.attempt = step.attempt;
  return event;
}

void schedule_first(Turn& turn, const Frame& frame, Payload input, std::string task_type) {
  const bool forward = frame.scope.empty();
  Event event = about(turn.state(), frame, forward ? EventType::kStepScheduled : EventType::kCompensationScheduled);
  event.task = std::move(task_type);
  event.attempt = 1;
  event.input = std::move(input);
  turn.emit(std::move(event));
}

}  // namespace skald::core
