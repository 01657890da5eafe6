// `call`: one task dispatched to the workers that serve its type.
//
// frame     entering --step.scheduled--> running --step.completed--> closing
// attempt   in flight --failed, unknown, timed out--> waiting --retry due--> in flight
//                     --rejected, or no attempt left--> closed, and the error is raised
//
// What is called is a task type, a function of `use.functions`, or `http`: that is a task like any other too, performed
// by a worker for the type "skald.http".

#include <algorithm>

#include "engine/core/nodes/all.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

constexpr const char* kHttpTask = "skald.http";

struct CallBody final : definition::TaskBody {
  TaskType type;
  std::optional<definition::Template> arguments;  // of a function: what its own `with` sees as `.`
  std::optional<definition::Template> with;
  std::vector<std::string> placeholders;  // of http: the names in its endpoint, {like} these
};

// The names in braces of a URI template.
std::vector<std::string> names_in(const std::string& uri) {
  std::vector<std::string> names;
  for (auto begin = uri.find('{'); begin != std::string::npos; begin = uri.find('{', begin + 1)) {
    const auto end = uri.find('}', begin);
    if (end == std::string::npos) break;
    names.push_back(uri.substr(begin + 1, end - begin - 1));
  }
  return names;
}

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
    reader.only_keys(*function, {"call", "with", "metadata"}, "a function");
    if (reader.reusable("functions", function->find("call")->scalar.get<std::string>()) != nullptr) {
      return reader.error(*function, "a function calls a task type or http, not another function");
    }
    SKALD_TRY(read_call(reader, *function, *body));
    return body;
  }

  std::string task_type(const definition::Task& task) const override { return body_of(task).type.str(); }

  Status run(Turn& turn, const Frame& frame) const override {
    const CallBody& body = body_of(*frame.task);
    Payload input = frame.input;
    if (body.arguments) {
      SKALD_ASSIGN(input, turn.evaluate(*body.arguments, frame, frame.input));
    }
    const Payload arguments = input;
    if (body.with) {
      SKALD_ASSIGN(input, turn.evaluate(*body.with, frame, input));
    }
    if (!body.placeholders.empty()) input = with_arguments(body, input, arguments);
    schedule_first(turn, frame, std::move(input), body.type.str());
    return {};
  }

 private:
  static const CallBody& body_of(const definition::Task& task) { return static_cast<const CallBody&>(*task.body); }

  static Status read_call(definition::TaskReader& reader, const definition::DocNode& node, CallBody& body) {
    const definition::DocNode& call = *node.find("call");
    const auto* with = node.find("with");
    if (call.scalar == "http") return read_http(reader, node, body);
    auto type = parse_task_type(call.scalar.get<std::string>());
    if (!type) return reader.error(call, type.error().message);
    body.type = std::move(*type);
    if (with != nullptr) body.with = reader.document(*with);
    return {};
  }

  static Status read_http(definition::TaskReader& reader, const definition::DocNode& node, CallBody& body) {
    const auto* with = node.find("with");
    if (with == nullptr || !with->is_mapping() || with->find("method") == nullptr ||
        with->find("endpoint") == nullptr) {
      return reader.error(with != nullptr ? *with : node, "'call: http' needs with: { method, endpoint }");
    }
    reader.only_keys(*with, {"method", "endpoint", "headers", "body", "query", "output", "redirect"}, "'with'");
    body.type = TaskType(kHttpTask);
    body.with = reader.document(*with);
    const definition::DocNode& endpoint = *with->find("endpoint");
    const auto* uri = endpoint.is_mapping() ? endpoint.find("uri") : &endpoint;
    if (uri == nullptr) return reader.error(endpoint, "an endpoint needs 'uri'");
    if (endpoint.is_mapping()) reader.only_keys(endpoint, {"uri", "authentication"}, "an endpoint");
    if (const auto* authentication = endpoint.is_mapping() ? endpoint.find("authentication") : nullptr) {
      check_authentication(reader, *authentication);
    }
    const bool expression = uri->is_string() && uri->scalar.get_ref<const std::string&>().rfind("${", 0) == 0;
    if (uri->is_string() && !expression) body.placeholders = names_in(uri->scalar.get<std::string>());
    return {};
  }

  static void check_authentication(definition::TaskReader& reader, const definition::DocNode& node) {
    if (!node.is_mapping())
      return reader.report(node, "'authentication' is a mapping: { basic: ... } or { bearer: ... }");
    for (const auto& [scheme, what] : node.entries) {
      if (scheme != "basic" && scheme != "bearer") {
        reader.report(what, "authentication '" + scheme +
                                "' is not supported by this version of Skald; supported: "
                                "basic, bearer");
      } else if (what.is_mapping() && what.find("use") != nullptr) {
        reader.report(what, "secrets are not supported by this version of Skald; write the credentials as expressions");
      }
    }
  }

  // What the endpoint's placeholders stand for, from what the task got.
  static Payload with_arguments(const CallBody& body, const Payload& input, const Payload& given) {
    const Value from = given.value();
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
