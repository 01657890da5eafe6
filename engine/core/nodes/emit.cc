// `emit`: publishes a CloudEvent. The event is decided and logged here; the engine repeats its publication under a
// fixed id until the broker has it. The flow does not wait for that. The task's output is the event.

#include "engine/core/nodes/all.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

struct EmitBody final : definition::TaskBody {
  explicit EmitBody(definition::Template document) : with(std::move(document)) {}
  definition::Template with;
};

class Emit final : public NodeKind {
 public:
  std::string_view keyword() const override { return "emit"; }

  Result<std::unique_ptr<definition::TaskBody>> parse(definition::TaskReader& reader) const override {
    const definition::DocNode& emit = *reader.node().find("emit");
    const auto* event = emit.is_mapping() ? emit.find("event") : nullptr;
    const auto* with = event != nullptr && event->is_mapping() ? event->find("with") : nullptr;
    if (with == nullptr || !with->is_mapping()) return reader.error(emit, "expected emit: { event: { with: {...} } }");
    for (const char* needed : {"source", "type"}) {
      if (with->find(needed) == nullptr) {
        return reader.error(*with, std::string("the event needs '") + needed + "'");
      }
    }
    return std::make_unique<EmitBody>(reader.document(*with));
  }

  Status run(Turn& turn, const Frame& frame) const override {
    const auto& body = static_cast<const EmitBody&>(*frame.task->body);
    SKALD_ASSIGN(const Payload with, turn.evaluate(body.with, frame, frame.input));
    Value cloud_event = with.value();
    cloud_event["specversion"] = "1.0";
    if (!cloud_event.contains("id")) cloud_event["id"] = frame.key;
    if (!cloud_event.contains("time")) cloud_event["time"] = format_time(turn.env().now);
    for (const char* text : {"source", "type", "id"}) {
      if (!cloud_event[text].is_string() && !turn.is_unknown(cloud_event[text])) {
        return fail(ErrorKind::kInvalid, "bad-event", std::string("the event's '") + text + "' is not a string");
      }
    }
    Event event = about(turn.state(), frame, EventType::kEventEmitted);
    event.event = Payload(cloud_event);
    turn.emit(std::move(event));
    return {};
  }
};

}  // namespace

const NodeKind& emit_kind() {
  static const Emit kind;
  return kind;
}

}  // namespace skald::core
