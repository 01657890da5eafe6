// What an engine takes on, and what it does first.

#include "engine/runtime/shard_worker.h"
#include "store/memory_log.h"
#include "tests/runtime/engine_fixture.h"

namespace skald::runtime {
namespace {

class Admission : public EngineTest {};

TEST_F(Admission, TakesNoSagaWhileAsManyTasksWaitForWorkersAsMay) {
  max_tasks_ = 3;
  start_engine();
  deploy("  - only: { call: shop.only, effect: none }\n");
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(submit(id));
  Result<Submitted> fourth = submit("d");
  // The task of the third goes out just behind its answer.
  ASSERT_TRUE(eventually([&] {
    if (fourth) fourth = submit("e");
    return !fourth;
  }));
  EXPECT_EQ(fourth.error().code, "overloaded");
  EXPECT_NE(fourth.error().message.find("--max-tasks"), std::string::npos);
  ASSERT_TRUE(operate("a", {Verb::kCancel, "not wanted", "test", "", std::nullopt, {}})) << "operators are let in";

  const TestWorker shop(nats_, {"shop.only"},
                        [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  ASSERT_TRUE(becomes("b", "completed"));
  EXPECT_TRUE(eventually([&] { return submit("f").has_value(); }));
  EXPECT_TRUE(becomes("f", "completed"));
}

// A shard's thread, turned by the test, over a log in memory.
class Starts : public ::testing::Test {
 protected:
  store::MemoryLog log_;
  Journal journal_{log_, [](const Error&) {}, Drive::kTurns};
  definition::JqProcess jq_;
  Catalog catalog_{jq_};
  const SystemClock clock_;
  Watchers watchers_;
  Metrics metrics_;
  Activity activity_;
  ShardContext context_{log_,       journal_,     catalog_, jq_,     clock_,  watchers_,
                        metrics_,   activity_,    {},       nullptr, nullptr, [](const Error&) {},
                        random_u64, Drive::kTurns};
  ShardWorker worker_{context_, {0}};
};

TEST_F(Starts, WaitUntilNothingElseDoes) {
  std::string order;
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(worker_.post_start([&order](ShardWorker&) { order += "s"; }));
  for (int i = 0; i < 300; ++i) worker_.post_always([&order](ShardWorker&) { order += "r"; });
  while (worker_.turn()) {
  }
  EXPECT_EQ(order, std::string(300, 'r') + std::string(300, 's'));
}

TEST_F(Starts, AreRefusedWhereTooManyWait) {
  for (std::size_t i = 0; i < ShardWorker::kMaxStarts; ++i) ASSERT_TRUE(worker_.post_start([](ShardWorker&) {}));
  EXPECT_FALSE(worker_.post_start([](ShardWorker&) {}));
  EXPECT_TRUE(worker_.post([](ShardWorker&) {})) << "what is about a saga that has begun has a queue of its own";
}

}  // namespace
}  // namespace skald::runtime
