// `call` of a task type: one task dispatched to the workers that serve it.
//
// frame     entering --step.scheduled--> running --step.completed--> closing
// attempt   in flight --failed, unknown, timed out--> waiting --retry due--> in flight
//                     --rejected, or no attempt left--> closed, and the error is raised

#include "engine/core/nodes/all.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

struct CallBody final : definition::TaskBody {
  TaskType type;
  std::optional<definition::Template> with;
};

class Call final : public NodeKind {
 public:
  std::string_view keyword() const override { return "call"; }
  std::vector<std::string_view> keys() const override { return {"with"}; }
  bool has_effect() const override { return true; }

  Result<std::unique_ptr<definition::TaskBody>> parse(definition::TaskReader& reader) const override {
    const definition::DocNode& call = *reader.node().find("call");
    if (!call.is_string()) return reader.error(call, "'call' names a task type, as in inventory.reserve");
    auto type = parse_task_type(call.scalar.get<std::string>());
    if (!type) return reader.error(call, type.error().message);
    auto body = std::make_unique<CallBody>();
    body->type = std::move(*type);
    if (const auto* with = reader.node().find("with")) {
      SKALD_ASSIGN(body->with, reader.document(*with));
    }
    return body;
  }

  std::string task_type(const definition::Task& task) const override { return body_of(task).type.str(); }

  Status run(Turn& turn, const Frame& frame) const override {
    const CallBody& body = body_of(*frame.task);
    Payload input = frame.input;
    if (body.with) {
      SKALD_ASSIGN(input, turn.evaluate(*body.with, frame, frame.input));
    }
    schedule_first(turn, frame, std::move(input), body.type.str());
    return {};
  }

 private:
  static const CallBody& body_of(const definition::Task& task) { return static_cast<const CallBody&>(*task.body); }
};

}  // namespace

const NodeKind& call_kind() {
  static const Call kind;
  return kind;
}

}  // namespace skald::core
