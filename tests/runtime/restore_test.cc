// Engines that are restored from a backup while the world has moved on.

#include <fstream>
#include <set>

#include "store/backup.h"
#include "tests/runtime/engine_fixture.h"

namespace skald::runtime {
namespace {

constexpr const char* kThreeSteps = R"(
  - first: { call: shop.first, compensate: { call: shop.undo, with: { of: '${ $forward.key }' } } }
  - second: { call: shop.second, compensate: { call: shop.undo, with: { of: '${ $forward.key }' } } }
  - third: { call: shop.third, with: { fails: '${ $workflow.input.fails }' } }
)";
constexpr std::chrono::seconds kPatience{60};

// A service that honours keys: the same answer and one effect for each, and nothing behind an undo. It holds calls to
// shop.second back until it is told otherwise.
class HonestShop {
 public:
  explicit HonestShop(const skald::testing::NatsServer& nats)
      : worker_(nats, {"shop.first", "shop.second", "shop.third", "shop.undo"},
                [this](TestWorker& self, const TestWorker::Task& task) { serve(self, task); }) {}

  void hold() {
    const std::lock_guard lock(mutex_);
    holding_ = true;
  }
  void release() {
    std::vector<TestWorker::Task> held;
    {
      const std::lock_guard lock(mutex_);
      holding_ = false;
      held.swap(held_);
    }
    for (const auto& task : held) serve(worker_, task);
  }
  std::size_t held() {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }
  // How often the step of the run took effect, less how often that was undone.
  int net(const RunId& run, const std::string& step) {
    const std::lock_guard lock(mutex_);
    const std::string key = run.str() + step + ":1";
    return static_cast<int>(effects_.count(key)) - static_cast<int>(undone_.count(key));
  }
  // Effects of all runs: a key stands here once, however often it was called.
  std::size_t effects() {
    const std::lock_guard lock(mutex_);
    return effects_.size();
  }

 private:
  static bool rejects(const TestWorker::Task& task) {
    return task.message.task == "shop.third" && task.message.input.value().value("fails", false);
  }
  void serve(TestWorker& self, const TestWorker::Task& task) {
    const auto& message = task.message;
    {
      const std::lock_guard lock(mutex_);
      if (holding_ && message.task == "shop.second") {
        held_.push_back(task);
        return;
      }
      if (message.task == "shop.undo") {
        undone_.insert(message.input.value().value("of", ""));
      } else if (!rejects(task)) {
        effects_.insert(message.key);
      }
    }
    if (rejects(task)) {
      self.answer(task, wire::Outcome::kRejected, {{"title", "no"}, {"status", 409}});
    } else {
      self.complete(task);
    }
  }

  std::mutex mutex_;
  bool holding_ = true;
  std::vector<TestWorker::Task> held_;
  std::set<std::string> effects_;
  std::set<std::string> undone_;
  TestWorker worker_;  // last: it uses all the rest
};

class Restoring : public EngineTest {
 protected:
  static constexpr int kSagas = 8;

  Restoring() : first_folder_(folder_), backups_(folder_ + "-backup"), restored_(folder_ + "-restored") {}
  ~Restoring() override {
    second_.reset();
    for (const std::string& folder : {first_folder_, backups_, restored_}) std::filesystem::remove_all(folder);
  }

  void submit_all() {
    for (int i = 0; i < kSagas; ++i) ASSERT_TRUE(submit(id(i), {{"fails", fails(i)}}));
  }
  static std::string id(int i) { return "s" + std::to_string(i); }
  static bool fails(int i) { return i % 2 == 1; }
  Result<store::BackedUp> backup() {
    std::promise<Result<store::BackedUp>> done;
    auto answer = done.get_future();
    engine_->backup(backups_, 0, [&done](Result<store::BackedUp> made) { done.set_value(std::move(made)); });
    return answer.get();
  }
  void restore() {
    const auto restored = store::restore({backups_, restored_, 0, SystemClock().now()});
    ASSERT_TRUE(restored) << restored.error().message;
  }
  // Another engine beside the fixture's, on the same broker.
  void start_second(const std::string& folder) {
    Options options;
    options.data_dir = folder;
    options.nats_url = nats_.url();
    auto engine = LocalEngine::start(options, [this](const Error& error) {
      const std::lock_guard lock(mutex_);
      second_fatal_ = error.code;
    });
    ASSERT_TRUE(engine) << engine.error().message;
    second_ = std::move(*engine);
  }
  std::string second_fatal() {
    const std::lock_guard lock(mutex_);
    return second_fatal_;
  }
  void expect_all_end_with_one_effect_a_step(HonestShop& shop) {
    for (int i = 0; i < kSagas; ++i) {
      ASSERT_TRUE(eventually([&] { return status(id(i)) == (fails(i) ? "compensated" : "completed"); }, kPatience))
          << id(i) << " is " << status(id(i)) << "\n"
          << told(id(i));
      const RunId run = *engine_->resolve(id(i));
      EXPECT_EQ(shop.net(run, ":/do/0/first"), fails(i) ? 0 : 1) << id(i);
      EXPECT_EQ(shop.net(run, ":/do/1/second"), fails(i) ? 0 : 1) << id(i);
      EXPECT_EQ(shop.net(run, ":/do/2/third"), fails(i) ? 0 : 1) << id(i);
    }
  }

