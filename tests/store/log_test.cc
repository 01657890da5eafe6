// What every version of the saga log keeps.

#include <gtest/gtest.h>

#include <functional>
#include <thread>

#include "store/verify.h"
#include "tests/store/versions.h"

namespace skald::store {
namespace {

using testing::add_events;
using testing::run_at;
using testing::saga;
using testing::SagaLogTest;
using testing::started;

INSTANTIATE_TEST_SUITE_P(Versions, SagaLogTest, ::testing::ValuesIn(testing::versions()), testing::name_of);

TEST_P(SagaLogTest, KeepsASagaWhole) {
  Summary summary = saga(run_at(1000), "order-1", 1000);
  summary.labels = {{"city", "Bergen"}};
  summary.error = Payload(Value{{"title", "declined"}});
  summary.pending = {{"/do/1/reserve", "inventory.reserve", 2, Time{1001}, Time{2000}, Payload(Value("e"))}};
  summary.compensation = {1, 2, 3, 4};
  summary.left_behind = {"/do/0/a"};
  summary.ended_at = Time{5};
  summary.final = true;
  summary.input_hash = std::string("\0h", 2);
  summary.output_seq = 9;
  commit(started(summary, log().store_id()));

  const auto found = log().find(SagaId("order-1"));
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, summary.run);
  const auto stored = log().summary(summary.run);
  ASSERT_TRUE(stored && *stored);
  EXPECT_EQ((*stored)->events, 3U);
  Summary expected = summary;
  expected.events = 3;
  expected.head = (*stored)->head;
  EXPECT_EQ(**stored, expected);
  const auto events = log().events(summary.run, 2, 10);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 2U);
  EXPECT_EQ(events->front().seq, 2U);
  EXPECT_EQ(events->front().bytes, "event 2");
  EXPECT_EQ(log().events(summary.run, 1, 1)->size(), 1U);
}

TEST_P(SagaLogTest, AnswersWithNothingForWhatIsNotThere) {
  EXPECT_EQ(*log().find(SagaId("no")), std::nullopt);
  EXPECT_EQ(*log().summary(run_at(1)), std::nullopt);
  EXPECT_EQ(*log().summary(RunId("no run id")), std::nullopt);
  EXPECT_TRUE(log().events(run_at(1), 1, 10)->empty());
  EXPECT_TRUE(log().pending_of(run_at(1))->empty());
  EXPECT_EQ(*log().definition("a/b", "1.0.0"), std::nullopt);
  EXPECT_EQ(*log().meta("nothing"), std::nullopt);
  EXPECT_EQ(*log().count({}), 0U);
}

TEST_P(SagaLogTest, ListsNewestFirstByAnyFilter) {
  Batch batch;
  for (int i = 0; i < 6; ++i) {
    Summary summary = saga(run_at(1000 + i), "s" + std::to_string(i), 1000 + i, i % 2 == 0 ? "running" : "completed",
                           i < 3 ? "store/checkout" : "store/returns");
    summary.labels = {{"odd", i % 2 == 0 ? "no" : "yes"}, {"third", i % 3 == 0 ? "yes" : "no"}};
    batch.append(started(summary, log().store_id()));
  }
  commit(batch);
  using Ids = std::vector<std::string>;
  EXPECT_EQ(listed({}), (Ids{"s5", "s4", "s3", "s2", "s1", "s0"}));
  EXPECT_EQ(listed({.workflow = "store/checkout"}), (Ids{"s2", "s1", "s0"}));
  EXPECT_EQ(listed({.status = "completed"}), (Ids{"s5", "s3", "s1"}));
  EXPECT_EQ(listed({.workflow = "store/checkout", .status = "running"}), (Ids{"s2", "s0"}));
  EXPECT_EQ(listed({.labels = {{"odd", "yes"}}}), (Ids{"s5", "s3", "s1"}));
  EXPECT_EQ(listed({.status = "completed", .labels = {{"odd", "yes"}, {"third", "yes"}}}), (Ids{"s3"}));
  EXPECT_EQ(listed({.since = Time{1002}, .until = Time{1004}}), (Ids{"s3", "s2"}));
  EXPECT_EQ(listed({.workflow = "store"}), Ids{}) << "a prefix of a name is another name";
  EXPECT_EQ(listed({.limit = 2}), (Ids{"s5", "s4", "s3", "s2", "s1", "s0"}));
  EXPECT_EQ(*log().count({}), 6U);
  EXPECT_EQ(*log().count({.status = "completed"}), 3U);
  EXPECT_EQ(*log().count({.workflow = "store/returns", .labels = {{"odd", "yes"}}}), 2U);
  EXPECT_EQ(*log().count({.since = Time{1002}, .until = Time{1004}}), 2U);
}

