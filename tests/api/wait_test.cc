// Submissions that wait for the end of their saga.

#include <future>

#include "tests/api/api_fixture.h"
#include "tests/api/forwarding_engine.h"

namespace skald::runtime {
namespace {

// Counts the watchers and how often a saga is read, and holds back what is said of submissions where a test wants that.
class Counting final : public ForwardingEngine {
 public:
  using ForwardingEngine::ForwardingEngine;
  std::uint64_t watch(const RunId& run, Changed changed) override {
    ++watchers_;
    ++watched_;
    return ForwardingEngine::watch(run, std::move(changed));
  }
  void unwatch(std::uint64_t watcher) override {
    ForwardingEngine::unwatch(watcher);
    --watchers_;
  }
  Result<SagaView> show(const RunId& run) const override {
    ++shown_;
    return ForwardingEngine::show(run);
  }
  void submit(Submission submission, std::function<void(Result<Submitted>)> done) override {
    ForwardingEngine::submit(std::move(submission), [this, done = std::move(done)](Result<Submitted> submitted) {
      const std::lock_guard lock(mutex_);
      if (!holds_) return done(std::move(submitted));
      held_.emplace_back([done, submitted = std::move(submitted)] { done(submitted); });
    });
  }

  int watchers() const { return watchers_; }  // now
  int watched() const { return watched_; }    // ever
  int shown() const { return shown_; }
  void hold() {
    const std::lock_guard lock(mutex_);
    holds_ = true;
  }
  std::size_t held() const {
    const std::lock_guard lock(mutex_);
    return held_.size();
  }
  void release() {
    const std::lock_guard lock(mutex_);
    holds_ = false;
    for (const auto& tell : held_) tell();
    held_.clear();
  }

 private:
  std::atomic<int> watchers_{0};
  std::atomic<int> watched_{0};
  mutable std::atomic<int> shown_{0};
  mutable std::mutex mutex_;
  bool holds_ = false;
  std::vector<std::function<void()>> held_;
};

class SubmissionThatWaits : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    counting_ = std::make_unique<Counting>(*engine_);
    serve_over(*counting_);
  }
  static Value saga(const std::string& id, const char* version = "1.0.0") {
    return {{"workflow", "test/flow"}, {"id", id}, {"version", version}};
  }
  // One in the middle of its wait.
  std::future<Answer> waiting(const std::string& id) {
    auto answer = std::async(std::launch::async, [this, id] { return post("/v1/sagas?wait=60s", saga(id)); });
    EXPECT_TRUE(eventually([&] { return counting_->watchers() == 1; }));
    return answer;
  }
  // One that goes before its answer comes.
  httplib::Client impatient_client() const {
    httplib::Client client(server_->url());
    client.set_read_timeout(std::chrono::milliseconds(200));
    return client;
  }

  std::unique_ptr<Counting> counting_;
};

TEST_F(SubmissionThatWaits, IsAnsweredWithTheSagaAtItsEnd) {
  auto first = waiting("one");
  auto second = std::async(std::launch::async, [this] { return post("/v1/sagas?wait=60s", saga("one")); });
  ASSERT_TRUE(eventually([&] { return counting_->watchers() == 2; })) << "that it exists is no reason not to wait";
  const TestWorker shop(nats_, {"shop.first"},
                        [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  const Answer made = first.get();
  const Answer known = second.get();
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(known.status, 200);
  EXPECT_EQ(made.body["status"], "completed");
  EXPECT_EQ(known.body, made.body);
  EXPECT_EQ(counting_->shown(), 0) << "the store was not read";
  EXPECT_EQ(get("/v1/sagas/one").body, made.body) << "GET says the same";
  const Answer again = post("/v1/sagas?wait=60s", saga("one"));
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.body, made.body) << "one that has ended is not waited for";
  EXPECT_TRUE(eventually([&] { return counting_->watchers() == 0; }));
}

TEST_F(SubmissionThatWaits, IsAnsweredWithOneThatWasUndoneAsGetSaysIt) {
  deploy("  - first: { call: shop.first, compensate: { call: shop.back } }\n  - second: { call: shop.second }\n", "",
         "4.0.0");
  auto answer = std::async(std::launch::async, [this] {
    Value labelled = saga("one", "4.0.0");
    labelled["input"] = {{"n", 1}};
    labelled["labels"] = {{"k", "v"}};
    return post("/v1/sagas?wait=60s", labelled);
  });
  ASSERT_TRUE(eventually([&] { return counting_->watchers() == 1; }));
  const TestWorker shop(nats_, {"shop.first", "shop.second", "shop.back"},
                        [](TestWorker& self, const TestWorker::Task& task) {
                          if (task.message.task != "shop.second") return self.complete(task, {{"ok", true}});
                          self.answer(task, wire::Outcome::kRejected, {{"title", "no"}, {"status", 400}});
                        });
  const Answer made = answer.get();
  EXPECT_EQ(made.body["status"], "compensated") << made.body;
  EXPECT_EQ(made.body["input"], Value({{"n", 1}}));
  EXPECT_EQ(made.body["error"]["title"], "no");
  EXPECT_EQ(counting_->shown(), 0) << "the store was not read";
  EXPECT_EQ(get("/v1/sagas/one").body, made.body);
}

TEST_F(SubmissionThatWaits, IsAnsweredWhenItsTimeIsUp) {
  const Answer made = post("/v1/sagas?wait=50ms", saga("one"));
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.body["status"], "running");
  EXPECT_EQ(made.body["would_leave_behind"], Value::array({"/do/0/first"})) << made.body;
  EXPECT_EQ(post("/v1/sagas?wait=0", saga("one")).status, 200);
  EXPECT_TRUE(eventually([&] { return counting_->watchers() == 0; }));
}

