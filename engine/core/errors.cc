// Where errors go, and what they are.

#include <fmt/format.h>

#include "engine/core/kinds.h"
#include "engine/core/turn.h"

namespace skald::core {
namespace {

constexpr std::string_view kErrorTypes = "https://serverlessworkflow.io/spec/1.0.0/errors/";

// Likewise where there is no condition.
bool holds(Turn& turn, const std::optional<definition::Expression>& condition, const Frame& frame, const Payload& error,
           bool otherwise) {
  if (!condition) return otherwise;
  auto scope = turn.scope(frame, frame.input, condition->reads());
  if (!scope) return false;
  scope->set("error", error.value());
  const auto value = condition->evaluate(*scope, turn.env().jq);
  return value && turn.holds(frame, condition->text(), *value);
}

}  // namespace

bool truthy(const Value& value) { return !value.is_null() && value != Value(false); }

Payload fault(const Error& error, const Frame& frame) {
  return standard_error("expression", 400, "Expression failed", error.message, frame.task->reference);
}

Payload standard_error(std::string_view type, int status, std::string_view title, std::string_view detail,
                       std::string_view instance) {
  return Payload(Value{{"type", fmt::format("{}{}", kErrorTypes, type)},
                       {"status", status},
                       {"title", title},
                       {"detail", detail},
                       {"instance", instance}});
}

Payload attempt_error(const Payload& said, std::string_view type, int status, std::string_view title,
                      std::string_view instance) {
  Value error = said.value();
  if (!error.is_object()) error = Value::object();
  const auto complete = [&](const char* field, Value value) {
    if (!error.contains(field)) error[field] = std::move(value);
  };
  complete("type", fmt::format("{}{}", kErrorTypes, type));
  complete("status", status);
  complete("title", title);
  complete("instance", instance);
  return Payload(error);
}

bool retry_allowed(Turn& turn, const definition::RetryPolicy& policy, const Frame& frame, const Payload& error) {
  return holds(turn, policy.when, frame, error, true) && !holds(turn, policy.except_when, frame, error, false);
}

bool caught(Turn& turn, const std::string& key, const Payload& error) {
  const State& state = turn.state();
  std::string at = state.frames.at(key).parent;
  Payload current = error;
  while (!at.empty()) {
    const Frame& frame = state.frames.at(at);
    const auto done = kind_of(*frame.task).catches(turn, frame, current);
    // A filter that cannot be evaluated is an error of its own, for the tries further out.
    if (!done) current = fault(done.error(), frame);
    if (done && *done) return true;
    at = state.frames.at(at).parent;
  }
  return false;
}

bool input_fits(Turn& turn, const Frame& frame, const definition::Schema& schema, const Payload& input) {
  const Status fits = turn.fits(frame, schema, input.value());
  if (fits) return true;
  raise(
      turn, std::string(frame.key),
      standard_error("validation", 400, "Input does not fit its schema", fits.error().message, frame.task->reference));
  return false;
}

}  // namespace skald::core