TEST_P(SagaLogTest, PagesStayTrueWhileSagasAreAdded) {
  for (int i = 0; i < 4; ++i) {
    commit(started(saga(run_at(1000 + i), "s" + std::to_string(i), 1000 + i), log().store_id()));
  }
  const auto first = log().list({.limit = 2});
  ASSERT_TRUE(first);
  commit(started(saga(run_at(2000), "newer", 2000), log().store_id()));
  const auto second = log().list({.limit = 2, .cursor = first->next_cursor});
  ASSERT_TRUE(second);
  ASSERT_EQ(second->items.size(), 2U);
  EXPECT_EQ(second->items[0].id.str(), "s1");
  EXPECT_EQ(second->items[1].id.str(), "s0");
  EXPECT_EQ(second->next_cursor, "");
}

TEST_P(SagaLogTest, RefusesACursorThatIsNone) {
  const auto page = log().list({.cursor = "yesterday"});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().code, "bad-cursor");
}

TEST_P(SagaLogTest, AStatusThatChangesMovesInTheLists) {
  Summary summary = saga(run_at(1000), "s", 1000);
  commit(started(summary, log().store_id()));
  // Two changes of one saga in one commit, as merged batches bring them.
  Batch batch;
  summary.status = "compensating";
  batch.summaries.push_back({summary, "running"});
  Batch then;
  summary.status = "compensated";
  then.summaries.push_back({summary, "compensating"});
  batch.append(then);
  commit(batch);
  EXPECT_TRUE(listed({.status = "running"}).empty());
  EXPECT_TRUE(listed({.status = "compensating"}).empty());
  EXPECT_EQ(listed({.status = "compensated"}).size(), 1U);
  EXPECT_EQ(listed({.workflow = "store/checkout", .status = "compensated"}).size(), 1U);
  EXPECT_EQ(*log().count({.status = "running"}), 0U);
}

TEST_P(SagaLogTest, TimersComeInOrderOfDueTimeByShard) {
  Batch batch;
  batch.timers = {{Time{30}, run_at(1), "b"},
                  {Time{10}, run_at(2), "a"},
                  {Time{20}, run_at(1), "c"},
                  {Time{15}, run_at(1, 4), "other shard"},
                  {Time{-5}, run_at(1), "before 1970"}};
  commit(batch);
  const auto due = log().timers(3, Time{30}, 10);
  ASSERT_TRUE(due);
  ASSERT_EQ(due->size(), 3U);
  EXPECT_EQ((*due)[0].timer, "before 1970");
  EXPECT_EQ((*due)[0].due, Time{-5});
  EXPECT_EQ((*due)[1].timer, "a");
  EXPECT_EQ((*due)[2].timer, "c");
  EXPECT_EQ(log().timers(3, Time{100}, 2)->size(), 2U);

  Batch removal;
  removal.timers_removed = {batch.timers[1], batch.timers[2]};
  removal.timers = {batch.timers[2]};
  commit(removal);
  EXPECT_EQ(log().timers(3, Time{100}, 10)->size(), 3U) << "a row in both is set";
}

