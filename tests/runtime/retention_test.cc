// What retention removes, how much at a time, and what happens to those who come too late.

#include "engine/runtime/retention.h"

#include <future>
#include <set>

#include "engine/core/children.h"
#include "store/memory_log.h"
#include "tests/runtime/engine_fixture.h"

namespace skald::runtime {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;

TEST(RetentionLength, IsLongerThanAResultLiesInTheBroker) {
  EXPECT_TRUE(check_retention(Millis(0))) << "for ever";
  EXPECT_TRUE(check_retention(Millis(25 * kHourMs)));
  const Status refused = check_retention(Millis(24 * kHourMs));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "retention-too-short");
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
}

class SetClock final : public Clock {
 public:
  Time now() const override { return now_; }
  Time now_{1'700'000'000'000};
};

// Over a log whose sagas the test makes, without shards: a removal is committed at once, or refused.
class RetentionTurns : public ::testing::Test {
 protected:
  static constexpr std::int64_t kEnd = 1'700'000'000'000;

  // A saga that ended so long before now.
  void add(const std::string& id, const std::string& status, Millis ended_ago, std::uint64_t events = 5) {
    store::Summary saga;
    saga.run = make_run_id(Time{kEnd - ended_ago.count() - 1'000}, 1, ++made_);
    saga.id = SagaId(id);
    saga.workflow = "test/flow";
    saga.status = status;
    saga.started_at = Time{kEnd - ended_ago.count() - 1'000};
    saga.final = status != "running" && status != "stuck";
    if (saga.final) saga.ended_at = Time{kEnd - ended_ago.count()};
    saga.events = events;
    store::Batch batch;
    batch.summaries = {{saga, ""}};
    batch.ids = {{saga.id, saga.run}};
    ASSERT_TRUE(log_.commit(batch));
  }
  Retention retention() {
    Retention::Options options;
    options.keep = Millis(10'000);
    options.runs = 10;
    options.events = 100;
    return Retention(log_, clock_, metrics_, options, [this](const RunId& run, Millis, std::function<void(bool)> done) {
      ++asked_;
      if (overloaded_) return false;
      const store::Summary saga = **log_.summary(run);
      if (refused_.count(saga.id.str()) > 0) {
        done(false);
        return true;
      }
      store::Batch batch;
      batch.removals = {{saga, clock_.now()}};
      EXPECT_TRUE(log_.commit(batch));
      done(true);
      return true;
    });
  }
  std::uint64_t left() const { return *log_.count({}); }
  // Turns until it says that there is nothing to do for a while.
  int turns_until_idle(Retention& retention) const {
    for (int turns = 1; turns < 1'000; ++turns) {
      if (retention.turn() == Retention::Options().look_every) return turns;
    }
    return -1;
  }

  store::MemoryLog log_;
  SetClock clock_;
  Metrics metrics_;
  std::uint64_t made_ = 0;
  int asked_ = 0;
  bool overloaded_ = false;
  std::set<std::string> refused_;
};

TEST_F(RetentionTurns, WhatEndedLongAgoGoesWhateverItsEnd) {
  for (const char* status : {"completed", "compensated", "failed", "cancelled", "terminated"}) {
    add(std::string("old-") + status, status, Millis(20'000));
    add(std::string("new-") + status, status, Millis(5'000));
  }
  add("old-running", "running", Millis(20'000));
  add("old-stuck", "stuck", Millis(20'000));
  Retention sweep = retention();
  EXPECT_GT(turns_until_idle(sweep), 0);
  EXPECT_EQ(left(), 7U);
  const auto page = log_.list({});
  for (const auto& saga : page->items) {
    EXPECT_TRUE(saga.id.str().rfind("new-", 0) == 0 || !saga.final) << saga.id.str();
  }
  const auto run = log_.find(SagaId("old-failed"));
  EXPECT_EQ((*log_.removed(**run))->status, "failed");
  EXPECT_NE(metrics_.text().find("sagas_removed\"} 5"), std::string::npos);
}

TEST_F(RetentionTurns, GoesByTheEndNotByTheStart) {
  add("long", "completed", Millis(5'000));
  auto saga = **log_.summary(*log_.find(SagaId("long"))->operator->());
  saga.started_at = Time{kEnd - 3'600'000};
  store::Batch batch;
  batch.summaries = {{saga, saga.status}};
  ASSERT_TRUE(log_.commit(batch));
  Retention sweep = retention();
  EXPECT_GT(turns_until_idle(sweep), 0);
  EXPECT_EQ(left(), 1U);
  clock_.now_ = clock_.now_ + Millis(6'000);
  EXPECT_GT(turns_until_idle(sweep), 0);
  EXPECT_EQ(left(), 0U);
}

TEST_F(RetentionTurns, ATurnIsBoundedInSagasAndInEvents) {
  for (int i = 0; i < 35; ++i) add("s" + std::to_string(i), "completed", Millis(20'000 + i));
  Retention sweep = retention();
  (void)sweep.turn();
  EXPECT_EQ(left(), 25U);
  EXPECT_GT(turns_until_idle(sweep), 0);
  EXPECT_EQ(left(), 0U);

  for (int i = 0; i < 5; ++i) add("large" + std::to_string(i), "completed", Millis(20'000 + i), 60);
  add("huge", "completed", Millis(30'000), 5'000);
  std::uint64_t before = left();
  for (int turns = 0; left() > 0 && turns < 100; ++turns) {
    (void)sweep.turn();
    EXPECT_LE(before - left(), 1U) << "two of them have more events than go at a time";
    before = left();
  }
  EXPECT_EQ(left(), 0U) << "one that is larger than the bound goes alone";
}

TEST_F(RetentionTurns, WhatStaysIsAskedForOncePerLook) {
  add("damaged", "completed", Millis(20'000));
  add("fine", "completed", Millis(20'000));
  refused_ = {"damaged"};
  Retention sweep = retention();
  EXPECT_GT(turns_until_idle(sweep), 0);
  EXPECT_EQ(left(), 1U);
  asked_ = 0;
  EXPECT_GT(turns_until_idle(sweep), 0);
  EXPECT_EQ(asked_, 1);
}

TEST_F(RetentionTurns, AnOverloadedEngineIsNotPressed) {
  for (int i = 0; i < 5; ++i) add("s" + std::to_string(i), "completed", Millis(20'000));
  overloaded_ = true;
  Retention sweep = retention();
  (void)sweep.turn();
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(left(), 5U);
  overloaded_ = false;
  EXPECT_GT(turns_until_idle(sweep), 0);
  EXPECT_GT(turns_until_idle(sweep), 0);
  EXPECT_EQ(left(), 0U);
}

// A step whose outcome is unknown, and is undone; the worker keeps the first step's task, to answer it once more.
constexpr const char* kUnknownStep = R"(
  - first: { call: shop.first, retry: { limit: { attempt: { count: 1 } } }, compensate: { call: shop.undo } }
)";

class RetentionOfSagas : public EngineTest {
 protected:
  RetentionOfSagas() {
    retention_.keep = Millis(48 * kHourMs);
    retention_.look_every = Millis(2);
    retention_.pause = Millis(2);
  }
  void SetUp() override {
    start_engine_with(retention_, shift_ms_);
    deploy(kUnknownStep);
  }
  void let_days_pass() { shift_ms_ += 72 * kHourMs; }
  ::testing::AssertionResult becomes_expired(const std::string& id) { return becomes(id, "expired"); }
  std::string submit_code(const std::string& id) {
    const auto submitted = submit(id);
    return submitted ? "accepted" : submitted.error().code;
  }
  // Answers unknown, and keeps the task.
  void serve(TestWorker& self, const TestWorker::Task& task) {
    if (task.message.task == "shop.undo") {
      const bool again = task.message.key.ends_with(":undo:2");
      {
        const std::lock_guard lock(tasks_mutex_);
        if (again && hold_second_undo_) {
          undos_.push_back(task);
          return;
        }
      }
      return self.complete(task);
    }
    self.answer(task, wire::Outcome::kUnknown, {{"title", "lost"}});
    const std::lock_guard lock(tasks_mutex_);
    kept_.push_back(task);
  }
  std::vector<TestWorker::Task> kept() {
    const std::lock_guard lock(tasks_mutex_);
    return kept_;
  }
  std::vector<TestWorker::Task> held_undos() {
    const std::lock_guard lock(tasks_mutex_);
    return undos_;
  }
  bool answer_late(TestWorker& shop, const TestWorker::Task& task) {
    return shop.send(task, TestWorker::result_of(task, wire::Outcome::kCompleted, {{"late", true}}));
  }

  std::atomic<std::int64_t> shift_ms_{0};
  Retention::Options retention_;
  std::mutex tasks_mutex_;
  bool hold_second_undo_ = false;
  std::vector<TestWorker::Task> kept_;
  std::vector<TestWorker::Task> undos_;
};

TEST_F(RetentionOfSagas, HardCase37_ALateResultForARemovedRunChangesNothing) {
  TestWorker shop(nats_, {"shop.first", "shop.undo"},
                  [this](TestWorker& self, const TestWorker::Task& task) { serve(self, task); });
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(becomes("one", "compensated"));
  const RunId run = *engine_->resolve("one");
  let_days_pass();
  ASSERT_TRUE(becomes_expired("one"));
  EXPECT_EQ(status(run.str()), "expired") << "its run id says so too";
  ASSERT_EQ(kept().size(), 1U);
  ASSERT_TRUE(answer_late(shop, kept().front()));
  ASSERT_TRUE(eventually([&] { return engine_->metrics().find("unknown-run") != std::string::npos; }));
  EXPECT_EQ(submit_code("one"), "expired");
  ASSERT_TRUE(submit("two")) << "the engine goes on";
  ASSERT_TRUE(becomes("two", "compensated"));
  EXPECT_EQ(status("one"), "expired");
  EXPECT_EQ(*engine_->count({}), 1U);
  stop_engine();
  start_engine_with(retention_, shift_ms_);
  EXPECT_EQ(submit_code("one"), "expired") << "the store knows it, not the engine";
  EXPECT_EQ(fatal(), "");
}

TEST_F(RetentionOfSagas, HardCase37_ALateResultThatRacesItsRemovalIsTakenWholeOrNotAtAll) {
  constexpr int kSagas = 30;
  constexpr int kEarly = 10;  // whose late results come before their time is over
  TestWorker shop(nats_, {"shop.first", "shop.undo"},
                  [this](TestWorker& self, const TestWorker::Task& task) { serve(self, task); });
  std::vector<RunId> runs;
  for (int i = 0; i < kSagas; ++i) runs.push_back(submit("s" + std::to_string(i))->run);
  for (int i = 0; i < kSagas; ++i) ASSERT_TRUE(becomes("s" + std::to_string(i), "compensated"));
  ASSERT_EQ(kept().size(), static_cast<std::size_t>(kSagas));
  const auto tasks = kept();  // in the order in which they came, which need not be that of their submissions
  for (int i = 0; i < kSagas; ++i) {
    if (i == kEarly) {
      for (int early = 0; early < kEarly; ++early) {
        const std::string id = tasks[static_cast<std::size_t>(early)].message.saga.str();
        ASSERT_TRUE(eventually([&] { return count(id, "step.late_result /do/0/first") == 1; })) << told(id);
      }
      let_days_pass();
    }
    ASSERT_TRUE(answer_late(shop, tasks[static_cast<std::size_t>(i)]));
  }
  for (int i = 0; i < kSagas; ++i) EXPECT_TRUE(becomes_expired("s" + std::to_string(i)));
  EXPECT_EQ(fatal(), "");
  // Whoever's result was taken had its undo run again before it went; nobody's did in part.
  int undone_again = 0;
  for (const RunId& run : runs) undone_again += shop.seen(run.str() + ":/do/0/first:1:undo:2");
  EXPECT_GE(undone_again, kEarly);
  stop_engine();
  const auto log = store::RocksLog::open(folder_);
  ASSERT_TRUE(log) << log.error().message;
  EXPECT_EQ(*(*log)->count({}), 0U);
  for (const RunId& run : runs) {
    const auto removed = (*log)->removed(run);
    ASSERT_TRUE(removed && *removed) << run.str();
    EXPECT_TRUE((*log)->events(run, 1, 100)->empty()) << "a result came behind the removal";
    EXPECT_TRUE((*log)->pending_of(run)->empty());
  }
  for (ShardId shard = 0; shard < (*log)->shards(); ++shard) {
    EXPECT_TRUE((*log)->timers(shard, Time{INT64_MAX}, 100)->empty());
  }
}

TEST_F(RetentionOfSagas, WhatIsOpenBehindTheEndKeepsASaga) {
  hold_second_undo_ = true;
  TestWorker shop(
      nats_, {"shop.first", "shop.undo"}, [this](TestWorker& self, const TestWorker::Task& task) { serve(self, task); },
      60'000);
  ASSERT_TRUE(submit("open"));
  ASSERT_TRUE(becomes("open", "compensated"));
  ASSERT_TRUE(answer_late(shop, kept().front()));
  ASSERT_TRUE(eventually([&] { return held_undos().size() == 1; }));
  ASSERT_TRUE(submit("closed"));
  ASSERT_TRUE(becomes("closed", "compensated"));
  let_days_pass();
  ASSERT_TRUE(becomes_expired("closed")) << "retention has looked";
  EXPECT_EQ(status("open"), "compensated") << "its second undo is under way";
  shop.complete(held_undos().front());
  EXPECT_TRUE(becomes_expired("open"));
}

TEST_F(RetentionOfSagas, WhatASagaFarAboveMayYetHaveUndoneStays) {
  const auto run = [](const std::string& name) {
    return "  - kid: { run: { workflow: { namespace: test, name: " + name + " } } }\n";
  };
  const auto deploy_as = [this](const std::string& name, const std::string& tasks) {
    const std::string head = "document: { dsl: '1.0.3', namespace: test, name: " + name + ", version: '1.0.0' }\ndo:\n";
    ASSERT_TRUE(engine_->deploy(head + tasks, name));
  };
  deploy_as("kid", "  - one: { call: kid.one, compensate: { call: kid.undo } }\n");
  deploy_as("mid", run("kid"));
  deploy_as("top", run("mid") + "  - last: { call: top.last }\n");
  TestWorker worker(nats_, {"kid.one", "kid.undo", "top.last"}, [this](TestWorker& self, const TestWorker::Task& task) {
    if (task.message.task != "top.last") return self.complete(task);
    const std::lock_guard lock(tasks_mutex_);
    kept_.push_back(task);
  });
  const auto submit_to = [this](const std::string& workflow, const std::string& id) {
    std::promise<bool> accepted;
    engine_->submit({workflow, "", id, Payload(Value::object()), {}},
                    [&](const Result<Submitted>& submitted) { accepted.set_value(submitted.has_value()); });
    return accepted.get_future().get();
  };
  ASSERT_TRUE(submit_to("test/kid", "alone"));
  ASSERT_TRUE(becomes("alone", "completed"));
  ASSERT_TRUE(submit_to("test/top", "top"));
  ASSERT_TRUE(eventually([this] { return kept().size() == 1; }));
  const std::string mid = core::child_id(engine_->resolve("top")->str() + ":/do/0/kid:1").str();
  const std::string kid = core::child_id(engine_->resolve(mid)->str() + ":/do/0/kid:1").str();
  let_days_pass();
  ASSERT_TRUE(becomes_expired("alone")) << "it went with the look that kept the others";
  EXPECT_EQ(status(mid), "completed");
  EXPECT_EQ(status(kid), "completed");
  ASSERT_TRUE(
      worker.send(kept().front(), TestWorker::result_of(kept().front(), wire::Outcome::kRejected, {{"title", "no"}})));
  ASSERT_TRUE(becomes("top", "compensated"));
  EXPECT_EQ(count(kid, "compensation.completed /do/0/one"), 1);
}

TEST_F(RetentionOfSagas, SagasThatAreKeptStayWholeAndListed) {
  TestWorker shop(nats_, {"shop.first", "shop.undo"},
                  [this](TestWorker& self, const TestWorker::Task& task) { serve(self, task); });
  ASSERT_TRUE(submit("old"));
  ASSERT_TRUE(becomes("old", "compensated"));
  let_days_pass();
  ASSERT_TRUE(submit("young"));
  ASSERT_TRUE(becomes("young", "compensated"));
  ASSERT_TRUE(becomes_expired("old"));
  const auto page = engine_->list({});
  ASSERT_TRUE(page);
  ASSERT_EQ(page->items.size(), 1U);
  EXPECT_EQ(page->items.front().id.str(), "young");
  EXPECT_EQ(*engine_->count({}), 1U);
  const RunId run = *engine_->resolve("young");
  stop_engine();
  const auto log = store::RocksLog::open_reader(folder_);
  ASSERT_TRUE(log);
  EXPECT_TRUE(store::verify_chain(**log, run));
}

TEST_F(RetentionOfSagas, ADamagedHistoryIsKeptForWhoeverLooksIntoIt) {
  TestWorker shop(nats_, {"shop.first", "shop.undo"},
                  [this](TestWorker& self, const TestWorker::Task& task) { serve(self, task); });
  for (const char* id : {"damaged", "fine"}) {
    ASSERT_TRUE(submit(id));
    ASSERT_TRUE(becomes(id, "compensated"));
  }
  const RunId run = *engine_->resolve("damaged");
  stop_engine();
  // Days later the broker has no results of it any more; one that came again would have the engine read the saga.
  ASSERT_TRUE(shop.jetstream().purge("SKALD_RESULTS"));
  {
    const auto log = store::RocksLog::open(folder_);
    ASSERT_TRUE(log);
    store::Batch batch;
    batch.events = {{run, 2, "not an event", {}}};
    ASSERT_TRUE((*log)->commit(batch));
  }
  start_engine_with(retention_, shift_ms_);
  let_days_pass();
  ASSERT_TRUE(becomes_expired("fine"));
  EXPECT_EQ(status("damaged"), "compensated");
  EXPECT_EQ(fatal(), "") << "the others go on";
}

}  // namespace
}  // namespace skald::runtime
