// The export of an engine: provable, and byte for byte that of its folder.

#include "engine/inspect/export.h"

#include "engine/inspect/export_check.h"
#include "engine/runtime/log_reader.h"
#include "tests/api/api_fixture.h"
#include "tests/api/forwarding_engine.h"

namespace skald::runtime {
namespace {

class ExportOverHttp : public ApiTest {
 protected:
  std::string text(const std::string& path) const {
    const auto answer = patient_client().Get(path.c_str());
    EXPECT_TRUE(answer && answer->status == 200) << path;
    EXPECT_EQ(answer->get_header_value("Content-Type"), "application/x-ndjson");
    return answer ? answer->body : "";
  }
  static std::string told(const std::string& bytes) {
    std::string all;
    inspect::ExportCheck check([&all](const inspect::Damage& damage) { all += damage_text(damage) + "\n"; });
    check.feed(bytes);
    check.end();
    return all + std::to_string(check.proved().sagas) + " sagas";
  }
  // The lines that are events.
  static std::string events_of(const std::string& bytes) {
    std::istringstream lines(bytes);
    std::string events;
    for (std::string line; std::getline(lines, line);) {
      if (Value::parse(line).contains("seq")) events += line + "\n";
    }
    return events;
  }
  std::string of_folder() const {
    auto log = store::RocksLog::open_reader(folder_);
    EXPECT_TRUE(log) << log.error().message;
    const auto open = OpenLog::over(std::move(*log));
    inspect::Exporter exporter((*open)->reader(), store::ListQuery{});
    std::string all;
    while (const auto piece = exporter.next().value()) all += *piece;
    return all;
  }
};

// Some end, some are undone, some wait: of each what the store has.
TEST_F(ExportOverHttp, IsThatOfTheFolderWhenTheEngineHasEnded) {
  deploy(R"(
  - one: { call: shop.one, compensate: { call: shop.undo } }
  - two: { call: shop.two }
)",
         "", "2.0.0");
  TestWorker worker(nats_, {"shop.one", "shop.two", "shop.undo"}, [](TestWorker& self, const TestWorker::Task& task) {
    const bool bad = task.message.task == "shop.two" && task.message.saga.str().rfind("bad", 0) == 0;
    bad ? self.answer(task, wire::Outcome::kRejected, Value{{"title", "no"}})
        : self.answer(task, wire::Outcome::kCompleted, Value{{"n", 1.5}});
  });
  for (const char* id : {"good-1", "bad-1", "good-2", "bad-2"}) {
    ASSERT_EQ(post("/v1/sagas", {{"workflow", "test/flow"}, {"version", "2.0.0"}, {"id", id}}).status, 201);
  }
  ASSERT_EQ(post("/v1/sagas", {{"workflow", "test/flow"}, {"version", "1.0.0"}, {"id", "waits"}}).status, 201);
  for (const char* id : {"good-1", "good-2"}) ASSERT_TRUE(becomes(id, "completed"));
  for (const char* id : {"bad-1", "bad-2"}) ASSERT_TRUE(becomes(id, "compensated"));
  const std::string live = text("/v1/export");
  EXPECT_EQ(told(live), "5 sagas");
  EXPECT_EQ(of_folder(), live) << "beside the engine";
  const std::string one = text("/v1/sagas/bad-1/export");
  EXPECT_EQ(told(one), "1 sagas");
  EXPECT_EQ(told(text("/v1/export?status=compensated")), "2 sagas");
  EXPECT_EQ(told(text("/v1/export?status=stuck")), "0 sagas");
  stop_serving();
  EXPECT_EQ(of_folder(), live) << "after it";
  serve();
  // What waits may be handed out again at the start, which is an event.
  for (const char* id : {"good-1", "bad-2"}) {
    EXPECT_NE(live.find(events_of(text("/v1/sagas/" + std::string(id) + "/export"))), std::string::npos) << id;
  }
}

TEST_F(ExportOverHttp, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(get("/v1/sagas/nobody/export").status, 404);
  EXPECT_EQ(get("/v1/export?limit=3").body["code"], "unknown-parameter");
  EXPECT_EQ(get("/v1/export?since=yesterday").status, 400);
}

TEST_F(ExportOverHttp, ComesInPiecesHoweverMuchItIs) {
  const std::string large(100'000, 'x');
  for (int i = 0; i < 40; ++i) ASSERT_EQ(submit("saga-" + std::to_string(i), {{"text", large}}).status, 201);
  const std::string all = text("/v1/export");
  EXPECT_GT(all.size(), 8'000'000U);
  EXPECT_EQ(told(all), "40 sagas");
}

// A store in which what matches stands far behind what does not: most pages take all their time and have no saga.
class SlowToFind final : public ForwardingEngine {
 public:
  using ForwardingEngine::ForwardingEngine;
  Result<store::ListPage> list(const store::ListQuery& query) const override {
    if (++pages_ % 4 == 0 || !query.budget) return ForwardingEngine::list(query);
    std::this_thread::sleep_for(*query.budget);
    store::ListPage page;
    page.next_cursor = query.cursor.empty() ? "ffffffff-ffff-ffff-ffff-ffffffffffff" : query.cursor;
    return page;
  }
  int pages() const { return pages_; }

 private:
  mutable std::atomic<int> pages_{0};
};

TEST_F(ExportOverHttp, LooksForItsSagasAsLongAsThatTakes) {
  for (int i = 0; i < 3; ++i) ASSERT_EQ(submit("saga-" + std::to_string(i)).status, 201);
  SlowToFind slow(*engine_);
  serve_over(slow);
  EXPECT_EQ(told(text("/v1/export")), "3 sagas");
  EXPECT_EQ(slow.pages(), 4);
  server_->stop();
}

}  // namespace
}  // namespace skald::runtime
