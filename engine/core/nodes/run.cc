// `run: workflow`: another saga, as a child of this one.
//
// frame  entering --step.scheduled--> running --step.completed: the child has completed--> closing
//                                             --step.rejected: it ended otherwise, and left nothing behind--> raised
//
// The child is a saga of its own, with its own history. Where it is not to stand any more it is undone by its own
// undos: while it runs, it is cancelled; when it has completed, the undo of this task orders it back.

#include "engine/core/nodes/all.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

struct RunBody final : definition::TaskBody {
  ChildWorkflow child;
  std::optional<definition::Template> input;  // none: the task's input

  std::unique_ptr<TaskBody> own_undo() const override {
    auto undo = std::make_unique<RunBody>();
    undo->child = child;
    return undo;
  }
};

class Run final : public NodeKind {
 public:
  std::string_view keyword() const override { return "run"; }
  bool has_effect() const override { return true; }

  Result<std::unique_ptr<definition::TaskBody>> parse(definition::TaskReader& reader) const override {
    const definition::DocNode& run = *reader.node().find("run");
    for (const char* other : {"container", "script", "shell"}) {
      if (run.find(other) == nullptr) continue;
      return reader.error(
          run, std::string("'run: ") + other + "' is not supported by this version of Skald; supported: workflow");
    }
    const auto* workflow = run.is_mapping() ? run.find("workflow") : nullptr;
    if (workflow == nullptr || !workflow->is_mapping()) {
      return reader.error(run, "expected run: { workflow: { namespace, name, version, input }, await: true }");
    }
    if (reader.inside_undo()) return reader.error(run, "no 'run' inside an undo: a task of a worker undoes a step");
    reader.only_keys(run, {"workflow", "await"}, "'run'");
    reader.only_keys(*workflow, {"namespace", "name", "version", "input"}, "'run.workflow'");
    auto body = std::make_unique<RunBody>();
    body->child.workflow = text(reader, *workflow, "namespace") + "/" + text(reader, *workflow, "name");
    if (workflow->find("version") != nullptr) body->child.version = text(reader, *workflow, "version");
    if (body->child.version == "latest") body->child.version.clear();
    if (const auto* input = workflow->find("input")) body->input = reader.document(*input);
    if (const auto* await = run.find("await")) {
      if (!await->scalar.is_boolean()) return reader.error(*await, "'await' is true or false");
      body->child.awaited = await->scalar.get<bool>();
    }
    if (reader.node().find("retry") != nullptr) {
      reader.report(*reader.node().find("retry"),
                    "a child saga retries its own steps; to run it again, put it in a try");
    }
    return body;
  }

  const ChildWorkflow* child(const definition::Task& task) const override { return &body_of(task).child; }

  Status run(Turn& turn, const Frame& frame) const override {
    const RunBody& body = body_of(*frame.task);
    const bool forward = frame.scope.empty();
    Event event = about(turn.state(), frame, forward ? EventType::kStepScheduled : EventType::kCompensationScheduled);
    event.attempt = 1;
    event.workflow = body.child.workflow;
    if (forward) {
      event.version = body.child.version;
      event.input = frame.input;
      if (body.input) {
        SKALD_ASSIGN(event.input, turn.evaluate(*body.input, frame, frame.input));
      }
    }
    turn.emit(std::move(event));
    return {};
  }

 private:
  static const RunBody& body_of(const definition::Task& task) { return static_cast<const RunBody&>(*task.body); }

  static std::string text(definition::TaskReader& reader, const definition::DocNode& node, const char* key) {
    const auto* found = node.find(key);
    if (found != nullptr && found->is_string()) return found->scalar.get<std::string>();
    reader.report(found != nullptr ? *found : node, std::string("'run.workflow' needs '") + key + "', a string");
    return "";
  }
};

}  // namespace

const NodeKind& run_kind() {
  static const Run kind;
  return kind;
}

}  // namespace skald::core
