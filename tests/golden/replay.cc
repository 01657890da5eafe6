#include "tests/golden/replay.h"

#include <gtest/gtest.h>

#include <regex>

#include "engine/core/apply.h"
#include "engine/core/kinds.h"
#include "engine/definition/kind.h"

namespace skald::golden {
namespace {

class NeverRun final : public definition::JqRunner {
 public:
  Result<Value> run(const std::string& program, const definition::Scope&) override {
    ADD_FAILURE() << "a replay evaluates an expression: " << program;
    return fail(ErrorKind::kInvalid, "expression-failed", "no expression is evaluated by a replay");
  }
  Status check(const std::string&, const std::vector<std::string_view>&) override { return {}; }
};

std::string without_expressions(const std::string& document) {
  static const std::regex expression(R"('\$\{.*?\}')");
  return std::regex_replace(document, expression, "'$${ ascii }'");
}

}  // namespace

core::State replay(const Stored& history) {
  NeverRun jq;
  auto parsed =
      definition::parse_workflow(without_expressions(history.document), history.name + ".yaml", core::all_kinds(), jq);
  EXPECT_TRUE(parsed) << parsed.error().message;
  if (!parsed) return {};
  core::State state = core::make_state(parsed->workflow);
  for (const std::string& bytes : history.events) {
    const auto event = core::decode_event(bytes);
    EXPECT_TRUE(event) << history.name << ": " << event.error().message;
    if (!event) break;
    core::apply(state, *event);
  }
  return state;
}

}  // namespace skald::golden
