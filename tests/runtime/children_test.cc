// Sagas that sagas run, on the real broker and database.

#include "engine/core/children.h"

#include "tests/runtime/engine_fixture.h"

namespace skald::runtime {
namespace {

constexpr const char* kChild = R"(
  - one: { call: kid.one, compensate: { call: kid.undo } }
  - two: { call: kid.two, compensate: { call: kid.undo } }
)";
constexpr const char* kParent = R"(
  - kid: { run: { workflow: { namespace: test, name: kid, input: { n: '${ .n }' } } } }
  - last: { call: shop.last }
)";

class ChildSagas : public EngineTest {
 protected:
  void deploy_as(const std::string& name, const std::string& tasks) {
    const auto deployed = engine_->deploy(
        "document: { dsl: '1.0.3', namespace: test, name: " + name + ", version: '1.0.0' }\ndo:\n" + tasks,
        "test.yaml");
    ASSERT_TRUE(deployed) << deployed.error().message;
  }
  void deploy_both() {
    deploy_as("kid", kChild);
    deploy_as("flow", kParent);
  }
  std::string kid_of(const std::string& id) {
    return core::child_id(engine_->resolve(id)->str() + ":/do/0/kid:1").str();
  }
};

TEST_F(ChildSagas, AChildsOutputIsTheStepsOutput) {
  start_engine();
  deploy_both();
  TestWorker worker(nats_, {"kid.one", "kid.two", "shop.last"}, [](TestWorker& self, const TestWorker::Task& task) {
    self.complete(task, {{"task", task.message.task}, {"seen", task.message.input.value()}});
  });
  ASSERT_TRUE(submit("one", {{"n", 7}}));
  ASSERT_TRUE(becomes("one", "completed"));
  const Value output = engine_->show(*engine_->resolve("one"))->output.value();
  EXPECT_EQ(output["seen"]["task"], "kid.two");
  EXPECT_EQ(output["seen"]["seen"]["seen"], (Value{{"n", 7}}));
  EXPECT_EQ(status(kid_of("one")), "completed");
}

TEST_F(ChildSagas, AChildThatFailsFailsTheStepAndIsUndone) {
  start_engine();
  deploy_both();
  TestWorker worker(nats_, {"kid.one", "kid.two", "kid.undo"}, [](TestWorker& self, const TestWorker::Task& task) {
    if (task.message.task != "kid.two") return self.complete(task);
    self.answer(task, wire::Outcome::kRejected, {{"title", "no"}, {"status", 409}});
  });
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(becomes("one", "failed"));
  EXPECT_EQ(status(kid_of("one")), "compensated");
  EXPECT_EQ(engine_->show(*engine_->resolve("one"))->summary.error.value()["title"], "no");
}

TEST_F(ChildSagas, ACompletedChildIsUndoneThroughItsOwnUndos) {
  start_engine();
  deploy_both();
  TestWorker worker(nats_, {"kid.one", "kid.two", "kid.undo", "shop.last"},
                    [](TestWorker& self, const TestWorker::Task& task) {
                      if (task.message.task != "shop.last") return self.complete(task);
                      self.answer(task, wire::Outcome::kRejected, {{"title", "no"}});
                    });
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(becomes("one", "compensated"));
  EXPECT_EQ(status(kid_of("one")), "completed") << "a final status never flips";
  EXPECT_EQ(count(kid_of("one"), "compensation.completed /do/0/one"), 1);
  EXPECT_EQ(count(kid_of("one"), "compensation.completed /do/1/two"), 1);
}

TEST_F(ChildSagas, WhatAChildCouldNotUndoIsLeftBehindByItsParent) {
  start_engine();
  deploy_as("kid", "  - one: { call: kid.one }\n");
  deploy_as("flow", kParent);
  TestWorker worker(nats_, {"kid.one", "shop.last"}, [](TestWorker& self, const TestWorker::Task& task) {
    if (task.message.task != "shop.last") return self.complete(task);
    self.answer(task, wire::Outcome::kRejected, {{"title", "no"}});
  });
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(becomes("one", "compensated"));
  EXPECT_EQ(engine_->show(*engine_->resolve("one"))->summary.left_behind, std::vector<std::string>{"/do/0/kid"});
}

TEST_F(ChildSagas, AnOperatorsRetryBehindThePivotRunsAnotherChild) {
  start_engine();
  deploy_as("kid", "  - one: { call: kid.one }\n");
  deploy_as(
      "flow",
      "  - pay: { call: shop.pay, pivot: true }\n  - kid: { run: { workflow: { namespace: test, name: kid } } }\n");
  TestWorker worker(nats_, {"kid.one", "shop.pay"},
                    [no = true](TestWorker& self, const TestWorker::Task& task) mutable {
                      if (task.message.task == "shop.pay" || !no) return self.complete(task);
                      no = false;
                      self.answer(task, wire::Outcome::kRejected, {{"title", "no"}});
                    });
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(becomes("one", "stuck"));
  ASSERT_TRUE(operate("one", {Verb::kRetry, "mended", "me", "", std::nullopt, {}}));
  ASSERT_TRUE(becomes("one", "completed"));
  const std::string key = engine_->resolve("one")->str() + ":/do/1/kid:1";
  EXPECT_EQ(status(core::child_id(key).str()), "failed");
  EXPECT_EQ(status(core::child_id(key, 2).str()), "completed");
}

