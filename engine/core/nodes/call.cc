// `call`: one task dispatched to the workers that serve its type.
//
// frame     entering --step.scheduled--> running --step.completed--> closing
// attempt   in flight --failed, unknown, timed out--> waiting --retry due--> in flight
//                     --rejected, or no attempt left--> closed, and the error is raised
//
// What is called is a task type, a function of `use.functions`, or `http`: that is a task like any other too, performed
// by a worker for the type "skald.http".

#include "engine/core/nodes/all.h"
#include "engine/core/nodes/http_call.h"
#include "engine/core/turn.h"
#include "engine/definition/secrets.h"

namespace skald::core {
namespace {

struct CallBody final : definition::TaskBody {
  TaskType type;
  std::optional<definition::Template> arguments;       // of a function: what its own `with` sees as `.`
  std::optional<definition::Schema> arguments_schema;  // likewise
  std::optional<definition::Template> with;
  std::vector<std::string> placeholders;  // of http: the names in its endpoint, {like} these
  Value secrets;                          // $secrets of its `with`: references; null: none are in it
};

class Call final : public NodeKind {
 public:
  std::string_view keyword() const override { return "call"; }
  std::vector<std::string_view> keys() const override { return {"with"}; }
  bool has_effect() const override { return true; }

  Result<std::unique_ptr<definition::TaskBody>> parse(definition::TaskReader& reader) const override {
    const definition::DocNode& node = reader.node();
    const definition::DocNode& call = *node.find("call");
    if (!call.is_string()) return reader.error(call, "'call' names a task type, as in inventory.reserve");
    auto body = std::make_unique<CallBody>();
    const auto* with = node.find("with");
    const auto* function = reader.reusable("functions", call.scalar.get<std::string>());
    if (function == nullptr) {
      SKALD_TRY(read_call(reader, node, *body));
      return body;
    }
    if (with != nullptr) body->arguments = reader.document(*with);
    if (!function->is_mapping() || function->find("call") == nullptr || !function->find("call")->is_string()) {
      return reader.error(*function, "a function is a call: { call: a.task, with: {...} }");
    }
    for (const auto& [key, value] : function->entries) {
      if (key == "call" || key == "with" || key == "metadata") continue;
      if (key == "input" && value.is_mapping() && value.find("from") == nullptr) {
        body->arguments_schema = reader.schema(value);
        continue;
      }
      reader.report(value, "'" + key +
                               "' of a function is not supported by this version of Skald; give it to the tasks "
                               "that call it");
    }
    if (reader.reusable("functions", function->find("call")->scalar.get<std::string>()) != nullptr) {
      return reader.error(*function, "a function calls a task type or http, not another function");
    }
    SKALD_TRY(read_call(reader, *function, *body));
    return body;
  }

  std::string task_type(const definition::Task& task) const override { return body_of(task).type.str(); }

  bool uses_secrets(const definition::Task& task) const override { return !body_of(task).secrets.is_null(); }

  Status run(Turn& turn, const Frame& frame) const override {
    const CallBody& body = body_of(*frame.task);
    Payload input = frame.input;
    if (body.arguments) {
      SKALD_ASSIGN(input, turn.evaluate(*body.arguments, frame, frame.input));
    }
    if (body.arguments_schema && !input_fits(turn, frame, *body.arguments_schema, input)) return {};
    const Payload arguments = input;
    if (body.with) {
      SKALD_ASSIGN(input, body.secrets.is_null() ? turn.evaluate(*body.with, frame, input)
                                                 : turn.evaluate_with_secrets(*body.with, frame, input, body.secrets));
    }
    // What an undo is given unless its `with` says something else are input and output of its step, and more.
    if (!body.with) SKALD_TRY(turn.within_limits(input, frame.scope.empty() ? 1 : 3));
    if (!body.placeholders.empty()) input = with_arguments(body, input, arguments);
    schedule_first(turn, frame, std::move(input), body.type.str());
    return {};
  }

 private:
  static const CallBody& body_of(const definition::Task& task) { return static_cast<const CallBody&>(*task.body); }

  static Status read_call(definition::TaskReader& reader, const definition::DocNode& node, CallBody& body) {
    const definition::DocNode& call = *node.find("call");
    const auto* with = node.find("with");
    if (call.scalar == "http") {
      SKALD_ASSIGN(HttpCall http, read_http_call(reader, node));
      body.type = TaskType(kHttpTask);
      body.placeholders = std::move(http.placeholders);
      read_with(reader, http.with, http.secrets, body);
      return {};
    }
    const std::string name = call.scalar.get<std::string>();
    if (name.find("://") != std::string::npos || name.find('@') != std::string::npos) {
      return reader.error(call,
                          "functions of a catalog or another address are not supported by this version of Skald; "
                          "write '" +
                              name + "' out in 'use.functions'");
    }
    auto type = parse_task_type(name);
    if (!type) return reader.error(call, type.error().message);
    body.type = std::move(*type);
    if (with != nullptr) read_with(reader, *with, false, body);
    return {};
  }

  // `secrets`: references to some stand in it besides those of its expressions.
  static void read_with(definition::TaskReader& reader, const definition::DocNode& with, bool secrets, CallBody& body) {
    std::vector<const definition::DocNode*> bad;
    const auto uses = definition::secrets_in(with, bad);
    for (const auto* text : bad) reader.report(*text, "a secret is $secrets.name, or $secrets.name.field");
    for (const auto& use : uses) {
      if (reader.reusable("secrets", use.name) != nullptr) continue;
      reader.report(*use.at, "there is no '" + use.name + "' in 'use.secrets'");
    }
    if (uses.empty() && !secrets) {
      body.with = reader.document(with);
      return;
    }
    body.secrets = definition::secrets_variable(uses);
    if (body.secrets.is_null()) reader.report(with, "a secret is used either as a whole or by its fields, not both");
    body.with = reader.document(with, {"secrets"});
  }

  // What the endpoint's placeholders stand for, from what the task got.
  static Payload with_arguments(const CallBody& body, const Payload& input, const Payload& given) {
    Value from = given.value();
    if (!body.secrets.is_null()) definition::escape_secrets(from);
    Value arguments = Value::object();
    for (const std::string& name : body.placeholders) {
      if (from.is_object() && from.contains(name)) arguments[name] = from[name];
    }
    Value all = input.value();
    all["arguments"] = std::move(arguments);
    return Payload(all);
  }
};

}  // namespace

const NodeKind& call_kind() {
  static const Call kind;
  return kind;
}

}  // namespace skald::core