TEST_P(SagaLogTest, WhoAwaitsAnEventIsFoundByTypeAndSubject) {
  Batch batch;
  batch.awaits = {{run_at(1), "paid", ""}, {run_at(2), "paid", "order-2"}, {run_at(3), "paid", ""},
                  {run_at(4), "pai", "d"}, {run_at(1), "sent", ""},        {run_at(5), "paid", ""}};
  commit(batch);
  using Runs = std::vector<RunId>;
  EXPECT_EQ(*log().awaiting("paid", "", {}, 10), (Runs{run_at(1), run_at(3), run_at(5)}));
  EXPECT_EQ(*log().awaiting("paid", "", {}, 2), (Runs{run_at(1), run_at(3)}));
  EXPECT_EQ(*log().awaiting("paid", "", run_at(3), 2), (Runs{run_at(5)}));
  EXPECT_EQ(*log().awaiting("paid", "order-2", {}, 10), (Runs{run_at(2)}));
  EXPECT_TRUE(log().awaiting("paid", "order-3", {}, 10)->empty());

  Batch change;
  change.awaits_removed = {batch.awaits[0], batch.awaits[2]};
  change.awaits = {batch.awaits[2]};
  commit(change);
  EXPECT_EQ(*log().awaiting("paid", "", {}, 10), (Runs{run_at(3), run_at(5)})) << "a row in both is set";
  // Begun and over in one commit, and begun again.
  Batch begun;
  begun.awaits = {{run_at(6), "paid", ""}};
  Batch over;
  over.awaits_removed = begun.awaits;
  Batch both = begun;
  both.append(over);
  commit(both);
  EXPECT_EQ(log().awaiting("paid", "", {}, 10)->size(), 2U);
  commit(begun);
  EXPECT_EQ(log().awaiting("paid", "", {}, 10)->size(), 3U);
}

TEST_P(SagaLogTest, PendingActsAreKeptByShardAndRun) {
  Batch batch;
  batch.pending = {{run_at(1), "task:a", "1"},
                   {run_at(1), "task:b", "2"},
                   {run_at(2), "task:a", "3"},
                   {run_at(1, 4), "task:a", "4"}};
  commit(batch);
  EXPECT_EQ(log().pending(3)->size(), 3U);
  EXPECT_EQ(*log().pending(4), (std::vector<PendingRow>{{run_at(1, 4), "task:a", "4"}}));
  EXPECT_EQ(log().pending_of(run_at(1))->size(), 2U);
  Batch change;
  change.pending_removed = {{run_at(1), "task:a", ""}};
  change.pending = {{run_at(1), "task:b", "new"}};
  commit(change);
  EXPECT_EQ(*log().pending_of(run_at(1)), (std::vector<PendingRow>{{run_at(1), "task:b", "new"}}));
}

TEST_P(SagaLogTest, ARemovedRunIsGoneAndItsIdStaysKnown) {
  Summary gone = saga(run_at(1000), "gone", 1000, "completed");
  gone.final = true;
  gone.ended_at = Time{2000};
  gone.labels = {{"city", "Bergen"}};
  Summary stays = saga(run_at(1001), "stays", 1001, "completed");
  stays.labels = gone.labels;
  commit(started(gone, log().store_id()));
  commit(started(stays, log().store_id()));
  EXPECT_EQ(*log().removed(gone.run), std::nullopt);

  Batch removal;
  gone = **log().summary(gone.run);
  removal.removals = {{gone, Time{9000}}};
  EXPECT_FALSE(removal.empty());
  commit(removal);
  const auto removed = log().removed(gone.run);
  ASSERT_TRUE(removed && *removed);
  const Removed wanted{gone.run,   SagaId("gone"), "store/checkout", "1.0.0", "completed",
                       Time{1000}, Time{2000},     Time{9000},       3U,      gone.head};
  EXPECT_EQ(**removed, wanted);
  EXPECT_EQ(log().find(SagaId("gone"))->value(), gone.run) << "the id is used up";
  EXPECT_EQ(*log().summary(gone.run), std::nullopt);
  EXPECT_TRUE(log().events(gone.run, 1, 10)->empty());
  EXPECT_EQ(verify_chain(log(), gone.run).error().code, "unknown-saga");
  for (const ListQuery& query :
       {ListQuery{}, ListQuery{.workflow = "store/checkout"}, ListQuery{.status = "completed"},
        ListQuery{.workflow = "store/checkout", .status = "completed"}, ListQuery{.labels = {{"city", "Bergen"}}}}) {
    EXPECT_EQ(listed(query), std::vector<std::string>{"stays"});
    EXPECT_EQ(*log().count(query), 1U);
  }
  EXPECT_TRUE(verify_chain(log(), stays.run));
  EXPECT_EQ(*log().removed(stays.run), std::nullopt);
  EXPECT_EQ(*log().removed(RunId("no run id")), std::nullopt);
}

