// What expressions see: parsed, as far as they look at it, and as bytes.

#include "engine/core/seen.h"

#include "engine/core/kinds.h"
#include "engine/core/turn.h"
#include "engine/core/undos.h"

namespace skald::core {
namespace {

using definition::Reads;

// A variable, of which only the fields that are read are made.
class Variable {
 public:
  Variable(const Reads& reads, std::string_view name) : reads_(reads), name_(name) {}

  template <typename Make>
  Variable& with(const char* field, const Make& make) {
    if (reads_.field(name_, field)) fields_.emplace(field, make());
    return *this;
  }
  Value take() { return std::move(fields_); }

 private:
  const Reads& reads_;
  const std::string_view name_;
  Value::object_t fields_;
};

Value time_object(Time time) {
  return {{"iso8601", format_time(time)}, {"epoch", {{"seconds", time.ms / 1000}, {"milliseconds", time.ms}}}};
}

Value workflow_variable(const State& state, const Reads& reads) {
  return Variable(reads, "workflow")
      .with("id", [&] { return state.id.str(); })
      .with("run", [&] { return state.run.str(); })
      .with("definition", [&] { return state.workflow->document; })
      .with("input", [&] { return state.input.value(); })
      .with("startedAt", [&] { return time_object(state.started_at); })
      .take();
}

// A reference is a pointer into the document. Null where expressions do not ask for it.
Value definition_of(const State& state, const definition::Task& task) {
  const Value::json_pointer place(task.reference);
  const Value& document = state.workflow->document;
  return document.contains(place) ? document[place] : Value(nullptr);
}

Value task_variable(const State& state, const Frame& frame, const Reads& reads) {
  return Variable(reads, "task")
      .with("name", [&] { return frame.task->name; })
      .with("reference", [&] { return frame.task->reference; })
      .with("definition", [&] { return definition_of(state, *frame.task); })
      .with("input", [&] { return frame.raw_input.value(); })
      .with("output", [&] { return frame.output.value(); })
      .with("startedAt", [&] { return time_object(frame.entered_at); })
      .take();
}

Value runtime_variable() { return {{"name", "skald"}, {"version", "0.1.0"}, {"metadata", Value::object()}}; }

// The frame and those around it, the innermost first.
std::vector<const Frame*> path_to(const State& state, const Frame& frame) {
  std::vector<const Frame*> path{&frame};
  while (!path.back()->parent.empty()) path.push_back(&state.frames.at(path.back()->parent));
  return path;
}

const Payload& error_of(const State& state, const Step& undone) {
  return undone.undo.cause.empty() ? state.error : undone.undo.cause;
}

}  // namespace

Result<definition::Scope> Turn::scope(const Frame& frame, const Payload& dot, const Reads& reads) const {
  definition::Scope scope;
  if (reads.dot()) scope.dot = dot.value();
  const auto add = [&](std::string_view name, const auto& make) {
    if (reads.variable(name)) scope.variables.emplace_back(name, make());
  };
  if (const Step* owner = owner_of(state_, frame.scope)) {
    add("forward", [&] { return forward_of(*owner); });
    add("error", [&] { return error_of(state_, *owner).value(); });
  } else {
    add("context", [&] { return state_.context.value(); });
    add("input", [&] { return frame.input.value(); });
    add("output", [&] { return frame.output.value(); });
    add("task", [&] { return task_variable(state_, frame, reads); });
  }
  add("workflow", [&] { return workflow_variable(state_, reads); });
  add("runtime", runtime_variable);
  // Those of the loops and handlers around, the innermost last: it hides what has the same name.
  const auto path = path_to(state_, frame);
  for (auto at = path.rbegin(); at != path.rend(); ++at) {
    definition::Scope locals;
    kind_of(*(*at)->task).variables(**at, locals.variables);
    for (auto& [name, value] : locals.variables) {
      if (reads.variable(name)) scope.set(name, std::move(value));
    }
  }
  return scope;
}

SeenBytes::SeenBytes(const State& state, const Frame& frame, const Payload& dot)
    : state_(state), frame_(frame), dot_(dot), undone_(owner_of(state, frame.scope)) {}

std::optional<definition::ByteScope::Found> SeenBytes::find(const definition::Path& path) {
  if (path.variable.empty()) return whole(dot_);
  for (auto at = locals().rbegin(); at != locals().rend(); ++at) {
    if (at->first == path.variable) return made(at->second, 0);
  }
  if (path.variable == "workflow") return of_workflow(path);
  if (undone_ != nullptr) {
    if (path.variable == "error") return whole(error_of(state_, *undone_));
    return path.variable == "forward" ? of_undone(path) : std::nullopt;
  }
  if (path.variable == "context") return whole(state_.context);
  if (path.variable == "input") return whole(frame_.input);
  if (path.variable == "output") return whole(frame_.output);
  return std::nullopt;
}

const SeenBytes::Locals& SeenBytes::locals() {
  if (locals_) return *locals_;
  locals_.emplace();
  const auto path = path_to(state_, frame_);
  for (auto at = path.rbegin(); at != path.rend(); ++at) kind_of(*(*at)->task).variables(**at, *locals_);
  return *locals_;
}

std::optional<SeenBytes::Found> SeenBytes::of_workflow(const definition::Path& path) {
  if (path.fields.empty()) return std::nullopt;
  if (path.fields[0] == "input") return whole(state_.input, 1);
  if (path.fields[0] == "id") return made(state_.id.str(), 1);
  if (path.fields[0] == "run") return made(state_.run.str(), 1);
  return std::nullopt;
}

std::optional<SeenBytes::Found> SeenBytes::of_undone(const definition::Path& path) {
  if (path.fields.empty()) return std::nullopt;
  if (path.fields[0] == "key") return made(undone_->key, 1);
  if (path.fields[0] == "input") return whole(undone_->input, 1);
  if (path.fields[0] == "output") return whole(undone_->output, 1);
  return std::nullopt;
}

SeenBytes::Found SeenBytes::whole(const Payload& payload, std::size_t fields) {
  if (payload.empty()) return made(nullptr, fields);
  return {payload.bytes(), fields};
}

SeenBytes::Found SeenBytes::made(const Value& value, std::size_t fields) {
  made_ = Payload(value);
  return {made_.bytes(), fields};
}

}  // namespace skald::core