TEST_F(SubmissionThatWaits, IsAnsweredAtOnceWhereItsSagaEndsAtOnce) {
  deploy("  - first: { set: { x: 1 } }\n", "", "2.0.0");
  const Answer made = post("/v1/sagas?wait=60s", saga("one", "2.0.0"));
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.body["status"], "completed");
  EXPECT_EQ(made.body["output"], Value({{"x", 1}}));
}

TEST_F(SubmissionThatWaits, IsAnsweredWhenItsSagaIsStuck) {
  deploy("  - a: { call: shop.first, compensate: { call: shop.no } }\n  - b: { call: shop.no }\n", "", "3.0.0");
  const TestWorker shop(nats_, {"shop.first", "shop.no"}, [](TestWorker& self, const TestWorker::Task& task) {
    if (task.message.task != "shop.no") return self.complete(task, {{"ok", true}});
    self.answer(task, wire::Outcome::kRejected, {{"title", "no"}, {"status", 400}});
  });
  const Answer made = post("/v1/sagas?wait=60s", saga("one", "3.0.0"));
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.body["status"], "stuck");
}

TEST_F(SubmissionThatWaits, IsRefusedAtOnce) {
  EXPECT_EQ(post("/v1/sagas?wait=soon", saga("one")).body["code"], "bad-duration");
  EXPECT_EQ(*engine_->count({}), 0U) << "nothing of it is kept";
  EXPECT_EQ(post("/v1/sagas?wait=60s", {{"workflow", "test/none"}}).status, 404);
  EXPECT_EQ(post("/v1/sagas?wait=60s", saga("not an id")).status, 400);
  submit("one", {{"n", 1}});
  EXPECT_EQ(post("/v1/sagas?wait=60s", saga("one")).body["code"], "id-taken");
  EXPECT_EQ(counting_->watchers(), 0);
}

TEST_F(SubmissionThatWaits, LeavesNothingBehindWhenItsClientGoes) {
  EXPECT_FALSE(impatient_client().Post("/v1/sagas?wait=60s", saga("one").dump(), "application/json"));
  EXPECT_TRUE(eventually([&] { return counting_->watched() == 1 && counting_->watchers() == 0; }));
  EXPECT_EQ(get("/v1/sagas/one").body["status"], "running") << "the saga goes on";
}

TEST_F(SubmissionThatWaits, EndsWithTheServer) {
  auto answer = waiting("one");
  server_->stop();
  EXPECT_EQ(counting_->watchers(), 0);
  EXPECT_EQ(answer.get().status, 0) << "the connection is closed";
}

TEST_F(SubmissionThatWaits, IsNotAnsweredBeforeItIsDurableHoweverShortTheWait) {
  counting_->hold();
  EXPECT_FALSE(impatient_client().Post("/v1/sagas?wait=1ms", saga("gone").dump(), "application/json"));
  auto answer = std::async(std::launch::async, [this] { return post("/v1/sagas?wait=1ms", saga("one")); });
  ASSERT_TRUE(eventually([&] { return counting_->held() == 2; }));
  EXPECT_EQ(answer.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  counting_->release();
  EXPECT_EQ(answer.get().status, 201);
  EXPECT_TRUE(eventually([&] { return counting_->watchers() == 0; }));
}

TEST_F(SubmissionThatWaits, LeavesNothingBehindWhereItIsDurableBehindTheServersEnd) {
  counting_->hold();
  auto answer = std::async(std::launch::async, [this] { return post("/v1/sagas?wait=60s", saga("one")); });
  ASSERT_TRUE(eventually([&] { return counting_->held() == 1; }));
  server_->stop();
  counting_->release();
  EXPECT_EQ(counting_->watchers(), 0);
  EXPECT_EQ(answer.get().status, 0);
}

}  // namespace
}  // namespace skald::runtime
