// `do`: tasks one after another. Entering and leaving it needs no decision.

#include "engine/core/frames.h"
#include "engine/core/nodes/all.h"

namespace skald::core {
namespace {

struct DoBody final : definition::TaskBody {
  definition::TaskList tasks;
  std::vector<const definition::TaskList*> lists() const override { return {&tasks}; }
};

class Do final : public NodeKind {
 public:
  std::string_view keyword() const override { return "do"; }
  bool composite() const override { return true; }
  bool structural() const override { return true; }

  Result<std::unique_ptr<definition::TaskBody>> parse(definition::TaskReader& reader) const override {
    auto body = std::make_unique<DoBody>();
    body->tasks = reader.tasks(*reader.node().find("do"), "/do");
    return body;
  }

  void open(State& state, Frame& frame) const override { go_to(state, frame, 0, frame.input); }

  void child_left(State& state, Frame& frame, const Frame&, std::size_t next, const Payload& output) const override {
    go_to(state, frame, next, output);
  }

 private:
  // The next child's input is what the one before it gave.
  static void go_to(State& state, Frame& frame, std::size_t index, const Payload& input) {
    const auto& tasks = static_cast<const DoBody&>(*frame.task->body).tasks;
    if (index >= tasks.size()) return finish_body(frame, input);
    frame.index = index;
    open_frame(state, *tasks[index], frame.key, frame.scope, input);
  }
};

}  // namespace

const NodeKind& do_kind() {
  static const Do kind;
  return kind;
}

}  // namespace skald::core
