#include <cstdlib>
#include <fstream>

#include "tests/inspect/export_fixture.h"
#include "tests/store/support.h"

namespace skald::testing {
namespace {

using ::testing::ElementsAre;

TEST(Export, EndsWithItsCountsAndTheHeadOfItsHeads) {
  const std::string text = export_of_few();
  const Value last = Value::parse(lines_of(text).back());
  std::string heads;
  std::uint64_t events = 0;
  for (const std::string& line : lines_of(text)) {
    const Value parsed = Value::parse(line);
    if (parsed.value("kind", "") != "end") continue;
    heads += bytes_of(*digest_from_hex(parsed.value("head", "")));
    events += parsed.value("events", 0U);
  }
  EXPECT_EQ(last["kind"], "total");
  EXPECT_EQ(last["sagas"], 4);
  EXPECT_EQ(last["events"], events);
  EXPECT_EQ(last["head"], to_hex(bytes_of(sha256(heads))));
}

TEST(Export, EveryLineIsCanonical) {
  for (const std::string& line : lines_of(export_of_few())) EXPECT_EQ(to_json(Value::parse(line)), line);
}

TEST(Export, HasEventsAsTheHistoryHasThemAndTheirBytes) {
  auto log = std::make_unique<store::MemoryLog>();
  fill(*log, {"undo-list"});
  const auto stored = log->events(golden_run(1), 1, 100).value();
  std::size_t next = 0;
  for (const std::string& line : lines_of(export_of(std::move(log)))) {
    Value event = Value::parse(line);
    if (event.contains("kind")) continue;
    EXPECT_EQ(from_base64(event["bytes"]), stored[next].bytes);
    event.erase("bytes");
    EXPECT_EQ(event["hash"], to_hex(bytes_of(stored[next].hash)));
    event.erase("hash");
    EXPECT_EQ(event, core::to_value(core::decode_event(stored[next].bytes).value()));
    ++next;
  }
  EXPECT_EQ(next, stored.size());
}

TEST(Export, DefinesAWorkflowOnceBeforeItsFirstSaga) {
  auto log = std::make_unique<store::MemoryLog>();
  store::Batch first = golden_saga("deadline", 1, log->store_id());
  ASSERT_TRUE(log->commit(first));
  ASSERT_TRUE(log->commit(golden_saga("undo-list", 2, log->store_id())));
  const auto open = runtime::OpenLog::over(std::move(log));
  inspect::Exporter exporter((*open)->reader(), {golden_run(1), golden_run(2), golden_run(1)});
  std::vector<std::string> kinds;
  for (const std::string& line : lines_of(exporter.next().value().value())) {
    const std::string kind = Value::parse(line).value("kind", "");
    if (!kind.empty()) kinds.push_back(kind);
  }
  EXPECT_THAT(kinds, ElementsAre("export", "definition", "saga", "end", "definition", "saga", "end", "total"))
      << "and a run that is named twice stands there once";
}

TEST(Export, OfEveryGoldenHistoryIsProved) {
  auto log = std::make_unique<store::MemoryLog>();
  fill(*log, all_golden());
  const Told told = check(export_of(std::move(log)));
  EXPECT_EQ(told.text(), "");
  EXPECT_EQ(told.proved.sagas, all_golden().size());
}

TEST(Export, OfNothingIsProved) {
  const std::string text = export_of(std::make_unique<store::MemoryLog>());
  EXPECT_EQ(lines_of(text).size(), 2U);
  EXPECT_EQ(check(text).text(), "");
}

// Of many sagas one matches: however long that takes in all, each piece comes soon.
TEST(Export, ThatLooksForLongSaysSoAndGoesOn) {
  auto log = std::make_unique<store::MemoryLog>();
  for (int i = 2; i <= 300; ++i) ASSERT_TRUE(log->commit(golden_saga("deadline", i, log->store_id())));
  ASSERT_TRUE(log->commit(golden_saga("undo-list", 1, log->store_id())));  // the oldest
  const std::string workflow = (*log->summary(golden_run(1)))->workflow;
  const auto open = runtime::OpenLog::over(std::move(log));
  inspect::Exporter exporter((*open)->reader(), {.workflow = workflow}, Millis(0));
  std::string all;
  int nothing_yet = 0;
  while (const auto piece = exporter.next().value()) {
    all += *piece;
    nothing_yet += piece->empty() ? 1 : 0;
  }
  EXPECT_GT(nothing_yet, 5);
  EXPECT_EQ(check(all).text(), "");
  EXPECT_EQ(check(all).proved.sagas, 1U);
  EXPECT_EQ(exporter.next().value(), std::nullopt) << "and again";
}

// What stands between the fences of the first block of this language in docs/export.md.
std::string in_document(const std::string& language) {
  std::ifstream in(SKALD_SOURCE_DIR "/docs/export.md");
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const std::string fence = "```" + language + "\n";
  const std::size_t begin = text.find(fence) + fence.size();
  return text.substr(begin, text.find("```\n", begin) - begin);
}

TEST(ExportDocument, HasAnExampleThatIsProved) {
  const std::string example = in_document("json");
  EXPECT_EQ(check(example).text(), "");
  EXPECT_EQ(check(example).proved.events, 3U);
}

TEST(ExportDocument, HasAProofInAnotherLanguageThatWorks) {
  const store::testing::TempDir folder;
  std::ofstream(folder.path() + "/check.py") << in_document("python");
  const auto exit_code = [&folder](const std::string& text) {
    std::ofstream(folder.path() + "/sagas.jsonl") << text;
    const std::string command = "python3 " + folder.path() + "/check.py " + folder.path() + "/sagas.jsonl";
    return std::system((command + " > " + folder.path() + "/said 2>&1").c_str());
  };
  const std::string text = export_of_few();
  EXPECT_EQ(exit_code(text), 0);
  EXPECT_EQ(exit_code(in_document("json")), 0);
  for (const char* was : {"\"seq\":3", "name: w001", "\"kind\":\"end\""}) {
    std::string changed = text;
    const std::size_t at = changed.find(was);
    ASSERT_NE(at, std::string::npos) << was;
    changed[at + 6] ^= 1;
    EXPECT_NE(exit_code(changed), 0) << was;
  }
  auto lines = lines_of(text);
  lines.erase(lines.begin() + 4);
  EXPECT_NE(exit_code(joined(lines)), 0);
}

// A reader under which a saga changes while it is exported.
class ChangingReader final : public runtime::SagaReader {
 public:
  ChangingReader(const runtime::SagaReader& reader, std::function<void(std::uint64_t from)> before_events)
      : reader_(reader), before_events_(std::move(before_events)) {}

