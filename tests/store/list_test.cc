// Lists as every version of the log makes them: held against a plain look at all sagas.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "store/list_filter.h"
#include "tests/store/versions.h"

namespace skald::store {
namespace {

using testing::run_at;
using testing::saga;
using testing::started;

using Ids = std::vector<std::string>;

Payload error(const std::string& title, const std::string& detail = "", const std::string& type = "") {
  return Payload(Value{{"title", title}, {"detail", detail}, {"type", type}, {"instance", "/do/1/charge"}});
}

class Lists : public testing::SagaLogTest {
 protected:
  void start(const Summary& summary) { commit(started(summary, log().store_id())); }
  void move_to(const std::string& status, const std::string& id) {
    Summary now = **log().summary(**log().find(SagaId(id)));
    const std::string was = std::exchange(now.status, status);
    Batch batch;
    batch.summaries.push_back({now, was});
    commit(batch);
  }
};

INSTANTIATE_TEST_SUITE_P(Versions, Lists, ::testing::ValuesIn(testing::versions()), testing::name_of);

TEST_P(Lists, FindTextInErrorsWhateverItsCase) {
  Summary declined = saga(run_at(1000), "declined", 1000, "compensated");
  declined.error = error("Card declined", "The bank said no", "https://bank.example/errors/no-funds");
  start(declined);
  Summary retrying = saga(run_at(1001), "retrying", 1001, "running");
  retrying.pending = {{"/do/0/a", "a.b", 2, Time{1001}, Time{2000}, error("Connection refused", "10.0.0.1:80")}};
  start(retrying);
  Summary coded = saga(run_at(1002), "coded", 1002, "failed");
  coded.error = Payload(Value{{"code", "E-17"}});
  start(coded);
  Summary text = saga(run_at(1003), "text", 1003, "failed");
  text.error = Payload(Value("no FUNDS either"));
  start(text);
  Summary named = saga(run_at(1004), "declined-by-name-only", 1004);
  named.labels = {{"reason", "declined"}};
  start(named);

  EXPECT_EQ(listed({.error = "DECLINED"}), Ids{"declined"}) << "an id and a label are no error";
  EXPECT_EQ(listed({.error = "bank said"}), Ids{"declined"}) << "the detail";
  EXPECT_EQ(listed({.error = "no-funds"}), Ids{"declined"}) << "the last part of the type";
  EXPECT_EQ(listed({.error = "bank.example"}), Ids{}) << "not the rest of it";
  EXPECT_EQ(listed({.error = "charge"}), Ids{}) << "nor where it was";
  EXPECT_EQ(listed({.error = "refused"}), Ids{"retrying"}) << "the last error of what it waits for";
  EXPECT_EQ(listed({.error = "e-17"}), Ids{"coded"});
  EXPECT_EQ(listed({.error = "Funds"}), (Ids{"text", "declined"}));
  EXPECT_EQ(listed({.status = "failed", .error = "funds"}), Ids{"text"});
  EXPECT_EQ(*log().count({.error = "funds"}), 2U);
}

TEST_P(Lists, AnyOfSeveralStatusesAndWorkflows) {
  const char* statuses[] = {"running", "stuck", "completed"};
  const char* workflows[] = {"a/a", "a/b", "b/a"};
  for (int i = 0; i < 9; ++i) {
    start(saga(run_at(1000 + i), "s" + std::to_string(i), 1000 + i, statuses[i % 3], workflows[i / 3]));
  }
  EXPECT_EQ(listed({.status = {"stuck", "completed"}}), (Ids{"s8", "s7", "s5", "s4", "s2", "s1"}));
  EXPECT_EQ(listed({.workflow = {"a/a", "b/a"}}), (Ids{"s8", "s7", "s6", "s2", "s1", "s0"}));
  EXPECT_EQ(listed({.workflow = {"a/a", "b/a"}, .status = {"stuck", "running"}}), (Ids{"s7", "s6", "s1", "s0"}));
  EXPECT_EQ(listed({.status = {"stuck", "stuck"}}), (Ids{"s7", "s4", "s1"})) << "each once";
  EXPECT_EQ(*log().count({.status = {"stuck", "completed"}}), 6U);
  EXPECT_EQ(*log().count({.workflow = {"a/a", "b/a"}, .status = {"stuck", "running"}}), 4U);
}

TEST_P(Lists, FindIdsAndRunsByTheirBeginning) {
  const RunId run = run_at(0x0193'0000'0000);
  start(saga(run, "order-17", 0x0193'0000'0000));
  start(saga(run_at(0x0193'0001'0000), "order-171", 0x0193'0001'0000));
  start(saga(run_at(0x0194'0000'0000), "01930000-no-run", 0x0194'0000'0000));
  start(saga(run_at(0x0195'0000'0000), "other", 0x0195'0000'0000));
  EXPECT_EQ(listed({.id = "order-17"}), (Ids{"order-171", "order-17"}));
  EXPECT_EQ(listed({.id = "order-17", .limit = 1}), (Ids{"order-171", "order-17"}));
  EXPECT_EQ(listed({.id = "order-2"}), Ids{});
  EXPECT_EQ(listed({.id = run.str()}), Ids{"order-17"});
  EXPECT_EQ(listed({.id = "01930000"}), (Ids{"01930000-no-run", "order-17"})) << "an id, and a run";
  EXPECT_EQ(listed({.id = "01930000", .order = ListOrder::kId}), (Ids{"01930000-no-run", "order-17"}));
  EXPECT_EQ(listed({.id = "0193000"}), Ids{"01930000-no-run"}) << "seven characters are no run";
  EXPECT_EQ(*log().count({.id = "01930000"}), 2U);
  EXPECT_EQ(*log().count({.id = "order"}), 2U);
}

TEST_P(Lists, ManyIdsThatBeginAlikeAreFoundAsWell) {
  constexpr int kMany = 10'050;  // more than are listed one by one
  Batch batch;
  for (int i = 0; i < kMany; ++i) {
    Summary one = saga(run_at(1000 + i), "alike-" + std::to_string(i), 1000 + i, i % 100 == 0 ? "stuck" : "completed");
    batch.summaries.push_back({one, ""});
    batch.ids.emplace_back(one.id, one.run);
  }
  commit(batch);
  start(saga(run_at(500), "unlike", 500));
  EXPECT_EQ(*log().count({.id = "alike-"}), static_cast<std::uint64_t>(kMany));
  EXPECT_EQ(listed({.status = "stuck", .id = "alike-", .limit = 1'000}).size(), 101U);
  EXPECT_EQ(listed({.status = "completed", .limit = 1'000, .order = ListOrder::kId}).size(), kMany - 101U);
}

TEST_P(Lists, GoEitherWayAndInOrderOfIds) {
  for (const char* id : {"b", "a", "C", "c.1", "c"}) {
    const auto at = static_cast<std::int64_t>(1000 + listed({}).size());
    start(saga(run_at(at), id, at, *id == 'a' ? "stuck" : "running"));
  }
  EXPECT_EQ(listed({.limit = 2, .reverse = true}), (Ids{"b", "a", "C", "c.1", "c"}));
  EXPECT_EQ(listed({.since = Time{1001}, .until = Time{1004}, .limit = 1, .reverse = true}), (Ids{"a", "C", "c.1"}));
  EXPECT_EQ(listed({.limit = 2, .order = ListOrder::kId}), (Ids{"C", "a", "b", "c", "c.1"}));
  EXPECT_EQ(listed({.limit = 2, .order = ListOrder::kId, .reverse = true}), (Ids{"c.1", "c", "b", "a", "C"}));
  EXPECT_EQ(listed({.status = "running", .limit = 2, .order = ListOrder::kId}), (Ids{"C", "b", "c", "c.1"}));
  EXPECT_EQ(listed({.id = "c", .limit = 1, .order = ListOrder::kId}), (Ids{"c", "c.1"}));
}

TEST_P(Lists, RefuseTheCursorOfAnotherOrder) {
  EXPECT_EQ(log().list({.cursor = "order-1"}).error().code, "bad-cursor");
  EXPECT_EQ(log().list({.cursor = run_at(1).str(), .order = ListOrder::kId}).error().code, "bad-cursor");
  EXPECT_TRUE(log().list({.cursor = run_at(1).str()}));
  EXPECT_TRUE(log().list({.cursor = "order-1", .order = ListOrder::kId}));
}

TEST_P(Lists, APageThatTakesTooLongEndsEarlyAndSaysWhereToGoOn) {
  Batch batch;
  for (int i = 0; i < 500; ++i) {
    Summary one = saga(run_at(1000 + i), "s" + std::to_string(i), 1000 + i, i % 2 == 0 ? "failed" : "completed");
    one.labels = {{"parity", i % 2 == 0 ? "even" : "odd"}};
    if (i == 3) one.error = error("needle");
    batch.append(started(one, log().store_id()));
  }
  commit(batch);
  ListQuery query{.error = "needle", .budget = Millis(0)};
  const auto first = log().list(query);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->items.empty());
  EXPECT_FALSE(first->next_cursor.empty());
  EXPECT_GT(first->scanned, 0U);
  EXPECT_LT(first->scanned, 100U);
  EXPECT_EQ(listed(query), Ids{"s3"}) << "along its cursors nothing is left out";
  query.order = ListOrder::kId;
  EXPECT_EQ(listed(query), Ids{"s3"});
  const ListQuery none{.status = "failed", .labels = {{"parity", "odd"}}, .budget = Millis(0)};
  EXPECT_EQ(listed(none), Ids{});
  const auto both = log().list(none);
  EXPECT_FALSE(both->next_cursor.empty()) << "it is the time that counts, not what is found";
}

TEST_P(Lists, CountInParts) {
  Batch batch;
  for (int i = 0; i < 300; ++i) {
    Summary one = saga(run_at(1000 + i), "s" + std::to_string(i), 1000 + i);
    one.labels = {{"city", "Bergen"}};
    batch.append(started(one, log().store_id()));
  }
  commit(batch);
  ListQuery part{.labels = {{"city", "Bergen"}}, .budget = Millis(0), .counts = true};
  std::uint64_t sagas = 0;
  int parts = 0;
  do {
    const auto page = log().list(part);
    ASSERT_TRUE(page);
    EXPECT_TRUE(page->items.empty());
    sagas += page->count;
    ++parts;
    part.cursor = page->next_cursor;
  } while (!part.cursor.empty());
  EXPECT_EQ(sagas, 300U);
  EXPECT_GT(parts, 1);
  EXPECT_EQ(*log().count(part), 300U) << "at once";
}

TEST_P(Lists, CountWithoutSorting) {
  Batch batch;
  for (int i = 0; i < 300; ++i) {
    Summary one = saga(run_at(1000 + i), "s" + std::to_string(i * 7 % 300), 1000 + i);
    one.labels = {{"city", "Bergen"}};
    batch.append(started(one, log().store_id()));
  }
  commit(batch);
  ListQuery query{.labels = {{"city", "Bergen"}}, .budget = Millis(0), .counts = true};
  const auto by_start = log().list(query);
  query.order = ListOrder::kId;
  const auto by_id = log().list(query);
  ASSERT_TRUE(by_start && by_id);
  EXPECT_EQ(by_id->next_cursor, by_start->next_cursor) << "it goes the same way";
  query.cursor = by_id->next_cursor;
  EXPECT_GT(log().list(query)->count, 0U);
  EXPECT_EQ(*log().count(query), 300U);
}

// What a list must be: all sagas, looked at one by one.
class Model {
 public:
  void set(const Summary& saga) { sagas_[saga.run] = saga; }
  const Summary& any(std::mt19937_64& random) const {
    return std::next(sagas_.begin(), static_cast<std::ptrdiff_t>(random() % sagas_.size()))->second;
  }
  void remove(const RunId& run) { sagas_.erase(run); }
  std::size_t size() const { return sagas_.size(); }
  Ids list(const ListQuery& query) const {
    std::vector<const Summary*> meant;
    for (const auto& [run, saga] : sagas_) {
      if (matches(query, saga)) meant.push_back(&saga);
    }
    if (query.order == ListOrder::kId) {
      std::sort(meant.begin(), meant.end(), [](const Summary* a, const Summary* b) { return a->id < b->id; });
    } else {
      std::reverse(meant.begin(), meant.end());
    }
    if (query.reverse) std::reverse(meant.begin(), meant.end());
    Ids ids;
    for (const Summary* one : meant) ids.push_back(one->id.str());
    return ids;
  }

 private:
  std::map<RunId, Summary> sagas_;
};

constexpr const char* kStatuses[] = {"running", "compensating", "stuck", "completed", "failed"};
constexpr const char* kWorkflows[] = {"a/a", "a/b", "store/checkout"};
constexpr const char* kErrors[] = {"Card declined", "Connection refused", "Timeout"};

Summary made_up(std::mt19937_64& random, int number) {
  const auto at = static_cast<std::int64_t>(1000 + random() % 300);
  const std::string letter(1, static_cast<char>('a' + random() % 3));
  Summary one = saga(run_at(at, static_cast<ShardId>(random() % 16), random()), letter + std::to_string(number), at,
                     kStatuses[random() % 5], kWorkflows[random() % 3]);
  one.labels = {{"city", random() % 2 == 0 ? "Bergen" : "Oslo"}};
  if (random() % 3 == 0) one.labels["rush"] = "yes";
  if (random() % 3 == 0) one.error = error(kErrors[random() % 3]);
  return one;
}

ListQuery asked(std::mt19937_64& random) {
  ListQuery query;
  const auto maybe = [&random](int in) { return random() % static_cast<unsigned>(in) == 0; };
  while (maybe(2)) query.status.add(kStatuses[random() % 5]);
  while (maybe(3)) query.workflow.add(kWorkflows[random() % 3]);
  if (maybe(3)) query.labels.emplace_back("city", "Oslo");
  if (maybe(4)) query.labels.emplace_back("rush", "yes");
  if (maybe(4)) query.since = Time{static_cast<std::int64_t>(1000 + random() % 300)};
  if (maybe(4)) query.until = Time{static_cast<std::int64_t>(1000 + random() % 300)};
  if (maybe(4)) query.id = std::string(1, static_cast<char>('a' + random() % 3));
  if (maybe(6)) query.id = run_at(static_cast<std::int64_t>(1000 + random() % 300)).str().substr(0, 8 + random() % 6);
  if (maybe(4)) query.error = maybe(2) ? "DEC" : "refused";
  if (maybe(3)) query.order = ListOrder::kId;
  query.reverse = maybe(2);
  query.limit = 1 + random() % 40;
  if (maybe(3)) query.budget = Millis(0);
  return query;
}

TEST_P(Lists, AreWhatAPlainLookAtAllSagasFinds) {
  std::mt19937_64 random(20261126);
  Model model;
  for (int round = 0; round < 30; ++round) {
    for (int i = 0; i < 10; ++i) {
      const Summary one = made_up(random, round * 100 + i);
      start(one);
      model.set(one);
    }
    for (int i = 0; i < 10; ++i) {
      Summary now = **log().summary(model.any(random).run);
      const std::string was = std::exchange(now.status, kStatuses[random() % 5]);
      Batch batch;
      batch.summaries.push_back({now, was});
      commit(batch);
      model.set(now);
    }
    if (round % 3 == 0) {
      Batch batch;
      batch.removals.push_back({**log().summary(model.any(random).run), Time{9000}});
      model.remove(batch.removals.front().last.run);
      commit(batch);
    }
    for (int i = 0; i < 20; ++i) {
      const ListQuery query = asked(random);
      const Ids wanted = model.list(query);
      ASSERT_EQ(listed(query), wanted) << "round " << round << ", query " << i;
      ASSERT_EQ(*log().count(query), wanted.size()) << "round " << round << ", query " << i;
    }
  }
}

TEST_P(Lists, ASagaStandsUnderItsNewStatusAsSoonAsItsCommitHasReturned) {
  constexpr int kThreads = 4;
  constexpr int kChanges = 60;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      const std::string id = "s" + std::to_string(t);
      Summary now = saga(run_at(1000, 3, static_cast<std::uint64_t>(t) + 1), id, 1000);
      now.labels = {{"thread", id}};
      const std::vector<std::pair<std::string, std::string>> labels = {{"thread", id}};
      start(now);
      for (int i = 0; i < kChanges; ++i) {
        const std::string was = std::exchange(now.status, kStatuses[(i + 1) % 5]);
        Batch batch;
        batch.summaries.push_back({now, was});
        commit(batch);
        EXPECT_EQ(listed({.status = now.status, .labels = labels}), Ids{id});
        EXPECT_EQ(listed({.status = was, .labels = labels}), Ids{});
        const auto both = log().list({.status = {was, now.status}, .labels = labels});
        ASSERT_EQ(both->items.size(), 1U);
        EXPECT_EQ(both->items.front().status, now.status) << "the summary is of the same moment";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

// Sagas come and change their status while another goes through the pages.
TEST_P(Lists, PagesMissNoneThatWasThereThroughoutAndShowNoneTwice) {
  constexpr int kStay = 200;
  for (int i = 0; i < kStay; ++i) start(saga(run_at(1000 + 2 * i), "stays" + std::to_string(i), 1000 + 2 * i, "stuck"));
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      const std::string id = "moves" + std::to_string(i);
      start(saga(run_at(1001 + 2 * (i % kStay), 4, static_cast<std::uint64_t>(i)), id, 1001 + 2 * (i % kStay)));
      move_to("stuck", id);
      move_to("completed", id);
      // Those that stay pass between two statuses that are asked for.
      const std::string staying = "stays" + std::to_string(i % kStay);
      move_to((i / kStay) % 2 == 0 ? "suspended" : "stuck", staying);
    }
  });
  for (const ListOrder order : {ListOrder::kStarted, ListOrder::kId}) {
    for (int pass = 0; pass < 6; ++pass) {
      const ListQuery query{.status = {"stuck", "suspended"}, .limit = 7, .order = order, .reverse = pass % 2 == 1};
      std::set<std::string> seen;
      std::size_t stayed = 0;
      for (const std::string& id : listed(query)) {
        EXPECT_TRUE(seen.insert(id).second) << id << " came twice";
        stayed += id.rfind("stays", 0) == 0 ? 1 : 0;
      }
      EXPECT_EQ(stayed, static_cast<std::size_t>(kStay)) << "pass " << pass;
    }
  }
  stop = true;
  writer.join();
}

}  // namespace
}  // namespace skald::store