TEST_P(SagaLogTest, ARemovalComesBehindAllElseOfItsCommit) {
  Summary summary = saga(run_at(1000), "s", 1000, "running");
  Batch batch = started(summary, log().store_id());
  Summary ended = batch.summaries.back().now;
  Batch end;
  ended.status = "completed";
  ended.final = true;
  add_events(end, ended, log().store_id(), 1);
  end.summaries.push_back({ended, "running"});
  Batch removal;
  removal.removals = {{ended, Time{9000}}};
  batch.append(end);
  batch.append(removal);
  commit(batch);
  EXPECT_TRUE(listed({}).empty());
  EXPECT_TRUE(listed({.status = "completed"}).empty());
  EXPECT_TRUE(log().events(summary.run, 1, 10)->empty());
  EXPECT_EQ((*log().removed(summary.run))->events, 4U);
}

TEST_P(SagaLogTest, PagesStayTrueWhileSagasAreRemoved) {
  for (int i = 0; i < 6; ++i) {
    commit(started(saga(run_at(1000 + i), "s" + std::to_string(i), 1000 + i), log().store_id()));
  }
  const auto first = log().list({.limit = 2});
  ASSERT_TRUE(first);
  Batch removal;  // the one that the cursor names, and one behind it
  for (const int i : {4, 2}) removal.removals.push_back({**log().summary(run_at(1000 + i)), Time{1}});
  commit(removal);
  EXPECT_EQ(listed({.limit = 2, .cursor = first->next_cursor}), (std::vector<std::string>{"s3", "s1", "s0"}));
}

TEST_P(SagaLogTest, DefinitionsAndMetaAreKept) {
  Batch batch;
  batch.definitions = {{"a/b", "1.0.0", "h", "source", Time{9}}, {"a/b", "1.1.0", "h2", "source 2", Time{10}}};
  batch.meta = {{"position", "7"}};
  commit(batch);
  EXPECT_EQ(log().definitions()->size(), 2U);
  const auto row = log().definition("a/b", "1.1.0");
  ASSERT_TRUE(row && *row);
  EXPECT_EQ((*row)->source, "source 2");
  EXPECT_EQ((*row)->deployed_at, Time{10});
  EXPECT_EQ(*log().meta("position"), "7");
}

TEST_P(SagaLogTest, CommitsFromManyThreadsAreAllThere) {
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string id = std::to_string(t) + "-" + std::to_string(i);
        const Status status = log().commit(
            started(saga(run_at(1000 + i, 3, static_cast<std::uint64_t>(t) + 1), id, 1000 + i), log().store_id()));
        EXPECT_TRUE(status);
        EXPECT_TRUE(log().find(SagaId(id))->has_value()) << "a commit that returned is seen";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(*log().count({}), static_cast<std::uint64_t>(kThreads * kEach));
}

TEST_P(SagaLogTest, AWholeHistoryIsVerified) {
  Summary summary = saga(run_at(1000), "s", 1000);
  Batch batch;
  add_events(batch, summary, log().store_id(), 1'500);
  batch.summaries.push_back({summary, ""});
  commit(batch);
  const auto verified = verify_chain(log(), summary.run);
  ASSERT_TRUE(verified) << verified.error().message;
  EXPECT_EQ(verified->events, 1'500U);
}

TEST_P(SagaLogTest, AChangedOrCutHistoryIsFound) {
  Summary summary = saga(run_at(1000), "s", 1000);
  Batch batch = started(summary, log().store_id());
  batch.events[1].bytes = "event two";
  commit(batch);
  const auto changed = verify_chain(log(), summary.run);
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, "damaged-history");
  EXPECT_NE(changed.error().message.find("event 2"), std::string::npos) << changed.error().message;

  Summary other = saga(run_at(1001), "t", 1001);
  Batch cut = started(other, log().store_id());
  cut.events.pop_back();
  commit(cut);
  EXPECT_EQ(verify_chain(log(), other.run).error().code, "damaged-history");
  EXPECT_EQ(verify_chain(log(), run_at(77)).error().code, "unknown-saga");
}

}  // namespace
}  // namespace skald::store
