// `listen`: takes events that come for the saga.
//
// entering --event.awaited--> listening --event.matched: more--> listening
//                                       --event.matched: end--> closing
//                                       --event.matched: fault--> listening, and the task fails: the event is gone
//
// Its output is the list of what it took, in that order. Filters, correlations and `until` are evaluated when an event
// comes; what came of that is in event.matched, so that the fold evaluates nothing.

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/arrivals.h"
#include "engine/core/frames.h"
#include "engine/core/nodes/all.h"
#include "engine/core/nodes/listen_body.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

const ListenBody& body_of(const Frame& frame) { return static_cast<const ListenBody&>(*frame.task->body); }

// What a listen keeps of an event.
Value read(const ListenBody& body, const Value& event) {
  if (body.envelope) return event;
  return event.contains("data") ? event["data"] : Value();
}

Value taken_so_far(const Frame& frame) { return frame.output.empty() ? Value::array() : frame.output.value(); }

// Whether one event is what one filter of a listening task means. An expression that fails over it says no: whoever
// sends events must not be able to fault a saga.
class Match {
 public:
  Match(Turn& turn, const Frame& frame, std::size_t filter, const Value& event)
      : turn_(turn),
        frame_(frame),
        filter_(body_of(frame).filters[filter]),
        awaited_(frame.awaits.value().at(filter)),
        event_(event) {}

  // What the correlations are, if it is.
  std::optional<Value> correlated() const {
    if (event_.value("type", "") != filter_.type) return std::nullopt;
    Value values = frame_.correlated.empty() ? Value::object() : frame_.correlated.value();
    // Without a world, the event that comes is the one that is waited for.
    if (turn_.env().chooser != nullptr) return values;
    const auto fits = [&](const auto& attribute) { return has(attribute.first, attribute.second); };
    if (!std::all_of(filter_.with.begin(), filter_.with.end(), fits)) return std::nullopt;
    for (const Correlation& correlation : filter_.correlations) {
      if (!correlate(correlation, values)) return std::nullopt;
    }
    return values;
  }

 private:
  // Constants compare; of what an expression over the attribute gives, true and false decide, all else compares.
  bool has(const std::string& attribute, const definition::Template& wanted) const {
    const Value value = event_.contains(attribute) ? event_[attribute] : Value();
    // By that it is found, whatever the expression would give by now.
    if (attribute == "subject" && awaited_.contains("subject")) return value == awaited_["subject"];
    const auto found = turn_.evaluate(wanted, frame_, Payload(value));
    if (!found) return false;
    const Value result = found->value();
    if (result.is_boolean() && !wanted.constant()) return result.get<bool>();
    return !result.is_null() && result == value;
  }

  bool correlate(const Correlation& correlation, Value& values) const {
    const auto scope = turn_.scope(frame_, Payload(event_), correlation.from.reads());
    const auto value =
        scope.and_then([&](const auto& seen) { return correlation.from.evaluate(seen, turn_.env().jq); });
    if (!value || value->is_null()) return false;
    if (correlation.expect) {
      const auto expected = turn_.evaluate(*correlation.expect, frame_, frame_.input);
      return expected && expected->value() == *value;
    }
    const auto known = values.find(correlation.name);
    if (known != values.end()) return *known == *value;
    values[correlation.name] = *value;
    return true;
  }

  Turn& turn_;
  const Frame& frame_;
  const Filter& filter_;
  const Value awaited_;  // what was told of it when the task began to listen
  const Value& event_;
};

class Listen final : public NodeKind {
 public:
  std::string_view keyword() const override { return "listen"; }
  std::vector<std::string_view> keys() const override { return {"foreach"}; }

  Result<std::unique_ptr<definition::TaskBody>> parse(definition::TaskReader& reader) const override {
    auto body = read_listen(reader);
    if (!body) return fail(body.error());
    return std::move(*body);
  }

  std::vector<std::string> event_types(const definition::Task& task) const override {
    std::vector<std::string> types;
    for (const Filter& filter : static_cast<const ListenBody&>(*task.body).filters) types.push_back(filter.type);
    return types;
  }

