#include "engine/core/event.h"

#include <array>
#include <utility>

#include "engine/base/msgpack.h"

namespace skald::core {
namespace {

constexpr std::array<std::pair<EventType, std::string_view>, kEventTypes> kNames{{
    {EventType::kSagaStarted, "saga.started"},
    {EventType::kSagaCompleted, "saga.completed"},
    {EventType::kSagaCompensated, "saga.compensated"},
    {EventType::kSagaFailed, "saga.failed"},
    {EventType::kSagaCancelled, "saga.cancelled"},
    {EventType::kSagaTerminated, "saga.terminated"},
    {EventType::kSagaSuspended, "saga.suspended"},
    {EventType::kSagaResumed, "saga.resumed"},
    {EventType::kSagaStuck, "saga.stuck"},
    {EventType::kStepScheduled, "step.scheduled"},
    {EventType::kStepRetryScheduled, "step.retry_scheduled"},
    {EventType::kStepRedispatched, "step.redispatched"},
    {EventType::kStepCompleted, "step.completed"},
    {EventType::kStepRejected, "step.rejected"},
    {EventType::kStepFailed, "step.failed"},
    {EventType::kStepUnknown, "step.unknown"},
    {EventType::kStepTimedOut, "step.timed_out"},
    {EventType::kStepCancelled, "step.cancelled"},
    {EventType::kStepLateResult, "step.late_result"},
    {EventType::kStepSkipped, "step.skipped"},
    {EventType::kStepResolved, "step.resolved"},
    {EventType::kTimerStarted, "timer.started"},
    {EventType::kTimerFired, "timer.fired"},
    {EventType::kInputSet, "input.set"},
    {EventType::kOutputSet, "output.set"},
    {EventType::kContextSet, "context.set"},
    {EventType::kBranchTaken, "branch.taken"},
    {EventType::kLoopStarted, "loop.started"},
    {EventType::kLoopRound, "loop.round"},
    {EventType::kErrorCaught, "error.caught"},
    {EventType::kEventEmitted, "event.emitted"},
    {EventType::kEventAwaited, "event.awaited"},
    {EventType::kEventReceived, "event.received"},
    {EventType::kEventMatched, "event.matched"},
    {EventType::kCompensationStarted, "compensation.started"},
    {EventType::kCompensationScheduled, "compensation.scheduled"},
    {EventType::kCompensationRetryScheduled, "compensation.retry_scheduled"},
    {EventType::kCompensationRedispatched, "compensation.redispatched"},
    {EventType::kCompensationCompleted, "compensation.completed"},
    {EventType::kCompensationRejected, "compensation.rejected"},
    {EventType::kCompensationFailed, "compensation.failed"},
    {EventType::kCompensationUnknown, "compensation.unknown"},
    {EventType::kCompensationLateResult, "compensation.late_result"},
    {EventType::kCompensationSkipped, "compensation.skipped"},
    {EventType::kCompensationResolved, "compensation.resolved"},
    {EventType::kCompensationEnded, "compensation.ended"},
    {EventType::kOperatorCancel, "operator.cancel"},
    {EventType::kOperatorTerminate, "operator.terminate"},
    {EventType::kOperatorSuspend, "operator.suspend"},
    {EventType::kOperatorResume, "operator.resume"},
    {EventType::kOperatorCompensate, "operator.compensate"},
    {EventType::kOperatorRetry, "operator.retry"},
    {EventType::kOperatorSkip, "operator.skip"},
    {EventType::kOperatorResolve, "operator.resolve"},
}};

// Calls visit(name, member) for every field behind seq, at and type, in the order they are stored and shown.
template <typename E, typename Visit>
void each_field(E& event, Visit&& visit) {
  visit("id", event.id);
  visit("run", event.run);
  visit("workflow", event.workflow);
  visit("version", event.version);
  visit("requested_version", event.requested_version);
  visit("definition_hash", event.definition_hash);
  visit("parent_run", event.parent_run);
  visit("parent_key", event.parent_key);
  visit("parent_attempt", event.parent_attempt);
  visit("depth", event.depth);
  visit("awaited", event.awaited);
  visit("labels", event.labels);
  visit("step", event.step);
  visit("visit", event.visit);
  visit("task", event.task);
  visit("attempt", event.attempt);
  visit("key", event.key);
  visit("undo", event.undo);
  visit("generation", event.generation);
  visit("dispatch", event.dispatch);
  visit("outcome", event.outcome);
  visit("taken", event.taken);
  visit("round", event.round);
  visit("cause", event.cause);
  visit("timer", event.timer);
  visit("delay_ms", event.delay_ms);
  visit("due", event.due);
  visit("reason", event.reason);
  visit("who", event.who);
  visit("worker", event.worker);
  visit("deliveries", event.deliveries);
  visit("delivered", event.delivered);
  visit("redelivered", event.redelivered);
  visit("started_at", event.started_at);
  visit("finished_at", event.finished_at);
  visit("left_behind", event.left_behind);
  visit("input", event.input);
  visit("output", event.output);
  visit("context", event.context);
  visit("event", event.event);
  visit("error", event.error);
  visit("filter", event.filter);
  visit("received", event.received);
  visit("awaits", event.awaits);
  visit("correlated", event.correlated);
}

bool absent(const std::string& text) { return text.empty(); }
bool absent(std::uint32_t number) { return number == 0; }
bool absent(bool flag) { return !flag; }
bool absent(const Payload& payload) { return payload.empty(); }
template <typename T>
bool absent(const std::optional<T>& value) {
  return !value.has_value();
}
bool absent(const std::vector<std::string>& items) { return items.empty(); }
bool absent(const std::map<std::string, std::string>& entries) { return entries.empty(); }

struct Writer {
  MsgWriter& out;

