// The engine as a whole: what it has done, what goes wrong, and the stream that tells as it happens.

#include "engine/api/overview.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <condition_variable>
#include <future>
#include <sstream>
#include <thread>

#include "tests/api/api_fixture.h"
#include "tests/api/forwarding_engine.h"

namespace skald::runtime {
namespace {

// A client of /v1/stream on a thread of its own.
class Listener {
 public:
  Listener(const std::string& url, const std::string& path) : client_(url) {
    client_.set_read_timeout(std::chrono::seconds(60));
    thread_ = std::jthread([this, path] {
      client_.Get(path, [this](const char* data, std::size_t size) {
        const std::lock_guard lock(mutex_);
        text_.append(data, size);
        return !stopping_;
      });
    });
  }
  ~Listener() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    client_.stop();
  }

  // The data of all events of this type so far.
  std::vector<Value> events(const std::string& type) {
    const std::lock_guard lock(mutex_);
    std::vector<Value> found;
    const std::string head = "event: " + type + "\ndata: ";
    for (std::size_t at = text_.find(head); at != std::string::npos; at = text_.find(head, at + 1)) {
      const std::size_t end = text_.find("\n\n", at);
      if (end == std::string::npos) break;
      found.push_back(Value::parse(text_.substr(at + head.size(), end - at - head.size())));
    }
    return found;
  }
  // Its status as it was told last; empty: nothing was.
  std::string last(const std::string& id) {
    std::string status;
    for (const Value& event : events("sagas")) {
      for (const Value& item : event["items"]) {
        if (item["id"] == id) status = item["status"];
      }
    }
    return status;
  }
  bool is_gone(const std::string& run) {
    for (const Value& event : events("sagas")) {
      for (const Value& one : event["gone"]) {
        if (one == run) return true;
      }
    }
    return false;
  }

