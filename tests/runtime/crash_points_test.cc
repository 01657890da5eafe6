// Crashes at chosen points: the log stops before or behind a commit, the broker's acknowledgements are lost or late.

#include "engine/definition/jq_process.h"
#include "engine/runtime/nats_broker.h"
#include "tests/runtime/engine_fixture.h"

namespace skald::runtime {
namespace {

// A saga log on disk that "crashes" at one commit of events: it fails it, and all behind it, before or after writing
// it. What the engine notes of itself does not count.
class CrashingLog final : public store::SagaLog {
 public:
  enum class Where { kNever, kBefore, kAfter };
  CrashingLog(std::unique_ptr<store::RocksLog> log, Where where, int commits)
      : log_(std::move(log)), where_(where), left_(commits) {}

  Status commit(const store::Batch& batch) override {
    const bool crashes = where_ != Where::kNever && !batch.events.empty() && left_-- <= 0;
    if (crashes && where_ == Where::kAfter && !crashed_) {
      EXPECT_TRUE(log_->commit(batch));
    }
    crashed_ = crashed_ || crashes;
    if (crashed_) return fail(ErrorKind::kIo, "write-failed", "the test stops here");
    return log_->commit(batch);
  }
  Result<std::optional<RunId>> find(const SagaId& id) const override { return log_->find(id); }
  Result<std::optional<store::Summary>> summary(const RunId& run) const override { return log_->summary(run); }
  Result<std::optional<store::Removed>> removed(const RunId& run) const override { return log_->removed(run); }
  Result<std::vector<store::StoredEvent>> events(const RunId& run, std::uint64_t from,
                                                 std::size_t limit) const override {
    return log_->events(run, from, limit);
  }
  Result<store::ListPage> list(const store::ListQuery& query) const override { return log_->list(query); }
  Result<std::uint64_t> count(const store::ListQuery& query) const override { return log_->count(query); }
  Result<std::vector<store::TimerRow>> timers(ShardId shard, Time before, std::size_t limit) const override {
    return log_->timers(shard, before, limit);
  }
  Result<std::vector<store::PendingRow>> pending(ShardId shard) const override { return log_->pending(shard); }
  Result<std::vector<store::PendingRow>> pending_of(const RunId& run) const override { return log_->pending_of(run); }
  Result<std::vector<RunId>> awaiting(const std::string& type, const std::string& subject, const RunId& after,
                                      std::size_t limit) const override {
    return log_->awaiting(type, subject, after, limit);
  }
  Result<std::vector<store::DefinitionRow>> definitions() const override { return log_->definitions(); }
  Result<std::optional<store::DefinitionRow>> definition(const std::string& workflow,
                                                         const std::string& version) const override {
    return log_->definition(workflow, version);
  }
  Result<std::optional<std::string>> meta(const std::string& key) const override { return log_->meta(key); }
  const std::string& store_id() const override { return log_->store_id(); }
  std::uint32_t shards() const override { return log_->shards(); }

 private:
  std::unique_ptr<store::RocksLog> log_;
  const Where where_;
  std::atomic<int> left_;
  std::atomic<bool> crashed_{false};
};

using Where = CrashingLog::Where;

// The real broker, whose acknowledgements of tasks go wrong.
class UnluckyBroker final : public Broker {
 public:
  enum class Luck { kGood, kAcknowledgementsLost, kFirstPublishLandsLate };
  UnluckyBroker(std::unique_ptr<NatsBroker> broker, Luck luck) : broker_(std::move(broker)), luck_(luck) {}
  ~UnluckyBroker() override {
    for (std::thread& thread : threads_) thread.join();
  }