  void put(const std::string& text) { out.str(text); }
  void put(std::uint32_t number) { out.uint(number); }
  void put(bool flag) { out.boolean(flag); }
  void put(const Payload& payload) { out.raw(payload); }
  void put(const std::optional<Time>& time) { out.integer(time->ms); }
  void put(const std::optional<std::int64_t>& number) { out.integer(*number); }
  void put(const std::vector<std::string>& items) {
    out.array(static_cast<std::uint32_t>(items.size()));
    for (const auto& item : items) out.str(item);
  }
  void put(const std::map<std::string, std::string>& entries) {
    out.map(static_cast<std::uint32_t>(entries.size()));
    for (const auto& [key, value] : entries) {
      out.str(key);
      out.str(value);
    }
  }
};

struct Reader {
  MsgReader& in;

  void get(std::string& text) { text = in.str(); }
  void get(std::uint32_t& number) { number = static_cast<std::uint32_t>(in.uint()); }
  void get(bool& flag) { flag = in.boolean(); }
  // A null payload is stored as nil and is not an absent one.
  void get(Payload& payload) { payload = Payload::from_msgpack(std::string(in.skip())); }
  void get(std::optional<Time>& time) { time = Time{in.integer()}; }
  void get(std::optional<std::int64_t>& number) { number = in.integer(); }
  void get(std::vector<std::string>& items) {
    for (std::uint32_t left = in.array(); in.ok() && left > 0; --left) items.emplace_back(in.str());
  }
  void get(std::map<std::string, std::string>& entries) {
    for (std::uint32_t left = in.map(); in.ok() && left > 0; --left) {
      std::string key(in.str());
      entries[std::move(key)] = std::string(in.str());
    }
  }
};

Value shown(const std::string& text) { return text; }
Value shown(std::uint32_t number) { return number; }
Value shown(bool flag) { return flag; }
Value shown(const Payload& payload) { return payload.value(); }
Value shown(const std::optional<Time>& time) { return format_time(*time); }
Value shown(const std::optional<std::int64_t>& number) { return *number; }
Value shown(const std::vector<std::string>& items) { return items; }
Value shown(const std::map<std::string, std::string>& entries) { return entries; }

}  // namespace

std::string_view name_of(EventType type) { return kNames[static_cast<std::size_t>(type)].second; }

std::optional<EventType> event_type(std::string_view name) {
  for (const auto& [type, text] : kNames) {
    if (text == name) return type;
  }
  return std::nullopt;
}

std::string encode(const Event& event) {
  std::uint32_t fields = 3;
  each_field(event, [&](std::string_view, const auto& member) { fields += absent(member) ? 0 : 1; });
  MsgWriter out;
  out.map(fields);
  out.str("seq");
  out.uint(event.seq);
  out.str("at");
  out.integer(event.at.ms);
  out.str("type");
  out.str(name_of(event.type));
  Writer writer{out};
  each_field(event, [&](std::string_view name, const auto& member) {
    if (absent(member)) return;
    out.str(name);
    writer.put(member);
  });
  return out.take();
}

Result<Event> decode_event(std::string_view bytes) {
  Event event;
  MsgReader in(bytes);
  Reader reader{in};
  bool typed = false;
  for (std::uint32_t left = in.map(); in.ok() && left > 0; --left) {
    const std::string_view name = in.str();
    bool known = true;
    if (name == "seq") {
      event.seq = in.uint();
    } else if (name == "at") {
      event.at.ms = in.integer();
    } else if (name == "type") {
      const auto type = event_type(in.str());
      typed = type.has_value();
      if (type) event.type = *type;
    } else {
      known = false;
      each_field(event, [&](std::string_view field, auto& member) {
        if (known || field != name) return;
        known = true;
        reader.get(member);
      });
      if (!known) in.skip();
    }
  }
  if (!in.ok() || !in.at_end() || !typed || event.seq == 0) {
    return fail(ErrorKind::kDamaged, "damaged-event", "the bytes of an event cannot be read");
  }
  return event;
}

Value to_value(const Event& event) {
  Value value{{"seq", event.seq}, {"at", format_time(event.at)}, {"type", name_of(event.type)}};
  each_field(event, [&](std::string_view name, const auto& member) {
    if (!absent(member)) value[std::string(name)] = shown(member);
  });
  return value;
}

}  // namespace skald::core
