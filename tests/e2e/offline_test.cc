// What is read of a killed engine's folder, without a server, is what the engine answered before.

#include "cli/source.h"
#include "tests/e2e/dev_fixture.h"
#include "tests/e2e/stand_still.h"

namespace skald::cli {
namespace {

// Sagas at rest in every way: ended, waiting for a timer, a worker or an operator.
constexpr const char* kAtRest = R"(
document: { dsl: '1.0.3', namespace: rest, name: NAME, version: '1.0.0' }
do:
)";
constexpr const char* kWaiting = "  - nap: { wait: { hours: 5 } }\n";
constexpr const char* kUnserved = "  - a: { call: nobody.serves, with: { n: '${ $input.n }' } }\n";
constexpr const char* kStuck = R"(
  - a:
      call: catalog.price
      with: { items: [ { sku: axe, quantity: 1 } ] }
      compensate: { call: payments.charge, with: { order: '${ $workflow.id }', amount: 1, card: tok_declined } }
  - b: { call: payments.charge, with: { order: '${ $workflow.id }', amount: 1, card: tok_declined } }
)";

class Offline : public DevStore {
 protected:
  void deploy(const std::string& name, const std::string& tasks) {
    std::string head = kAtRest;
    head.replace(head.find("NAME"), 4, name);
    const auto deployed = engine().post_text("/v1/workflows?file=t.yaml", head + tasks, "application/yaml");
    ASSERT_TRUE(deployed) << deployed.error().message;
  }
  void begin(const std::string& workflow, int sagas) {
    std::string lines;
    for (int i = 0; i < sagas; ++i) {
      const Value saga = {{"workflow", "rest/" + workflow},
                          {"id", workflow + "-" + std::to_string(i)},
                          {"input", {{"n", i}}},
                          {"labels", {{"parity", i % 2 == 0 ? "even" : "odd"}}}};
      lines += saga.dump() + "\n";
    }
    ASSERT_TRUE(engine().post_lines("/v1/sagas/batch", lines));
  }
  // The engine ends as by a power cut, and nobody starts it again.
  void kill_for_good() {
    stopped_ = true;
    ASSERT_TRUE(testing::stand_still(dev_.pid()));
    kill("engine");
    ASSERT_TRUE(eventually([&] { return !engine().get("/healthz").has_value(); }));
  }
  void TearDown() override {
    if (stopped_) dev_.signal(SIGCONT);
    DevStore::TearDown();
  }

  bool stopped_ = false;
};

constexpr const char* kOfTheHistory[] = {"at-",       "was-",        "step-",        "undo-",
                                         "goes-back", "left-behind", "nothing-left", "past-pivot"};

// Of an explanation what does not depend on whether an engine runs, and on when it was asked for.
std::string explained(const Result<Value>& explanation) {
  if (!explanation) return explanation.error().code;
  std::string all = to_json((*explanation)["would_undo"]);
  for (const Value& sentence : (*explanation)["sentences"]) {
    const std::string code = sentence["code"];
    const bool of_the_history = std::any_of(std::begin(kOfTheHistory), std::end(kOfTheHistory),
                                            [&code](const char* start) { return code.rfind(start, 0) == 0; });
    if (of_the_history) all += "\n" + code + " " + sentence.value("step", "") + to_json(sentence.value("seq", Value()));
  }
  return all;
}

// All that a source says of one saga, as text.
std::string told(const Source& source, const std::string& id) {
  const auto text = [](const Result<Value>& value) { return value ? to_json(*value) : value.error().code; };
  std::string all = text(source.saga(id)) + "\n";
  const Status history = source.history(id, 1, false, [&all](const Value& event) {
    all += to_json(event) + "\n";
    return true;
  });
  if (!history) all += history.error().code;
  all += "\n" + text(source.trace(id)) + "\n" + text(source.state(id, {})) + "\n" + explained(source.explain(id));
  return all;
}

std::vector<SagaQuery> queries() {
  SagaQuery labelled;
  labelled.labels = {"parity=even"};
  SagaQuery stuck;
  stuck.statuses = {"stuck"};
  SagaQuery waiting;
  waiting.workflows = {"rest/waiting"};
  waiting.statuses = {"running"};
  return {SagaQuery{}, labelled, stuck, waiting};
}

// The first so many; the engine's pages are shorter where the machine is busy.
Value first_items(const Source& source, const SagaQuery& query, std::size_t most) {
  Value items = Value::array();
  std::string cursor;
  do {
    const Value page = source.list(query, most - items.size(), cursor).value();
    for (const Value& saga : page["items"]) items.push_back(saga);
    cursor = page["next_cursor"].is_null() ? "" : page["next_cursor"];
  } while (items.size() < most && !cursor.empty());
  return items;
}

TEST_F(Offline, TheFolderOfAKilledEngineGivesTheAnswersThatTheEngineGave) {
  constexpr int kOrders = 700;
  constexpr int kOthers = 100;
  fill_carts(kOrders);
  deploy("waiting", kWaiting);
  deploy("unserved", kUnserved);
  deploy("stuck", kStuck);
  for (const char* workflow : {"waiting", "unserved", "stuck"}) begin(workflow, kOthers);
  submit_all(0, kOrders, [](int number) { return number % 4 == 3 ? "tok_declined" : "tok_ok"; });
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(engine().post("/v1/sagas/waiting-" + std::to_string(i) + "/suspend", {{"reason", "audit"}}));
  }
  expect_all_ended(525, 175);
  ASSERT_TRUE(eventually([&] { return count("stuck") == kOthers; }));

  const ServerSource live(engine());
  std::vector<std::string> ids;
  ASSERT_TRUE(each_saga(live, {}, 10'000, [&ids](const Value& saga) {
    ids.push_back(saga["id"]);
    return true;
  }));
  ASSERT_EQ(ids.size(), kOrders + 3U * kOthers);
  std::map<std::string, std::string> before;
  for (const std::string& id : ids) before[id] = told(live, id);
  std::vector<std::pair<Value, std::uint64_t>> lists;
  for (const SagaQuery& query : queries()) lists.emplace_back(first_items(live, query, 150), *live.count(query));

  kill_for_good();
  auto dead = open_source(Client({}), {data_, ""});
  ASSERT_TRUE(dead) << dead.error().message;
  for (const std::string& id : ids) ASSERT_EQ(told(**dead, id), before[id]) << id;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    EXPECT_EQ(first_items(**dead, queries()[i], 150), lists[i].first) << i;
    EXPECT_EQ((*dead)->count(queries()[i]).value(), lists[i].second) << i;
  }
}

}  // namespace
}  // namespace skald::cli
