// The operators' verbs over HTTP.

#include "tests/api/api_fixture.h"

namespace skald::runtime {
namespace {

class Operations : public ApiTest {
 protected:
  void SetUp() override {
    ApiTest::SetUp();
    deploy(R"(
  - a: { call: shop.first, compensate: { call: shop.undo } }
  - pay: { call: shop.pay, pivot: true }
  - c: { call: shop.last }
)",
           "", "2.0.0");
    // shop.pay and shop.last are answered by nobody.
    shop_ = std::make_unique<TestWorker>(nats_, std::vector<std::string>{"shop.first", "shop.undo"},
                                         [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
  }
  void TearDown() override {
    shop_.reset();
    ApiTest::TearDown();
  }

  Answer order(const std::string& id, const std::string& verb) const {
    return post("/v1/sagas/" + id + "/" + verb, {{"reason", "maintenance"}, {"who", "ada"}});
  }
  void submit_up_to_the_pivot(const std::string& id) {
    submit(id);
    ASSERT_TRUE(eventually([&] { return count(id, "step.scheduled /do/1/pay") == 1; })) << told(id);
  }
  std::size_t events(const std::string& id) const { return get("/v1/sagas/" + id).body["events"].get<std::size_t>(); }

  std::unique_ptr<TestWorker> shop_;
};

TEST_F(Operations, ASagaIsSuspendedListedAsSuchAndResumed) {
  submit_up_to_the_pivot("one");
  const Answer suspended = order("one", "suspend");
  EXPECT_EQ(suspended.status, 200);
  EXPECT_EQ(suspended.body["status"], "suspended");
  EXPECT_EQ(get("/v1/sagas?status=suspended").body["items"][0]["id"], "one");
  EXPECT_EQ(get("/v1/sagas?status=running&count=true").body["count"], 0);
  const auto before = events("one");
  EXPECT_EQ(order("one", "suspend").status, 200) << "again is harmless";
  EXPECT_EQ(events("one"), before);
  EXPECT_NE(httplib::Client(server_->url()).Get("/metrics")->body.find("sagas_suspended\"} 1"), std::string::npos);

  EXPECT_EQ(order("one", "resume").body["status"], "running");
  const Value history = get("/v1/sagas/one/history").body["items"];
  for (const char* verb : {"operator.suspend", "operator.resume"}) {
    const auto event = std::find_if(history.begin(), history.end(), [&](const Value& e) { return e["type"] == verb; });
    ASSERT_NE(event, history.end()) << verb;
    EXPECT_EQ((*event)["reason"], "maintenance");
    EXPECT_EQ((*event)["who"], "ada");
  }
}

TEST_F(Operations, AnOrderToUndoIsRehearsedAndThenCarriedOut) {
  submit("one");
  ASSERT_TRUE(eventually([&] { return count("one", "step.completed /do/0/a") == 1; }));
  const auto before = events("one");
  for (const Answer& rehearsed : {post("/v1/sagas/one/compensate?dry_run=true", Value::object()),
                                  post("/v1/sagas/one/compensate", {{"dry_run", true}}),
                                  post("/v1/sagas/one/cancel", {{"dry_run", true}, {"reason", "why"}})}) {
    ASSERT_EQ(rehearsed.status, 200) << rehearsed.body.dump();
    EXPECT_EQ(rehearsed.body["dry_run"], true);
    EXPECT_EQ(rehearsed.body["undo_waits_for"], "/do/1/pay");
    ASSERT_EQ(rehearsed.body["would_undo"].size(), 1U);
    const Value& undo = rehearsed.body["would_undo"][0];
    EXPECT_EQ(undo["step"], "/do/0/a");
    EXPECT_EQ(undo["tasks"], Value::array({"shop.undo"}));
    EXPECT_EQ(undo["certain"], true);
    EXPECT_EQ(rehearsed.body["would_leave_behind"], Value::array());
  }
  EXPECT_EQ(events("one"), before) << "nothing was done";
  EXPECT_EQ(get("/v1/sagas/one").body["would_undo"].size(), 1U) << "show tells it too";
  EXPECT_EQ(order("one", "compensate").status, 200);
  EXPECT_EQ(get("/v1/sagas/one").body["status"], "running") << "the pivot's outcome is awaited";
  TestWorker bank(nats_, {"shop.pay"}, [](TestWorker& self, const TestWorker::Task& task) {
    self.answer(task, wire::Outcome::kRejected, {{"title", "no"}, {"status", 402}});
  });
  ASSERT_TRUE(becomes("one", "cancelled"));
  EXPECT_EQ(get("/v1/sagas/one").body["would_undo"], Value::array());
}

TEST_F(Operations, WhatCannotBeDoneIsAConflictWithACode) {
  const auto expect = [](const Answer& answer, int status, const std::string& code) {
    EXPECT_EQ(answer.status, status) << answer.body.dump();
    EXPECT_EQ(answer.body.value("code", ""), code) << answer.body.dump();
  };
  submit_up_to_the_pivot("one");
  expect(post("/v1/sagas/one/suspend", Value::object()), 400, "reason-missing");
  expect(post("/v1/sagas/one/suspend?dry_run=true", {{"reason", "r"}}), 400, "no-dry-run");
  expect(post("/v1/sagas/one/terminate", {{"reason", "r"}, {"dry_run", true}}), 400, "no-dry-run");
  expect(post("/v1/sagas/one/compensate", {{"reason", "r"}, {"dry_run", "yes"}}), 400, "bad-member");
  expect(post("/v1/sagas/one/compensate?dry_run=maybe", {{"reason", "r"}}), 400, "bad-member");
  expect(order("nobody", "suspend"), 404, "unknown-saga");
  expect(post("/v1/sagas/nobody/compensate?dry_run=true", Value::object()), 404, "unknown-saga");
  EXPECT_EQ(get("/v1/sagas/one").body["status"], "running");
  order("one", "suspend");
  expect(order("one", "retry"), 409, "suspended");
  order("one", "resume");
  expect(post("/v1/sagas/one/retry", {{"reason", "r"}, {"seen", 1}}), 409, "moved");
  {
    TestWorker bank(nats_, {"shop.pay"}, [](TestWorker& self, const TestWorker::Task& task) { self.complete(task); });
    ASSERT_TRUE(eventually([&] { return count("one", "step.completed /do/1/pay") == 1; }));
  }
  expect(order("one", "compensate"), 409, "past-pivot");
  expect(post("/v1/sagas/one/compensate?dry_run=true", Value::object()), 409, "past-pivot");
  EXPECT_EQ(order("one", "terminate").body["status"], "terminated");
  for (const char* verb : {"suspend", "resume", "compensate"}) expect(order("one", verb), 409, "ended");
  expect(post("/v1/sagas/one/compensate?dry_run=true", Value::object()), 409, "ended");
}

}  // namespace
}  // namespace skald::runtime
