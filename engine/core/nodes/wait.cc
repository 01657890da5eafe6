// `wait`: entering --timer.started--> waiting --timer.fired--> closing. Its output is its input.

#include "engine/core/frames.h"
#include "engine/core/nodes/all.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

struct WaitBody final : definition::TaskBody {
  Millis time{0};
};

class Wait final : public NodeKind {
 public:
  std::string_view keyword() const override { return "wait"; }

  Result<std::unique_ptr<definition::TaskBody>> parse(definition::TaskReader& reader) const override {
    auto body = std::make_unique<WaitBody>();
    const definition::DocNode& wait = *reader.node().find("wait");
    if (wait.is_mapping() && wait.entries.empty()) return reader.error(wait, "expected a duration: { seconds: 2 }");
    body->time = reader.duration(wait);
    return body;
  }

  Status run(Turn& turn, const Frame& frame) const override {
    const Millis time = static_cast<const WaitBody&>(*frame.task->body).time;
    Event event = about(turn.state(), frame, EventType::kTimerStarted);
    event.timer = "wait";
    event.delay_ms = time.count();
    event.due = turn.env().now + time;
    turn.emit(std::move(event));
    return {};
  }

  void due(State&, Frame& frame) const override { finish_body(frame, frame.input); }
};

}  // namespace

const NodeKind& wait_kind() {
  static const Wait kind;
  return kind;
}

}  // namespace skald::core
