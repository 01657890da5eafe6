// `set`: makes its output from expressions.

#include "engine/core/nodes/all.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

struct SetBody final : definition::TaskBody {
  explicit SetBody(definition::Template document) : value(std::move(document)) {}
  definition::Template value;
};

class Set final : public NodeKind {
 public:
  std::string_view keyword() const override { return "set"; }

  Result<std::unique_ptr<definition::TaskBody>> parse(definition::TaskReader& reader) const override {
    const definition::DocNode& set = *reader.node().find("set");
    if (!set.is_mapping() && !set.is_string()) {
      return reader.error(set, "'set' takes a mapping, or one expression that gives it");
    }
    return std::make_unique<SetBody>(reader.document(set));
  }

  Status run(Turn& turn, const Frame& frame) const override {
    const auto& body = static_cast<const SetBody&>(*frame.task->body);
    SKALD_ASSIGN(Payload output, turn.evaluate(body.value, frame, frame.input));
    Event event = about(turn.state(), frame, EventType::kOutputSet);
    event.output = std::move(output);
    turn.emit(std::move(event));
    return {};
  }
};

}  // namespace

const NodeKind& set_kind() {
  static const Set kind;
  return kind;
}

}  // namespace skald::core
