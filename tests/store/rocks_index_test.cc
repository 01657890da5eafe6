// The rows of statuses in the index: how they come and go below RocksDB's surface.

#include <rocksdb/perf_context.h>

#include <chrono>
#include <thread>

#include "store/keys.h"
#include "store/rocks_log.h"
#include "tests/store/folders.h"
#include "tests/store/raw_store.h"
#include "tests/store/support.h"

namespace skald::store {
namespace {

using testing::files_of;
using testing::RawStore;
using testing::run_at;
using testing::saga;
using testing::started;
using testing::TempDir;

std::unique_ptr<RocksLog> open(const std::string& dir) {
  auto log = RocksLog::open(dir);
  EXPECT_TRUE(log) << log.error().message;
  return log ? std::move(*log) : nullptr;
}

void move_to(RocksLog& log, const std::string& status, const RunId& run) {
  Batch batch;
  batch.summaries.push_back({**log.summary(run), ""});
  batch.summaries.back().status_was = std::exchange(batch.summaries.back().now.status, status);
  ASSERT_TRUE(log.commit(batch));
}

std::size_t listed(const RocksLog& log, const std::string& status) {
  return log.list({.status = status})->items.size();
}

std::string damage(const RocksLog& log) {
  std::string all;
  log.check_rows([&all](const RocksLog::RowDamage& row) { all += row.what + "\n"; });
  return all;
}

TEST(RocksIndex, NoRowComesBackInAStoreOfAVersionThatRemovedThemOtherwise) {
  const TempDir dir;
  const RunId run = run_at(1000);
  {
    const auto log = open(dir.path());
    ASSERT_TRUE(log->commit(started(saga(run, "s", 1000), log->store_id())));
  }
  {
    // As it left a saga that was suspended and resumed.
    RawStore raw(dir.path());
    rocksdb::ColumnFamilyHandle* index = raw.family("index");
    rocksdb::CompactRangeOptions to_the_bottom;
    to_the_bottom.change_level = true;
    to_the_bottom.target_level = 6;
    ASSERT_TRUE(raw.db().CompactRange(to_the_bottom, index, nullptr, nullptr).ok());
    for (const std::string& row :
         {keys::index_status("running"), keys::index_workflow_status("store/checkout", "running")}) {
      ASSERT_TRUE(raw.db().Delete({}, index, row + *keys::run(run)).ok());
      ASSERT_TRUE(raw.db().Put({}, index, row + *keys::run(run), "").ok());
    }
    ASSERT_TRUE(raw.db().Flush({}, index).ok());
    ASSERT_TRUE(raw.db().Delete({}, raw.family("meta"), "index_removals").ok());
  }
  move_to(*open(dir.path()), "completed", run);
  {
    // Where a store is large, the newest files are merged with one another for long before they meet the oldest.
    RawStore raw(dir.path());
    ASSERT_TRUE(raw.db().CompactFiles({}, raw.family("index"), raw.files_in("index", 0), 5).ok());
  }
  const auto log = open(dir.path());
  // Rows alone are counted here.
  EXPECT_EQ(*log->count({.status = "running", .since = Time{0}}), 0U);
  EXPECT_EQ(*log->count({.status = "completed", .since = Time{0}}), 1U);
  EXPECT_EQ(damage(*log), "");
}

TEST(RocksIndex, AStoreNotesHowItsRowsAreRemoved) {
  const TempDir dir;
  EXPECT_EQ(open(dir.path())->meta("index_removals")->value_or(""), "single") << "a new one";
  {
    RawStore raw(dir.path());
    ASSERT_TRUE(raw.db().Delete({}, raw.family("meta"), "index_removals").ok());
  }
  {
    const auto reader = RocksLog::open_reader(dir.path());
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ(*(*reader)->meta("index_removals"), std::nullopt) << "a reader changes nothing";
  }
  EXPECT_EQ(open(dir.path())->meta("index_removals")->value_or(""), "single");
}

// More than a list passes over before it has the index flushed; less than is flushed when the store is closed.
constexpr int kMany = 5'200;

Batch many(const std::string& status, const std::string& status_was) {
  Batch batch;
  for (int i = 0; i < kMany; ++i) {
    batch.summaries.push_back({saga(run_at(1000 + i), "s" + std::to_string(i), 1000 + i, status), status_was});
  }
  return batch;
}

TEST(RocksIndex, IsFlushedWhereAListPassesOverManyRowsThatAreGone) {
  const TempDir dir;
  const auto log = open(dir.path());
  ASSERT_TRUE(log->commit(many("running", "")));
  ASSERT_TRUE(log->commit(many("completed", "running")));
  ASSERT_TRUE(files_of(dir.path(), "", ".sst").empty());
  EXPECT_EQ(listed(*log, "running"), 0U);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (files_of(dir.path(), "", ".sst").empty() && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_FALSE(files_of(dir.path(), "", ".sst").empty());
}

TEST(RocksIndex, IsNotFlushedWhereAListReadsManyRowsThatAreThere) {
  const TempDir dir;
  {
    const auto log = open(dir.path());
    ASSERT_TRUE(log->commit(many("completed", "")));
    EXPECT_EQ(*log->count({.workflow = "store/checkout"}), static_cast<std::uint64_t>(kMany));
    const auto page = log->list({.limit = kMany});
    ASSERT_TRUE(page);
    EXPECT_EQ(page->items.size(), static_cast<std::size_t>(kMany));
  }
  EXPECT_TRUE(files_of(dir.path(), "", ".sst").empty()) << "all stands in the write-ahead log";
}

// How many rows iterators of this thread have left behind them.
std::uint64_t passed() { return rocksdb::get_perf_context()->internal_key_skipped_count; }

TEST(RocksLists, LookUpOnlySoManyIdsThatBeginAlike) {
  const TempDir dir;
  const auto log = open(dir.path());
  constexpr int kIds = 25'000;
  Batch batch;
  for (int i = 0; i < kIds; ++i) {
    batch.summaries.push_back({saga(run_at(1000 + i), "order-" + std::to_string(i), 1000 + i, "completed"), ""});
    batch.ids.emplace_back(batch.summaries.back().now.id, batch.summaries.back().now.run);
  }
  ASSERT_TRUE(log->commit(batch));
  const std::uint64_t before = passed();
  const auto page = log->list({.since = Time{1000 + kIds - 3}, .id = "order-", .budget = Millis(0)});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->items.size(), 3U);
  EXPECT_LT(passed() - before, 11'000U) << "most are older than what is asked for";
}

}  // namespace
}  // namespace skald::store