  const std::string first_folder_;
  const std::string backups_;
  const std::string restored_;
  std::unique_ptr<LocalEngine> second_;
  std::string second_fatal_;
};

TEST_F(Restoring, HardCase29_ServicesHaveMovedOnSinceTheBackup) {
  start_engine();
  deploy(kThreeSteps);
  HonestShop shop(nats_);
  submit_all();
  ASSERT_TRUE(eventually([&] { return shop.held() == kSagas; }, kPatience));
  const auto made = backup();
  ASSERT_TRUE(made) << made.error().message;

  // The old engine goes on: everything of the backup ends, and more begins.
  shop.release();
  ASSERT_TRUE(submit("behind", {{"fails", false}}));
  expect_all_end_with_one_effect_a_step(shop);
  ASSERT_TRUE(eventually([&] { return status("behind") == "completed"; }, kPatience));
  const std::size_t effects = shop.effects();
  stop_engine();

  restore();
  folder_ = restored_;
  start_engine();
  EXPECT_EQ(status("behind"), "unknown-saga") << "it came behind the backup";
  expect_all_end_with_one_effect_a_step(shop);
  EXPECT_EQ(shop.effects(), effects) << "every call came under a key that had its effect";
  for (int i = 0; i < kSagas; ++i) {
    EXPECT_EQ(count(id(i), "step.redispatched /do/1/second"), 1) << told(id(i));
    EXPECT_EQ(count(id(i), "step.redispatched /do/2/third"), 0) << "the broker took it for what it had before";
  }
  // Once recovered, it is an incarnation like any other: nothing is sent again at the next start.
  ASSERT_TRUE(submit("next", {{"fails", false}}));
  ASSERT_TRUE(eventually([&] { return status("next") == "completed"; }, kPatience));
  stop_engine();
  start_engine();
  EXPECT_EQ(count("s0", "step.redispatched /do/1/second"), 1);
}

TEST_F(Restoring, HardCase29_TheEngineThatStillRunsStopsWhenARestoredOneTakesOver) {
  start_engine();
  deploy(kThreeSteps);
  HonestShop shop(nats_);
  submit_all();
  ASSERT_TRUE(eventually([&] { return shop.held() == kSagas; }, kPatience));
  ASSERT_TRUE(backup());
  restore();
  start_second(restored_);
  EXPECT_TRUE(eventually([&] { return fatal() == "broker-taken"; }, kPatience));
  EXPECT_FALSE(engine_->readiness().broker_ok) << "it publishes nothing from then on";
  EXPECT_EQ(second_fatal(), "");
  engine_.swap(second_);
  shop.release();
  expect_all_end_with_one_effect_a_step(shop);
  second_.reset();
}

TEST_F(Restoring, WhatTheOldEngineHadPublishedForOthersIsNotDone) {
  start_engine();
  deploy(kThreeSteps);
  ASSERT_TRUE(backup());
  ASSERT_TRUE(submit("behind", {{"fails", false}}));
  const auto connection = skald::testing::connect(nats_);
  bus::JetStream jetstream(*connection);
  const auto queued = [&] {
    const auto stream = jetstream.stream("SKALD_TASKS");
    return stream && *stream ? (*stream)->messages : 99;
  };
  ASSERT_TRUE(eventually([&] { return queued() == 1; }));
  stop_engine();
  restore();
  folder_ = restored_;
  start_engine();
  EXPECT_TRUE(eventually([&] { return queued() == 0; })) << "nobody would know of its effect";
}

TEST_F(Restoring, HardCase34_OfTwoEnginesOnCopiesOfOneStoreTheEarlierStops) {
  start_engine();
  deploy(kThreeSteps);
  ASSERT_TRUE(eventually([&] { return engine_->readiness().broker_ok; }));
  stop_engine();
  std::filesystem::copy(first_folder_, restored_, std::filesystem::copy_options::recursive);
  start_engine();
  ASSERT_TRUE(eventually([&] { return engine_->readiness().broker_ok; }));
  start_second(restored_);
  EXPECT_TRUE(eventually([&] { return fatal() == "broker-taken"; }, kPatience));
  EXPECT_TRUE(eventually([&] { return second_->readiness().broker_ok; }));
  EXPECT_EQ(second_fatal(), "");
}

TEST_F(Restoring, ABackupIsCountedAndARefusedOneTold) {
  start_engine();
  ASSERT_TRUE(backup());
  EXPECT_NE(engine_->metrics().find("backups_made\"} 1"), std::string::npos) << engine_->metrics();
  std::filesystem::create_directories(restored_);
  std::ofstream(restored_ + "/something") << "x";
  std::promise<Result<store::BackedUp>> done;
  engine_->backup(restored_, 0, [&done](Result<store::BackedUp> made) { done.set_value(std::move(made)); });
  EXPECT_EQ(done.get_future().get().error().code, "not-a-backup");
  EXPECT_NE(engine_->metrics().find("backups_failed\"} 1"), std::string::npos) << engine_->metrics();
}

}  // namespace
}  // namespace skald::runtime
