// Tasks that call any host over HTTP: from the definition through the broker and the worker that `skald dev` starts.

#include <mutex>

#include "tests/e2e/dev_fixture.h"

namespace skald::cli {
namespace {

class HttpCalls : public Dev {
 protected:
  void SetUp() override {
    port_ = shop_.bind_to_any_port("127.0.0.1");
    serving_ = std::thread([this] { shop_.listen_after_bind(); });
    while (!shop_.is_running()) std::this_thread::yield();  // a stop before that would be lost
    start({});
  }
  void TearDown() override {
    Dev::TearDown();
    shop_.stop();
    serving_.join();
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  // The tasks are the document's `do`, as JSON.
  void deploy(const Value& tasks) const {
    const Value document = {
        {"document", {{"dsl", "1.0.3"}, {"namespace", "t"}, {"name", "calls"}, {"version", "1.0.0"}}}, {"do", tasks}};
    const auto deployed = engine().post("/v1/workflows", document);
    ASSERT_TRUE(deployed) << deployed.error().message;
  }
  Value run(const Value& input) const {
    const auto started = engine().post("/v1/sagas", {{"workflow", "t/calls"}, {"id", "one"}, {"input", input}});
    EXPECT_TRUE(started) << started.error().message;
    return engine().get("/v1/sagas/one?wait=60s", Millis(60'000)).value_or(Value::object());
  }

  httplib::Server shop_;
  std::thread serving_;
  int port_ = 0;
};

TEST_F(HttpCalls, AreMadeByTheWorkerThatDevStarts) {
  std::string key;
  shop_.Post("/pets/7", [&](const httplib::Request& request, httplib::Response& response) {
    key = request.get_header_value("Idempotency-Key");
    response.set_content(R"({"name":)" + request.body + "}", "application/json");
  });
  deploy({{{"rename",
            {{"call", "skald.http"},
             {"with",
              {{"method", "post"},
               {"endpoint", url("/pets/{petId}")},
               {"arguments", "${ $input }"},
               {"body", "${ $input.name }"}}}}}}});
  const Value saga = run({{"petId", 7}, {"name", "Milou"}});
  EXPECT_EQ(saga["status"], "completed") << saga;
  EXPECT_EQ(saga["output"], Value({{"name", "Milou"}}));
  EXPECT_EQ(key, saga["run"].get<std::string>() + ":/do/0/rename:1");
  EXPECT_TRUE(endpoints()["pids"]["workers"].contains("http"));
}

TEST_F(HttpCalls, AreRetriedRefusedAndUndone) {
  std::mutex mutex;
  std::vector<std::string> calls;
  const auto note = [&](const std::string& what) {
    const std::lock_guard lock(mutex);
    calls.push_back(what);
  };
  shop_.Post("/hotel", [&](const httplib::Request&, httplib::Response& response) {
    note("hotel");
    if (calls.size() == 1) response.status = 503;
  });
  shop_.Delete("/hotel", [&](const httplib::Request&, httplib::Response&) { note("no hotel"); });
  shop_.Post("/flight", [&](const httplib::Request&, httplib::Response& response) {
    note("flight");
    response.status = 409;
    response.set_content(R"({"detail":"the flight is full"})", "application/problem+json");
  });
  deploy({{{"hotel",
            {{"call", "skald.http"},
             {"with", {{"method", "post"}, {"endpoint", url("/hotel")}}},
             {"compensate", {{"call", "skald.http"}, {"with", {{"method", "delete"}, {"endpoint", url("/hotel")}}}}}}}},
          {{"flight", {{"call", "skald.http"}, {"with", {{"method", "post"}, {"endpoint", url("/flight")}}}}}}});
  const Value saga = run(Value::object());
  EXPECT_EQ(saga["status"], "compensated") << saga;
  EXPECT_EQ(calls, (std::vector<std::string>{"hotel", "hotel", "flight", "no hotel"}));
  EXPECT_EQ(saga["error"]["type"], "https://serverlessworkflow.io/spec/1.0.0/errors/communication");
  EXPECT_EQ(saga["error"]["status"], 409);
  EXPECT_EQ(saga["error"]["detail"], "the flight is full");
  EXPECT_EQ(saga["error"]["instance"], "/do/1/flight");
}

TEST_F(HttpCalls, OutliveTheirWorker) {
  std::atomic<int> calls{0};
  std::atomic<bool> open{false};
  shop_.Post("/slow", [&](const httplib::Request&, httplib::Response& response) {
    ++calls;
    eventually([&] { return open.load(); });
    response.set_content("\"done\"", "application/json");
  });
  deploy({{{"slow", {{"call", "skald.http"}, {"with", {{"method", "post"}, {"endpoint", url("/slow")}}}}}}});
  ASSERT_TRUE(engine().post("/v1/sagas", {{"workflow", "t/calls"}, {"id", "one"}, {"input", nullptr}}));
  ASSERT_TRUE(eventually([&] { return calls == 1; }));
  kill("workers", "http");
  open = true;
  EXPECT_EQ(engine().get("/v1/sagas/one?wait=60s", Millis(60'000)).value_or(Value::object())["output"], "done");
  EXPECT_EQ(calls, 2) << "the new worker has made the call again";
}

}  // namespace
}  // namespace skald::cli