  Status run(Turn& turn, const Frame& frame) const override {
    const std::string key = frame.key;
    Value awaits = Value::array();
    for (const Filter& filter : body_of(frame).filters) awaits.push_back(awaited(turn, frame, filter));
    Event event = about(turn.state(), frame, EventType::kEventAwaited);
    event.awaits = Payload(awaits);
    turn.emit(std::move(event));
    return take_mail(turn, key);
  }

  Result<std::optional<Event>> takes(Turn& turn, const Frame& frame, const Value& cloud_event) const override {
    const auto& filters = body_of(frame).filters;
    for (std::size_t i = 0; i < filters.size(); ++i) {
      if (!frame.parts[i].empty()) continue;
      const auto correlated = Match(turn, frame, i, cloud_event).correlated();
      if (!correlated) continue;
      Event event = about(turn.state(), frame, EventType::kEventMatched);
      event.filter = static_cast<std::uint32_t>(i);
      if (!correlated->empty()) event.correlated = Payload(*correlated);
      SKALD_ASSIGN(const bool last, ends(turn, frame, i, cloud_event));
      event.taken = last ? "end" : "more";
      return event;
    }
    return std::nullopt;
  }

  void fold(State& state, Frame& frame, const Event& event) const override {
    const auto& body = body_of(frame);
    if (event.type == EventType::kEventAwaited) {
      frame.phase = FramePhase::kListening;
      frame.awaits = event.awaits;
      frame.parts.assign(body.filters.size(), Payload());
      frame.output = Payload(Value::array());
      return;
    }
    const auto mail = state.mail.extract(event.received);
    if (event.taken == "fault") return;
    if (!event.correlated.empty()) frame.correlated = event.correlated;
    if (body.all) frame.parts.at(event.filter) = Payload(Value(true));
    if (!body.filters.at(event.filter).stops && !mail.empty()) {
      Value taken = taken_so_far(frame);
      taken.push_back(read(body, mail.mapped().value()));
      frame.output = Payload(taken);
    }
    if (event.taken == "end") finish_body(frame, frame.output);
  }

 private:
  // What is told of a filter, and what an event is found by. A subject that can be told before any event has come is
  // told.
  static Value awaited(Turn& turn, const Frame& frame, const Filter& filter) {
    Value value{{"type", filter.type}};
    for (const auto& [attribute, wanted] : filter.with) {
      if (attribute != "subject" || wanted.reads().dot()) continue;
      const auto subject = turn.evaluate(wanted, frame, Payload(Value()));
      if (!subject || !subject->value().is_string()) continue;
      const std::string text = subject->value();
      if (text.size() <= kMaxIndexed) value["subject"] = text;
    }
    return value;
  }

  // Whether a task that takes this event by this filter is done with that.
  static Result<bool> ends(Turn& turn, const Frame& frame, std::size_t filter, const Value& event) {
    const auto& body = body_of(frame);
    if (body.filters[filter].stops) return true;
    Value taken = taken_so_far(frame);
    taken.push_back(read(body, event));
    const Payload output(taken);
    if (output.size() > turn.env().limits.payload_bytes) {
      return fail(ErrorKind::kTooLarge, "payload-too-large",
                  fmt::format("what was listened to has {} bytes; a payload may have {}", output.size(),
                              turn.env().limits.payload_bytes));
    }
    if (body.all) {
      const auto open =
          std::count_if(frame.parts.begin(), frame.parts.end(), [](const auto& part) { return part.empty(); });
      return open == 1;
    }
    if (!body.goes_on) return true;
    // Without a world, more of the same shows nothing new.
    if (turn.env().chooser != nullptr) return true;
    if (!body.until) return false;
    SKALD_ASSIGN(const auto scope, turn.scope(frame, output, body.until->reads()));
    SKALD_ASSIGN(const Value met, body.until->evaluate(scope, turn.env().jq));
    return truthy(met);
  }
};

}  // namespace

const NodeKind& listen_kind() {
  static const Listen kind;
  return kind;
}

}  // namespace skald::core
