// Expressions: what is evaluated natively, and what jq is kept from. Input: a program, a zero byte, the JSON that it
// sees as `.` and as its variables.

#include "engine/definition/expression.h"

#include "tests/fuzz/no_jq.h"
#include "tests/fuzz/target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace skald;
  static const std::vector<std::string_view> variables = {"context", "input", "workflow"};
  const auto parts = fuzz::parts_of(fuzz::text_of(data, size), 2);
  fuzz::NoJq jq;
  definition::Scope scope;
  scope.dot = parse_json(parts[1]).value_or(Value{{"a", {{"b", {1, 2, "x"}}}}});
  scope.variables = {{"context", scope.dot}, {"input", Value(5)}, {"workflow", Value::object()}};

  if (const auto expression = definition::Expression::compile(parts[0], variables, jq)) {
    const auto value = expression->evaluate(scope, jq);
    const auto again = expression->evaluate(scope, jq);
    SKALD_CHECK(value.has_value() == again.has_value(), "an expression gives the same twice");
    if (value) SKALD_CHECK(Payload(*value) == Payload(*again), "an expression gives the same twice");
  }
  if (const auto document = parse_json(parts[0])) {
    if (const auto compiled = definition::Template::compile(*document, variables, jq)) {
      (void)compiled->evaluate(scope, jq);
    }
  }
  return 0;
}
