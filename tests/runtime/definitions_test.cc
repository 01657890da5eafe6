// How long it takes to deploy a large definition and to start with many; the figures are printed, the bounds generous:
// an idle machine of two cores needs a tenth of them.

#include <fmt/format.h>

#include <chrono>

#include "tests/runtime/engine_fixture.h"

namespace skald::runtime {
namespace {

constexpr int kSteps = 200;
constexpr Millis kBound{10'000};

class Definitions : public EngineTest {
 protected:
  static std::string document(const std::string& name, const std::string& tasks) {
    return fmt::format("document: {{ dsl: '1.0.3', namespace: test, name: {}, version: '1.0.0' }}\ndo:\n{}", name,
                       tasks);
  }

  // So many steps with two plain expressions each, and an undo.
  static std::string steps(int count) {
    std::string tasks;
    for (int i = 0; i < count; ++i) {
      tasks += fmt::format(R"(
  - step{0}:
      call: shop.task
      with: {{ order: '${{ $workflow.id }}', total: '${{ $input.items[{0}].price * 2 + 1 }}' }}
      compensate: {{ call: shop.undo, with: {{ step: {0} }} }})",
                           i);
    }
    return tasks;
  }

  template <typename Act>
  static Millis taken_by(const char* what, Act act) {
    const auto begin = std::chrono::steady_clock::now();
    act();
    const auto taken = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begin);
    fmt::print("{}: {} ms\n", what, taken.count());
    return taken;
  }
};

TEST_F(Definitions, ALargeOneIsDeployedAtOnce) {
  start_engine();
  const std::string text = document("large", steps(kSteps));
  EXPECT_LT(taken_by("200 steps with 400 plain expressions", [&] { ASSERT_TRUE(engine_->deploy(text, "large.yaml")); }),
            kBound);
}

TEST_F(Definitions, ExpressionsOfJqAreCheckedTogether) {
  start_engine();
  std::string tasks;
  for (int i = 0; i < 100; ++i) {
    tasks += fmt::format("  - step{0}: {{ set: {{ a: '${{ .items | map(select(.price > {0})) | length }}' }} }}\n", i);
  }
  const std::string text = document("queries", tasks);
  EXPECT_LT(taken_by("100 expressions of jq", [&] { ASSERT_TRUE(engine_->deploy(text, "queries.yaml")); }), kBound);
}

TEST_F(Definitions, EveryBadExpressionIsToldWithItsPlace) {
  start_engine();
  const auto deployed = engine_->deploy(document("bad", R"(
  - good: { set: { a: '${ .a | tojson }' } }
  - first: { set: { a: '${ .a | lenght }' } }
  - second:
      set:
        b: '${ [.a[] }'
  - third: { if: '${ $nobody | tojson }', set: { a: 1 } }
)"),
                                        "bad.yaml");
  ASSERT_FALSE(deployed);
  const std::string& message = deployed.error().message;
  EXPECT_NE(message.find("bad.yaml:5:24: jq has no 'lenght'; did you mean 'length'?"), std::string::npos) << message;
  EXPECT_NE(message.find("bad.yaml:8:12: not valid jq: a '[' is not closed"), std::string::npos) << message;
  EXPECT_NE(message.find("bad.yaml:9:18: $nobody is not defined here; there are $context"), std::string::npos)
      << message;
}

// In loose mode whatever is no expression is a text, however many there are; after a restart too.
TEST_F(Definitions, TextsOfALooseOneStayTexts) {
  start_engine();
  std::string texts;
  for (int i = 0; i < 25; ++i) texts += fmt::format("t{0}: 'number {0} of many', ", i);
  deploy("  - say: { set: { " + texts + " sum: '.items | map(. + 1) | tojson', last: 'the end' } }\n",
         "evaluate: { mode: loose }\n");
  for (const char* id : {"before", "after"}) {
    ASSERT_TRUE(submit(id, {{"items", {1, 2}}}));
    ASSERT_TRUE(becomes(id, "completed"));
    const Value output = engine_->show(*engine_->resolve(id))->output.value();
    EXPECT_EQ(output["t24"], "number 24 of many");
    EXPECT_EQ(output["last"], "the end");
    EXPECT_EQ(output["sum"], "[2,3]");
    stop_engine();
    start_engine();
  }
}

TEST_F(Definitions, AnEngineWithManyStartsAtOnce) {
  {
    auto log = store::RocksLog::open(folder_);
    ASSERT_TRUE(log) << log.error().message;
    store::Batch batch;
    const std::string tasks = steps(kSteps);
    for (int i = 0; i < 100; ++i) {
      const std::string name = fmt::format("many-{}", i);
      batch.definitions.push_back({"test/" + name, "1.0.0", "", document(name, tasks), Time{}});
    }
    ASSERT_TRUE((*log)->commit(batch));
  }
  EXPECT_LT(taken_by("start with 100 definitions of 200 steps", [&] { start_engine(); }), kBound);
  EXPECT_EQ(engine_->definitions().size(), 100U);
}

TEST_F(Definitions, OneThatDoesNotCompileAnyMoreStopsItsOwnSagasOnly) {
  {
    auto log = store::RocksLog::open(folder_);
    ASSERT_TRUE(log) << log.error().message;
    store::Batch batch;
    batch.definitions.push_back({"test/broken", "1.0.0", "", "no: workflow", Time{}});
    ASSERT_TRUE((*log)->commit(batch));
  }
  start_engine();
  deploy("  - wait: { call: shop.task }\n");
  EXPECT_TRUE(submit("one"));
  std::promise<std::string> refused;
  engine_->submit({"test/broken", "", "two", Payload(Value::object()), {}},
                  [&](const Result<Submitted>& result) { refused.set_value(result ? "taken" : result.error().code); });
  EXPECT_EQ(refused.get_future().get(), "damaged-definition");
}

}  // namespace
}  // namespace skald::runtime