  Result<RunId> resolve(const std::string& id) const override { return reader_.resolve(id); }
  Result<runtime::SagaView> show(const RunId& run) const override { return reader_.show(run); }
  Result<store::ListPage> list(const store::ListQuery& query) const override { return reader_.list(query); }
  Result<std::uint64_t> count(const store::ListQuery& query) const override { return reader_.count(query); }
  Result<std::vector<store::StoredEvent>> events(const RunId& run, std::uint64_t from,
                                                 std::size_t limit) const override {
    before_events_(from);
    return reader_.events(run, from, limit);
  }
  Result<WorkflowPtr> workflow(const std::string& name, const std::string& version) const override {
    return reader_.workflow(name, version);
  }
  Result<store::DefinitionRow> definition(const std::string& name, const std::string& version) const override {
    return reader_.definition(name, version);
  }
  Result<std::optional<store::Summary>> summary(const RunId& run) const override { return reader_.summary(run); }
  const std::string& store_id() const override { return reader_.store_id(); }

 private:
  const runtime::SagaReader& reader_;
  const std::function<void(std::uint64_t from)> before_events_;
};

class ExportOfAChangingSaga : public ::testing::Test {
 protected:
  // Exports both while `change` is made before the events of the first are read.
  std::string export_while(const std::function<void(store::SagaLog&)>& change) {
    auto log = std::make_unique<store::MemoryLog>();
    store::MemoryLog& changing = *log;
    whole_ = golden_saga("call-retried", 2, log->store_id());
    store::Batch half = whole_;
    // As it stood after its fourth event.
    half.events.resize(4);
    half.summaries.front().now = folded(half);
    EXPECT_TRUE(log->commit(half));
    EXPECT_TRUE(log->commit(golden_saga("deadline", 1, log->store_id())));
    const auto open = runtime::OpenLog::over(std::move(log));
    const ChangingReader reader((*open)->reader(), [&](std::uint64_t) {
      if (!std::exchange(changed_, true)) change(changing);
    });
    return export_of(reader).value();
  }
  store::Summary folded(const store::Batch& batch) const {
    const auto jq = runtime::nothing_to_run();
    runtime::Catalog catalog(*jq);
    catalog.load(batch.definitions.front());
    runtime::LiveSaga saga(*catalog.find(batch.definitions.front().workflow, "1.0.0"), "memory", golden_run(2));
    for (const auto& event : batch.events) core::apply(saga.state, core::decode_event(event.bytes).value());
    store::Summary summary = saga.summary();
    summary.head = batch.events.back().hash;
    return summary;
  }

  store::Batch whole_;
  bool changed_ = false;
};

TEST_F(ExportOfAChangingSaga, HasItAsItStoodWhenItsTurnCame) {
  const std::string text = export_while([this](store::SagaLog& log) { ASSERT_TRUE(log.commit(whole_)); });
  const Told told = check(text);
  EXPECT_EQ(told.text(), "");
  EXPECT_EQ(told.proved.sagas, 2U);
  EXPECT_EQ(told.proved.events, 4U + golden_history("deadline").events.size());
}

TEST_F(ExportOfAChangingSaga, SaysThatItWasRemoved) {
  const std::string text = export_while([this](store::SagaLog& log) {
    store::Batch removal;
    store::Summary last = whole_.summaries.front().now;
    last.ended_at = last.started_at;
    removal.removals.push_back({last, Time{1'800'000'000'000}});
    ASSERT_TRUE(log.commit(removal));
  });
  const Told told = check(text);
  EXPECT_EQ(told.text(), "");
  EXPECT_EQ(told.proved.sagas, 1U) << "the other one";
  EXPECT_NE(text.find(R"("kind":"removed","run":")" + golden_run(2).str()), std::string::npos) << text;
}

TEST_F(ExportOfAChangingSaga, IsRefusedWhereEventsAreMissing) {
  auto log = std::make_unique<store::MemoryLog>();
  store::Batch batch = golden_saga("deadline", 1, log->store_id());
  batch.events.pop_back();
  ASSERT_TRUE(log->commit(batch));
  const auto open = runtime::OpenLog::over(std::move(log));
  const auto refused = export_of((*open)->reader());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "damaged-history");
  EXPECT_EQ(refused.error().message, "saga sag-01: event 8 of 8 is missing");
}

}  // namespace
}  // namespace skald::testing
