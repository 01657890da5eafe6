// `fork`: branches side by side. Entering and leaving it needs no decision.
//
// It is done when all branches are; its output is the list of theirs, in the order of the document. With `compete`, the
// first branch that is done gives the output; what the others did is undone before the flow goes on. An error that a
// branch does not catch is the fork's: its other branches are cancelled where it is caught, or the saga goes backward.

#include <algorithm>

#include "engine/core/frames.h"
#include "engine/core/nodes/all.h"

namespace skald::core {
namespace {

struct ForkBody final : definition::TaskBody {
  definition::TaskList branches;
  bool compete = false;
  std::vector<const definition::TaskList*> lists() const override { return {&branches}; }
};

constexpr std::size_t kMaxBranches = 1'000;

// The first task that would end the workflow from within a branch; null where there is none.
const definition::Task* ends_workflow(const definition::TaskList& tasks) {
  for (const auto& task : tasks) {
    if (task->then.kind == definition::Then::Kind::kEnd) return task.get();
    if (task->body == nullptr) continue;
    for (const auto* then : task->body->thens()) {
      if (then->kind == definition::Then::Kind::kEnd) return task.get();
    }
    for (const auto* list : task->body->lists()) {
      if (const auto* found = ends_workflow(*list)) return found;
    }
  }
  return nullptr;
}

bool goes_elsewhere(const definition::Task& branch) {
  const auto elsewhere = [](const definition::Then& then) { return then.kind != definition::Then::Kind::kContinue; };
  if (elsewhere(branch.then)) return true;
  const auto thens = branch.body != nullptr ? branch.body->thens() : std::vector<definition::Then*>{};
  return std::any_of(thens.begin(), thens.end(), [&](const auto* then) { return elsewhere(*then); });
}

class Fork final : public NodeKind {
 public:
  std::string_view keyword() const override { return "fork"; }
  bool composite() const override { return true; }
  bool structural() const override { return true; }

  Result<std::unique_ptr<definition::TaskBody>> parse(definition::TaskReader& reader) const override {
    const definition::DocNode& fork = *reader.node().find("fork");
    const auto* branches = fork.is_mapping() ? fork.find("branches") : nullptr;
    if (branches == nullptr) return reader.error(fork, "expected fork: { branches: [...], compete: false }");
    if (branches->items.size() > kMaxBranches) {
      return reader.error(*branches, "a fork has at most " + std::to_string(kMaxBranches) + " branches");
    }
    reader.only_keys(fork, {"branches", "compete"}, "'fork'");
    if (reader.inside_undo()) return reader.error(fork, "no 'fork' inside an undo: its tasks go one after another");
    auto body = std::make_unique<ForkBody>();
    body->branches = reader.branches(*branches, "/fork/branches");
    if (const auto* compete = fork.find("compete")) {
      if (compete->scalar.is_boolean()) {
        body->compete = compete->scalar.get<bool>();
      } else {
        reader.report(*compete, "'compete' is true or false");
      }
    }
    for (const auto& branch : body->branches) {
      if (goes_elsewhere(*branch)) {
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
    frame.parts.resize(branches.size());
    for (const auto& branch : branches) open_frame(state, *branch, frame.key, frame.scope, frame.input);
  }

  void child_left(State& state, Frame& frame, const Frame& child, std::size_t, const Payload& output) const override {
    if (static_cast<const ForkBody&>(*frame.task->body).compete) {
      frame.output = output;
      return unwind(state, frame, true, child.key);
    }
    const auto& branches = branches_of(frame);
    const auto at =
        std::find_if(branches.begin(), branches.end(), [&](const auto& branch) { return branch.get() == child.task; });
    frame.parts[static_cast<std::size_t>(at - branches.begin())] = output.empty() ? Payload(Value(nullptr)) : output;
    const bool all = std::none_of(frame.parts.begin(), frame.parts.end(), [](const auto& one) { return one.empty(); });
    if (!all) return;
    Value outputs = Value::array();
    for (const Payload& one : frame.parts) outputs.push_back(one.value());
    finish_body(frame, Payload(outputs));
  }

  void unwound(State&, Frame& frame) const override { finish_body(frame, frame.output); }

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