 private:
  httplib::Client client_;
  std::mutex mutex_;
  std::string text_;
  bool stopping_ = false;
  std::jthread thread_;
};

// A client of /v1/stream that reads no more than its status; many of them need no threads.
class Held {
 public:
  explicit Held(const std::string& url) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1))));
    const std::string request = "GET /v1/stream HTTP/1.1\r\nHost: test\r\n\r\n";
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    EXPECT_EQ(::send(socket_, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  }
  ~Held() { ::close(socket_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  std::string status() const {
    std::array<char, 12> begin{};  // "HTTP/1.1 200"
    const ssize_t size = ::recv(socket_, begin.data(), begin.size(), MSG_WAITALL);
    return {begin.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }

 private:
  const int socket_;
};

TEST_F(ApiTest, SoManyStreamsAreOpenAndNoMore) {
  std::vector<std::unique_ptr<Held>> held;
  for (int i = 0; i < 200; ++i) held.push_back(std::make_unique<Held>(server_->url()));
  for (const auto& one : held) ASSERT_EQ(one->status(), "HTTP/1.1 200");
  const auto refused = patient_client().Get("/v1/stream");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(Value::parse(refused->body)["code"], "too-many-streams");
  EXPECT_EQ(refused->get_header_value("Retry-After"), "1");
  held.pop_back();
  EXPECT_TRUE(eventually([&] { return Held(server_->url()).status() == "HTTP/1.1 200"; })) << "one has gone";
}

TEST_F(ApiTest, TheOverviewCountsWhatWasDone) {
  deploy("  - a: { call: shop.first }\n  - b: { call: shop.no }\n", "", "2.0.0");
  const TestWorker shop(nats_, {"shop.first", "shop.no"}, [](TestWorker& self, const TestWorker::Task& task) {
    if (task.message.task == "shop.first") return self.complete(task, {{"ok", true}});
    self.answer(task, wire::Outcome::kRejected, {{"title", "no"}, {"status", 400}});
  });
  post("/v1/sagas", {{"workflow", "test/flow"}, {"version", "1.0.0"}, {"id", "good"}});
  post("/v1/sagas", {{"workflow", "test/flow"}, {"version", "2.0.0"}, {"id", "bad"}});
  ASSERT_TRUE(becomes("good", "completed"));
  ASSERT_TRUE(becomes("bad", "failed"));
  Value overview;
  ASSERT_TRUE(eventually([&] {
    overview = get("/v1/overview").body;
    return overview["totals"]["ended"] == 2;
  })) << overview.dump();
  EXPECT_EQ(overview["totals"]["started"], 2);
  EXPECT_EQ(overview["totals"]["steps"], 3);
  EXPECT_EQ(overview["sagas"]["completed"], 1);
  EXPECT_EQ(overview["sagas"]["failed"], 1);
  EXPECT_EQ(overview["sagas"]["running"], 0);
  EXPECT_EQ(overview["ready"]["broker"], true);
  ASSERT_EQ(overview["failures"].size(), 1U);
  EXPECT_EQ(overview["failures"][0]["id"], "bad");
  EXPECT_EQ(overview["failures"][0]["error"]["title"], "no");
}

TEST_F(ApiTest, TheStreamTellsOfSagasAsTheyChange) {
  Listener all(server_->url(), "/v1/stream");
  Listener running(server_->url(), "/v1/stream?status=running");
  ASSERT_TRUE(eventually([&] { return !all.events("overview").empty() && !running.events("overview").empty(); }));
  const std::string run = submit("one").body["run"];
  ASSERT_TRUE(eventually([&] { return all.last("one") == "running"; }));
  ASSERT_TRUE(eventually([&] { return running.last("one") == "running"; }));
  EXPECT_FALSE(running.is_gone(run));
  ASSERT_EQ(post("/v1/sagas/one/terminate", {{"reason", "enough"}}).status, 200);
  ASSERT_TRUE(eventually([&] { return all.last("one") == "terminated"; }));
  EXPECT_TRUE(eventually([&] { return running.is_gone(run); })) << "it is not among those asked for any more";
}

TEST_F(ApiTest, TheStreamSaysWhenMoreHasChangedThanItTells) {
  Listener all(server_->url(), "/v1/stream");
  ASSERT_TRUE(eventually([&] { return !all.events("overview").empty(); }));
  std::string lines;
  for (int i = 0; i < 1'000; ++i) {
    lines += Value{{"workflow", "test/flow"}, {"id", "s" + std::to_string(i)}}.dump() + "\n";
  }
  ASSERT_EQ(patient_client().Post("/v1/sagas/batch", lines, "application/x-ndjson")->status, 200);
  EXPECT_TRUE(eventually([&] {
    bool more = false;
    for (const Value& event : all.events("sagas")) {
      EXPECT_LE(event["items"].size() + event["gone"].size(), 200U);
      more = more || event["more"] == true;
    }
    return more;
  }));
}

// Whose store does not answer while the test holds it.
class Slow final : public ForwardingEngine {
 public:
  using ForwardingEngine::ForwardingEngine;
  Result<std::uint64_t> count(const store::ListQuery& query) const override {
    std::unique_lock lock(mutex_);
    asked_ = true;
    released_.wait(lock, [this] { return !held_; });
    return ForwardingEngine::count(query);
  }
  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    asked_ = false;
    released_.notify_all();
  }
  bool asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable released_;
  mutable bool asked_ = false;
  bool held_ = false;
};

TEST_F(ApiTest, NobodyWaitsForAnOverviewThatAnotherMakes) {
  Slow engine(*engine_);
  api::Overviews overviews;
  const std::string first = overviews.text(engine).value();
  engine.hold(true);
  std::atomic<bool> over{false};
  std::thread maker([&] {
    while (!over) (void)overviews.text(engine);
  });
  EXPECT_TRUE(eventually([&] { return engine.asked(); })) << "the first has aged";
  auto second = std::async(std::launch::async, [&] { return overviews.text(engine).value(); });
  EXPECT_EQ(second.wait_for(std::chrono::seconds(4)), std::future_status::ready);
  over = true;
  engine.hold(false);
  maker.join();
  EXPECT_EQ(second.get(), first);
}

// A store in which one summary is damaged.
class OneUnreadable final : public ForwardingEngine {
 public:
  OneUnreadable(Engine& engine, RunId run) : ForwardingEngine(engine), run_(std::move(run)) {}
  Result<std::optional<store::Summary>> summary(const RunId& run) const override {
    if (run == run_) return fail(ErrorKind::kDamaged, "damaged-summary", "the test's summary cannot be read");
    return ForwardingEngine::summary(run);
  }

 private:
  const RunId run_;
};

TEST_F(ApiTest, ASagaThatCannotBeReadHidesNoOther) {
  deploy("  - b: { call: shop.no }\n", "", "2.0.0");
  const TestWorker shop(nats_, {"shop.no"}, [](TestWorker& self, const TestWorker::Task& task) {
    self.answer(task, wire::Outcome::kRejected, {{"title", "no"}, {"status", 400}});
  });
  for (const char* id : {"damaged", "good"}) {
    post("/v1/sagas", {{"workflow", "test/flow"}, {"version", "2.0.0"}, {"id", id}});
    ASSERT_TRUE(becomes(id, "failed"));
  }
  const RunId damaged = *engine_->resolve("damaged");
  OneUnreadable engine(*engine_, damaged);
  serve_over(engine);
  const Answer overview = get("/v1/overview");
  EXPECT_EQ(overview.status, 200);
  const Value& failures = overview.body["failures"];
  ASSERT_EQ(failures.size(), 2U) << overview.body;
  EXPECT_EQ(failures[0]["id"], "good");
  EXPECT_EQ(failures[1]["run"], damaged.str());
  EXPECT_EQ(failures[1]["error"]["code"], "damaged-summary");
  server_->stop();
}

TEST_F(ApiTest, TheStreamLeavesOutASagaThatCannotBeRead) {
  submit("damaged");
  OneUnreadable engine(*engine_, *engine_->resolve("damaged"));
  serve_over(engine);
  {
    Listener all(server_->url(), "/v1/stream");
    ASSERT_TRUE(eventually([&] { return !all.events("overview").empty(); }));
    post("/v1/sagas/damaged/terminate", {{"reason", "enough"}});
    submit("good");
    EXPECT_TRUE(eventually([&] { return all.last("good") == "running"; }));
    EXPECT_TRUE(all.events("problem").empty());
    EXPECT_EQ(all.last("damaged"), "");
  }
  server_->stop();
}

TEST_F(ApiTest, TheGraphHasEveryTaskWithItsUndo) {
  deploy(R"(
  - pack:
      do:
        - a: { call: shop.first, if: '${ .n > 1 }', compensate: { call: shop.undo } }
  - choose:
      switch:
        - big: { when: '${ .n > 9 }', then: side }
        - rest: { then: end }
  - side: { fork: { branches: [ { x: { call: shop.x } }, { y: { call: shop.y } } ] } }
  - pay: { call: shop.pay, pivot: true }
  - safe: { try: [ { z: { call: shop.z } } ], catch: { do: [ { w: { set: { x: 1 } } } ] } }
  - told: { listen: { to: { any: [ { with: { type: shop.yes } }, { with: { type: shop.no } } ] } } }
)",
         "", "2.0.0");
  const Value graph = get("/v1/workflows/test/flow/2.0.0/graph").body;
  EXPECT_EQ(graph["pivot"], "/do/3/pay");
  ASSERT_EQ(graph["tasks"].size(), 6U) << graph.dump(1);
  const Value& pack = graph["tasks"][0]["lists"][0]["tasks"][0];
  EXPECT_EQ(pack["step"], "/do/0/pack/do/0/a");
  EXPECT_EQ(pack["task"], "shop.first");
  EXPECT_EQ(pack["condition"], ".n > 1");
  EXPECT_EQ(pack["undo"]["tasks"], (Value{"shop.undo"}));
  EXPECT_EQ(pack["undo"]["step"], "/do/0/pack/do/0/a/compensate");
  const Value& cases = graph["tasks"][1]["cases"];
  EXPECT_EQ(cases,
            (Value{{{"name", "big"}, {"when", ".n > 9"}, {"then", "side"}}, {{"name", "rest"}, {"then", "end"}}}));
  ASSERT_EQ(graph["tasks"][2]["lists"].size(), 2U);
  EXPECT_EQ(graph["tasks"][2]["lists"][1]["name"], "y");
  EXPECT_EQ(graph["tasks"][4]["lists"][0]["role"], "try");
  EXPECT_EQ(graph["tasks"][4]["lists"][1]["role"], "catch");
  EXPECT_EQ(graph["tasks"][4]["after_pivot"], true);
  EXPECT_EQ(graph["tasks"][5]["events"], (Value{{{"type", "shop.yes"}}, {{"type", "shop.no"}}}));
  EXPECT_FALSE(pack.contains("events")) << "only what listens has them";
}

TEST_F(ApiTest, TheCheckOfAVersionIsThatOfItsFile) {
  deploy("  - a: { call: shop.first, compensate: { call: shop.undo } }\n  - b: { call: shop.b }\n", "", "2.0.0");
  const Value walk = get("/v1/workflows/test/flow/2.0.0/check").body;
  EXPECT_EQ(walk["workflow"], "test/flow");
  EXPECT_FALSE(walk["failures"].empty()) << walk.dump(1);
}

// Half a minute of jq, were it let run.
TEST_F(ApiTest, TheCheckOfAVersionTakesNoLongerThanItMay) {
  std::string tasks = "  - known: { set: { n: 1 } }\n";
  for (int i = 0; i < 30; ++i) {
    tasks += "  - s" + std::to_string(i) + ": { set: { x: '${ last(range(1000000000)) }' } }\n";
  }
  deploy(tasks, "", "2.0.0");
  const auto begun = std::chrono::steady_clock::now();
  std::vector<std::future<Answer>> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(std::async(std::launch::async, [this] { return get("/v1/workflows/test/flow/2.0.0/check"); }));
  }
  for (auto& one : all) {
    const Answer walk = one.get();
    EXPECT_EQ(walk.status, 200);
    EXPECT_EQ(walk.body["stopped"], "the time limit");
    for (const Value& warning : walk.body["warnings"]) {
      EXPECT_EQ(warning["level"], "note") << warning << ", though it only takes long";
    }
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
}

}  // namespace
}  // namespace skald::runtime