  void publish_tasks(const TaskOrders& orders, Published done) override {
    if (luck_ == Luck::kAcknowledgementsLost) {
      return broker_->publish_tasks(orders, [](const Result<std::uint64_t>&) {});
    }
    if (luck_ == Luck::kFirstPublishLandsLate && !late_.exchange(true)) {
      threads_.emplace_back([this, order = *orders.front(), done = std::move(done)] {
        done(fail(ErrorKind::kTimeout, "request-timeout", "the test's broker is late"));
        eventually([this] { return repeated_.load(); });
        broker_->publish_tasks({&order}, [](const Result<std::uint64_t>&) {});
      });
      return;
    }
    broker_->publish_tasks(orders, [this, done = std::move(done)](Result<std::uint64_t> seq) {
      done(std::move(seq));
      repeated_ = true;
    });
  }
  bool connected() const override { return broker_->connected(); }
  void on_connection(std::function<void(bool up)> changed) override { broker_->on_connection(std::move(changed)); }
  void publish_event(const EventOrder& order, Published done) override {
    broker_->publish_event(order, std::move(done));
  }
  void cancel(const TaskOrder& order) override { broker_->cancel(order); }
  Status prepare() override { return broker_->prepare(); }
  Result<std::optional<StreamState>> tasks_stream() override { return broker_->tasks_stream(); }
  Result<TaskConsumer> task_consumer(const std::string& type) override { return broker_->task_consumer(type); }
  Status repair_consumers(std::uint64_t last_seq, bool rolled_back) override {
    return broker_->repair_consumers(last_seq, rolled_back);
  }
  Result<bool> withdraw(std::uint64_t seq) override { return broker_->withdraw(seq); }
  Result<bool> present(const TaskOrder& order, std::uint64_t seq) override { return broker_->present(order, seq); }
  Result<std::vector<std::uint64_t>> find(const std::vector<TaskOrder>& orders, std::uint64_t after) override {
    return broker_->find(orders, after);
  }
  Result<ResultsState> results() override { return broker_->results(); }
  void consume_results(std::function<void(ResultDelivery)> take) override { broker_->consume_results(std::move(take)); }
  void acknowledge_results(const ResultDelivery& delivery) override { broker_->acknowledge_results(delivery); }
  void on_presence(std::function<void(const std::string&, TaskTypeStatus::Worker)> seen) override {
    broker_->on_presence(std::move(seen));
  }
  void stop() override { broker_->stop(); }

 private:
  std::unique_ptr<NatsBroker> broker_;
  const Luck luck_;
  std::atomic<bool> late_{false};
  std::atomic<bool> repeated_{false};
  std::vector<std::thread> threads_;
};

using Luck = UnluckyBroker::Luck;

constexpr const char* kUndone = R"(
  - first: { call: shop.first, compensate: { call: shop.undo } }
  - second: { call: shop.second }
)";

void complete(TestWorker& self, const TestWorker::Task& task) { self.complete(task); }

class CrashPoints : public EngineTest {
 protected:
  // Engine and broker come up; the log crashes at the commit that follows `commits` more.
  void start(Where where = Where::kNever, int commits = 0, Luck luck = Luck::kGood) {
    crashed_ = false;
    auto log = store::RocksLog::open(folder_);
    ASSERT_TRUE(log) << log.error().message;
    auto broker = NatsBroker::open({nats_.url(), "skald", (*log)->store_id(), 1, **(*log)->meta("secret"), ids_kept_});
    ASSERT_TRUE(broker);
    LocalEngine::Parts parts;
    parts.log = std::make_unique<CrashingLog>(std::move(*log), where, commits);
    parts.broker = std::make_unique<UnluckyBroker>(std::move(*broker), luck);
    parts.jq = std::make_unique<definition::JqProcess>();
    parts.clock = std::make_unique<SystemClock>();
    parts.fatal = [this](const Error&) { crashed_ = true; };
    auto engine = LocalEngine::start(std::move(parts));
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
  }
  void deploy_once(const char* tasks) {
    start();
    deploy(tasks);
    stop_engine();
  }
  // A submission whose answer may never come.
  void submit_blindly(const std::string& id) {
    engine_->submit({"test/flow", "", id, Payload(Value::object()), {}}, [](const Result<Submitted>&) {});
  }