TEST_F(ChildSagas, ACancelReachesTheChildAndWaitsForIt) {
  start_engine();
  deploy_both();
  TestWorker worker(nats_, {"kid.one", "kid.undo"},
                    [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(eventually([&] { return count(kid_of("one"), "step.scheduled /do/1/two") == 1; }));
  ASSERT_TRUE(operate("one", {Verb::kCancel, "enough", "me", "", std::nullopt, {}}));
  ASSERT_TRUE(becomes("one", "cancelled"));
  EXPECT_EQ(status(kid_of("one")), "cancelled");
}

TEST_F(ChildSagas, AChildOfAWorkflowThatIsNotThereFailsTheStep) {
  start_engine();
  deploy_as("flow", kParent);
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(becomes("one", "failed"));
  EXPECT_EQ(engine_->show(*engine_->resolve("one"))->summary.error.value()["code"], "unknown-workflow");
}

TEST_F(ChildSagas, AWorkflowThatRunsOneWithAPivotIsRefusedUnlessItSaysSo) {
  start_engine();
  deploy_as("kid", "  - pay: { call: kid.pay, pivot: true }\n");
  const auto deployed = engine_->deploy(
      std::string("document: { dsl: '1.0.3', namespace: test, name: flow, version: '1.0.0' }\ndo:\n") + kParent,
      "p.yaml");
  ASSERT_FALSE(deployed);
  EXPECT_EQ(deployed.error().code, "bad-definition");
  EXPECT_NE(deployed.error().message.find("p.yaml:4:"), std::string::npos) << deployed.error().message;
}

TEST_F(ChildSagas, ASagaThatRunsItselfEndsAtTheDeepest) {
  start_engine();
  deploy_as("flow", "  - kid: { run: { workflow: { namespace: test, name: flow } } }\n");
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(becomes("one", "failed"));
  EXPECT_EQ(engine_->show(*engine_->resolve("one"))->summary.error.value()["code"], "too-deep");
}

TEST_F(ChildSagas, WhatIsOwedBetweenThemSurvivesTheEngine) {
  start_engine();
  deploy_both();
  ASSERT_TRUE(submit("one", {{"n", 1}}));
  TestWorker worker(nats_, {"kid.one", "kid.two", "kid.undo", "shop.last"},
                    [](TestWorker& self, const TestWorker::Task& task) {
                      if (task.message.task != "shop.last") return self.complete(task);
                      self.answer(task, wire::Outcome::kRejected, {{"title", "no"}});
                    });
  for (int life = 0; life < 8 && status("one") != "compensated"; ++life) {
    stop_engine();
    start_engine();
    const std::string before = told("one") + told(kid_of("one"));
    eventually([&] { return told("one") + told(kid_of("one")) != before; }, std::chrono::seconds(2));
  }
  ASSERT_TRUE(becomes("one", "compensated"));
  EXPECT_EQ(count(kid_of("one"), "compensation.completed /do/0/one"), 1);
}

TEST_F(ChildSagas, AChildThatHasBegunGoesOnWhateverIsDeployedMeanwhile) {
  start_engine();
  deploy_both();
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(eventually([&] { return status(kid_of("one")) == "running"; }));
  ASSERT_TRUE(
      engine_->deploy("document: { dsl: '1.0.3', namespace: test, name: kid, version: '2.0.0' }\n"
                      "do:\n  - pay: { call: kid.pay, pivot: true }\n",
                      "kid.yaml"));
  stop_engine();
  start_engine();
  TestWorker worker(nats_, {"kid.one", "kid.two", "shop.last"},
                    [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  ASSERT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(count(kid_of("one"), "step.completed /do/1/two"), 1);
}

TEST_F(ChildSagas, AnInputThatDoesNotFitIsRefusedAtTheDoorAndByTheParent) {
  start_engine();
  deploy_as("kid", kChild);
  const auto deployed = engine_->deploy(
      "document: { dsl: '1.0.3', namespace: test, name: strict, version: '1.0.0' }\n"
      "input: { schema: { document: { required: [name] } } }\ndo:\n  - a: { set: { x: 1 } }\n",
      "s.yaml");
  ASSERT_TRUE(deployed);
  deploy_as("flow", "  - kid: { run: { workflow: { namespace: test, name: strict } } }\n");
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(becomes("one", "failed"));
  EXPECT_EQ(engine_->show(*engine_->resolve("one"))->summary.error.value()["code"], "schema-mismatch");
}

}  // namespace
}  // namespace skald::runtime
