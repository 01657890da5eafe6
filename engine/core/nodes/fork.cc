// `fork`: branches side by side. Entering and leaving it needs no decision.
//
// It is done when all branches are; its output is the list of theirs, in the order of the document. A branch that fails
// fails the saga's way forward: the others are cancelled and waited for, then all is undone in reverse of closing.

#include <algorithm>

#include "engine/core/frames.h"
#include "engine/core/nodes/all.h"

namespace skald::core {
namespace {

struct ForkBody final : definition::TaskBody {
  definition::TaskList branches;
  std::vector<const definition::TaskList*> lists() const override { return {&branches}; }
};

// The first task that would end the workflow from within a branch; null where there is none.
const definition::Task* ends_workflow(const definition::TaskList& tasks) {
  for (const auto& task : tasks) {
    if (task->then.kind == definition::Then::Kind::kEnd) return task.get();
    if (task->body == nullptr) continue;
    for (const auto* list : task->body->lists()) {
      if (const auto* found = ends_workflow(*list)) return found;
    }
  }
  return nullptr;
}

class Fork final : public NodeKind {
 public:
  std::string_view keyword() const override { return "fork"; }
  bool composite() const override { return true; }
  bool structural() const override { return true; }

  Result<std::unique_ptr<definition::TaskBody>> parse(definition::TaskReader& reader) const override {
    const definition::DocNode& fork = *reader.node().find("fork");
    const auto* branches = fork.is_mapping() ? fork.find("branches") : nullptr;
    if (branches == nullptr) return reader.error(fork, "expected fork: { branches: [...] }");
    for (const auto& [key, value] : fork.entries) {
      if (key == "branches") continue;
      return reader.error(value, "'fork." + key + "' is not supported by this version of Skald; supported: branches");
    }
    auto body = std::make_unique<ForkBody>();
    SKALD_ASSIGN(body->branches, reader.tasks(*branches, "/fork/branches"));
    for (const auto& branch : body->branches) {
      if (branch->then.kind != definition::Then::Kind::kContinue) {
        return reader.error(*branches, "the branch '" + branch->name + "' has a 'then'; branches go side by side");
      }
    }
    if (const auto* task = ends_workflow(body->branches)) {
      return reader.error(*branches, "'then: end' of '" + task->name + "' would leave the other branches running");
    }
    return body;
  }

  void open(State& state, Frame& frame) const override {
    const auto& branches = branches_of(frame);
    frame.outputs.resize(branches.size());
    for (const auto& branch : branches) open_frame(state, *branch, frame.key, frame.scope, frame.input);
  }

  void child_left(State&, Frame& frame, const Frame& child, std::size_t, const Payload& output) const override {
    const auto& branches = branches_of(frame);
    const auto at =
        std::find_if(branches.begin(), branches.end(), [&](const auto& branch) { return branch.get() == child.task; });
    frame.outputs[static_cast<std::size_t>(at - branches.begin())] = output.empty() ? Payload(Value(nullptr)) : output;
    const bool all =
        std::none_of(frame.outputs.begin(), frame.outputs.end(), [](const auto& one) { return one.empty(); });
    if (!all) return;
    Value outputs = Value::array();
    for (const Payload& one : frame.outputs) outputs.push_back(one.value());
    finish_body(frame, Payload(outputs));
  }

 private:
  static const definition::TaskList& branches_of(const Frame& frame) {
    return static_cast<const ForkBody&>(*frame.task->body).branches;
  }
};

}  // namespace

const NodeKind& fork_kind() {
  static const Fork kind;
  return kind;
}

}  // namespace skald::core
