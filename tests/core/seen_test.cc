// What an expression sees is the same whether a document of paths is put together from bytes or evaluated.

#include <fmt/format.h>

#include "tests/core/saga_fixture.h"

namespace skald::core {
namespace {

// `{ a0: '${ path }', ... }`. With `parsed` each is more than a path, and gives the same.
std::string document(const std::vector<std::string>& paths, bool parsed) {
  std::string made;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    made += fmt::format("{}a{}: '${{ {}{} }}'", i == 0 ? "{ " : ", ", i, paths[i], parsed ? " | ." : "");
  }
  return made + " }";
}

// A saga that goes through all places where a document may stand.
Saga everywhere(bool parsed) {
  // Those alone whose bytes are at hand: with another the whole document would be evaluated.
  const auto paths = [&](std::vector<std::string> here, bool forward = true) {
    for (const char* each : {".list", ".none.x", "$workflow.id", "$workflow.run", "$workflow.input.body.list"}) {
      here.emplace_back(each);
    }
    for (const char* each : {"$context.a0", "$input.list"}) {
      if (forward) here.emplace_back(each);
    }
    return document(here, parsed);
  };
  Saga saga(fmt::format(R"(
  - first:
      input: {{ from: {6} }}
      call: svc.first
      with: {6}
      output: {{ as: {5} }}
      export: {{ as: {5} }}
      compensate:
        do:
          - each: {{ for: {{ in: $workflow.input.body.list }}, do: [ {{ undo: {{ call: undo.first, with: {1} }} }} ] }}
  - outer:
      for: {{ each: row, in: $workflow.input.body.list, at: y }}
      do:
        - inner: {{ for: {{ each: cell, in: $row.cells, at: x }}, do: [ {{ one: {{ set: {2} }} }} ] }}
        - hides: {{ for: {{ each: row, in: $row.cells, at: x }}, do: [ {{ one: {{ set: {3} }} }} ] }}
  - attempt:
      try: [ {{ bad: {{ call: svc.bad }} }} ]
      catch: {{ as: err, do: [ {{ fix: {{ set: {4} }} }} ] }}
  - last: {{ call: svc.last }}
)",
                        paths({}),
                        paths({"$forward.key", "$forward.input.a0", "$forward.output.list", "$error", "$error.title",
                               "$item.n", "$index"},
                              false),
                        paths({"$cell", "$cell.v", "$x", "$row.n", "$y", "$row.cells"}), paths({"$row", "$x", "$y"}),
                        paths({"$err", "$err.title", "$err.none.x"}), paths({"$output", "$output.list"}),
                        paths({".", "$context", "$input"})),
            fmt::format("input: {{ from: {} }}\noutput: {{ as: {} }}\n", paths({}), paths({"$output"})));
  const Value list = {{{"n", 1}, {"cells", {{{"v", 1.5}}, nullptr}}}, {{"n", 2}, {"cells", {nullptr}}}};
  saga.start({{"body", {{"list", list}}}, {"list", {7}}});
  saga.completes("/do/0/first", {{"list", {"got"}}}).rejected("/do/2/attempt/try/0/bad");
  return saga;
}

void expect_same(const Saga& spliced, const Saga& evaluated) {
  ASSERT_EQ(spliced.history.size(), evaluated.history.size());
  for (std::size_t i = 1; i < spliced.history.size(); ++i) {  // the first names the definition
    EXPECT_EQ(to_json(to_value(spliced.history[i])), to_json(to_value(evaluated.history[i])));
  }
}

TEST(Seen, IsTheSameOnTheWayForward) {
  Saga spliced = everywhere(false);
  Saga evaluated = everywhere(true);
  spliced.completes("/do/3/last", {{"list", {9}}});
  evaluated.completes("/do/3/last", {{"list", {9}}});
  EXPECT_EQ(spliced.status(), "completed");
  expect_same(spliced, evaluated);
}

TEST(Seen, IsTheSameInsideAnUndo) {
  Saga spliced = everywhere(false);
  Saga evaluated = everywhere(true);
  for (Saga* saga : {&spliced, &evaluated}) {
    saga->rejected("/do/3/last");
    for (int round = 0; round < 2; ++round) {
      ASSERT_EQ(saga->in_flight().size(), 1U);
      saga->completes(saga->in_flight()[0]);
    }
    EXPECT_EQ(saga->status(), "compensated");
  }
  expect_same(spliced, evaluated);
}

}  // namespace
}  // namespace skald::core