  // Waits until the broker has forgotten the id of every task that it has got by now.
  void wait_until_ids_are_forgotten(bus::JetStream& jetstream) {
    const auto is_new = [&jetstream] {
      const bus::Message probe{"skald.v1.task.probe", "", "", {{std::string(wire::kMessageId), "probe"}}};
      std::promise<Result<bus::PubAck>> done;
      jetstream.publish(probe, Millis(3'000), [&done](Result<bus::PubAck> ack) { done.set_value(std::move(ack)); });
      const auto ack = done.get_future().get();
      return ack && !ack->duplicate;
    };
    ASSERT_TRUE(is_new());
    ASSERT_TRUE(eventually(is_new));
  }

  Millis ids_kept_{120'000};
  std::atomic<bool> crashed_{false};
};

TEST_F(CrashPoints, HardCase01_ACrashBeforeTheCommitLeavesNothing) {
  deploy_once(kUndone);
  start(Where::kBefore, 0);
  submit_blindly("one");
  ASSERT_TRUE(eventually([&] { return crashed_.load(); }));
  stop_engine();
  TestWorker shop(nats_, {"shop.first", "shop.second"}, complete);
  start();
  EXPECT_EQ(status("one"), "unknown-saga");
  EXPECT_EQ(shop.tasks(), 0) << "nothing was published before it was durable";
  ASSERT_TRUE(submit("one"));
  EXPECT_TRUE(becomes("one", "completed"));
}

TEST_F(CrashPoints, HardCase02_ACrashBehindTheCommitPublishesAtTheStart) {
  deploy_once(kUndone);
  start(Where::kAfter, 0);
  submit_blindly("one");
  ASSERT_TRUE(eventually([&] { return crashed_.load(); }));
  stop_engine();
  TestWorker shop(nats_, {"shop.first", "shop.second"}, complete);
  EXPECT_EQ(shop.tasks(), 0);
  start();
  ASSERT_TRUE(becomes("one", "completed")) << "nobody submitted it again";
  EXPECT_EQ(shop.tasks(), 2) << told("one");
}

TEST_F(CrashPoints, HardCase03_APublishWhoseAcknowledgementWasLostIsNotDoneTwice) {
  deploy_once(kUndone);
  start(Where::kNever, 0, Luck::kAcknowledgementsLost);
  ASSERT_TRUE(submit("one"));
  const auto connection = skald::testing::connect(nats_);
  bus::JetStream jetstream(*connection);
  ASSERT_TRUE(comes_to_hold(jetstream, 1));
  stop_engine();
  TestWorker shop(nats_, {"shop.first", "shop.second"}, complete);
  start();
  ASSERT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(shop.tasks(), 2) << told("one");
}

TEST_F(CrashPoints, HardCase03_ThatTheBrokerHasItIsFoundOutAlthoughItHasForgottenTheId) {
  ids_kept_ = Millis(100);
  deploy_once(kUndone);
  start(Where::kNever, 0, Luck::kAcknowledgementsLost);
  ASSERT_TRUE(submit("one"));
  const auto connection = skald::testing::connect(nats_);
  bus::JetStream jetstream(*connection);
  ASSERT_TRUE(comes_to_hold(jetstream, 1));
  stop_engine();
  wait_until_ids_are_forgotten(jetstream);
  TestWorker shop(nats_, {"shop.first", "shop.second"}, complete);
  start();
  ASSERT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(shop.tasks(), 2) << told("one");
}

TEST_F(CrashPoints, HardCase03_AResultThatWaitsShowsThatTheBrokerHadIt) {
  ids_kept_ = Millis(100);
  deploy_once(kUndone);
  start(Where::kNever, 0, Luck::kAcknowledgementsLost);
  ASSERT_TRUE(submit("one"));
  std::promise<void> go;
  TestWorker shop(nats_, {"shop.first", "shop.second"}, [&, gone = go.get_future().share()](auto& self, auto& task) {
    gone.wait();
    self.complete(task);
  });
  ASSERT_TRUE(eventually([&] { return shop.tasks() == 1; }));
  stop_engine();
  go.set_value();
  bus::JetStream& jetstream = shop.jetstream();
  ASSERT_TRUE(comes_to_hold(jetstream, 0));
  wait_until_ids_are_forgotten(jetstream);
  start();
  ASSERT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(shop.tasks(), 2) << told("one");
}

TEST_F(CrashPoints, HardCase04_APublishThatTimedOutAndLandsLaterIsNotDoneTwice) {
  deploy_once(kUndone);
  start(Where::kNever, 0, Luck::kFirstPublishLandsLate);
  TestWorker shop(nats_, {"shop.first", "shop.second"}, complete);
  ASSERT_TRUE(submit("one"));
  ASSERT_TRUE(becomes("one", "completed"));
  EXPECT_EQ(shop.tasks(), 2) << told("one");
  EXPECT_EQ(count("one", "step.completed /do/0/first"), 1);
}

TEST_F(CrashPoints, HardCase28_AMessageIdThatTheBrokerHasForgottenIsTakenAgainAndCountsOnce) {
  deploy_once(kUndone);
  start(Where::kNever, 0, Luck::kAcknowledgementsLost);
  ASSERT_TRUE(submit("one"));
  std::atomic<int> done{0};
  {
    TestWorker shop(nats_, {"shop.first"}, [&](TestWorker& self, const TestWorker::Task& task) {
      self.complete(task);
      ++done;
    });
    ASSERT_TRUE(eventually([&] { return done == 1; }));
  }
  stop_engine();
  // Off the queue, a message's id is forgotten with the server's memory.
  nats_.kill();
  nats_.start();
  TestWorker shop(nats_, {"shop.first", "shop.second"}, complete);
  start();
  ASSERT_TRUE(becomes("one", "completed"));
  const int firsts = count("one", "step.completed /do/0/first") + count("one", "step.late_result /do/0/first");
  EXPECT_EQ(firsts, 1) << told("one");
  EXPECT_EQ(count("one", "step.scheduled /do/1/second"), 1) << told("one");
}

class UndoBoundaries : public CrashPoints, public ::testing::WithParamInterface<int> {};

TEST_P(UndoBoundaries, HardCase15_ACrashAtAnyBoundaryOfAnUndoUndoesOnce) {
  deploy_once(kUndone);
  std::mutex mutex;
  std::map<std::string, int> effects;  // what a service that honours keys would have done
  const auto honest = [&](TestWorker& self, const TestWorker::Task& task) {
    if (task.message.task == "shop.second") return self.answer(task, wire::Outcome::kRejected, {{"title", "no"}});
    {
      const std::lock_guard lock(mutex);
      effects[task.message.key] = 1;
    }
    self.complete(task);
  };
  TestWorker shop(nats_, {"shop.first", "shop.second", "shop.undo"}, honest);
  start(GetParam() % 2 == 0 ? Where::kBefore : Where::kAfter, GetParam() / 2);
  submit_blindly("one");
  ASSERT_TRUE(eventually([&] { return crashed_.load() || status("one") == "compensated"; }));
  stop_engine();
  start();
  if (GetParam() == 0) {  // the crash was before the submission was durable
    EXPECT_EQ(status("one"), "unknown-saga");
    ASSERT_TRUE(submit("one"));
  }
  ASSERT_TRUE(becomes("one", "compensated"));
  const std::lock_guard lock(mutex);
  EXPECT_EQ(effects.size(), 2U) << "one effect of the step, one of its undo, whatever was repeated";
  EXPECT_EQ(count("one", "compensation.completed /do/0/first"), 1) << told("one");
}

INSTANTIATE_TEST_SUITE_P(Commits, UndoBoundaries, ::testing::Range(0, 14));

}  // namespace
}  // namespace skald::runtime
