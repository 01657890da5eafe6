// The rows of statuses in the index: how they come and go below RocksDB's surface.

#include "store/keys.h"
#include "store/rocks_log.h"
#include "tests/store/raw_store.h"
#include "tests/store/support.h"

namespace skald::store {
namespace {

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

}  // namespace
}  // namespace skald::store
