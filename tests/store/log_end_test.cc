// Where a log ends, alone and in the file of an older one; the bytes are RocksDB's own.

#include "store/log_end.h"

#include <rocksdb/db.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "tests/store/support.h"

namespace skald::store {
namespace {

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A database of which the log is looked at.
class Logs {
 public:
  Logs() {
    rocksdb::Options options;
    options.create_if_missing = true;
    EXPECT_TRUE(rocksdb::DB::Open(options, dir_.path(), &db_).ok());
  }
  ~Logs() { delete db_; }
  Logs(const Logs&) = delete;
  Logs& operator=(const Logs&) = delete;

  // A log with writes of these sizes, and where each of them ends; the next goes on with higher numbers.
  std::string write(const std::vector<std::size_t>& sizes, std::vector<std::size_t>* ends = nullptr) {
    EXPECT_TRUE(db_->Flush({}).ok());
    rocksdb::WriteOptions durable;
    durable.sync = true;
    for (const std::size_t size : sizes) {
      EXPECT_TRUE(db_->Put(durable, "key", std::string(size, static_cast<char>('a' + written_++ % 26))).ok());
      if (ends != nullptr) ends->push_back(newest().size());
    }
    return newest();
  }

 private:
  std::string newest() const {
    std::vector<std::string> logs;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
      if (entry.path().extension() == ".log") logs.push_back(entry.path());
    }
    return bytes_of(*std::max_element(logs.begin(), logs.end()));
  }

  testing::TempDir dir_;
  rocksdb::DB* db_ = nullptr;
  int written_ = 0;
};

// As its blocks are before it is written over (spare_logs.h).
std::string cleared(std::string bytes) {
  for (std::size_t at = 0; at + kLogHeader <= bytes.size(); at += kLogBlock) {
    std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), kLogHeader, '\0');
  }
  return bytes;
}

std::string over(const std::string& older, const std::string& bytes) {
  return bytes.size() < older.size() ? bytes + older.substr(bytes.size()) : bytes;
}

class LogEnds : public ::testing::Test {
 protected:
  std::size_t end_at(std::size_t bytes) const {
    const auto behind = std::upper_bound(ends_.begin(), ends_.end(), bytes);
    return behind == ends_.begin() ? 0 : *std::prev(behind);
  }
  // All places near which something begins or ends, and others.
  std::vector<std::size_t> places() const {
    std::vector<std::size_t> all;
    for (std::size_t at = 0; at <= log_.size(); at += 211) all.push_back(at);
    for (std::size_t block = 0; block <= log_.size(); block += kLogBlock) {
      for (std::size_t at = block < 12 ? 0 : block - 12; at < block + 24 && at <= log_.size(); ++at) all.push_back(at);
    }
    for (const std::size_t end : ends_) {
      for (std::size_t at = end - 12; at < end + 24 && at <= log_.size(); ++at) all.push_back(at);
    }
    return all;
  }

  Logs logs_;
  std::vector<std::size_t> sizes_{10, 200, 33'000, 5, 70'000, 1, 30'000, 2'700, 900, 100'000, 40, 400, 4'000, 7};
  const std::string older_ = logs_.write({50'000, 3, 1'000, 90'000, 400, 60'000, 10, 20'000, 5'000, 80'000, 2'000, 9});
  std::vector<std::size_t> ends_;
  const std::string log_ = logs_.write(sizes_, &ends_);
  const std::uint64_t least_ = 13;  // twelve writes before it
};

TEST_F(LogEnds, ALogAloneEndsWithItsFileOrWithItsLastWholeWrite) {
  ASSERT_EQ(ends_.back(), log_.size());
  for (const std::size_t bytes : places()) {
    const LogEnd end = end_of_records(std::string_view(log_).substr(0, bytes), 0, 0);
    ASSERT_EQ(end.bytes, end_at(bytes)) << "cut to " << bytes;
    ASSERT_FALSE(end.damaged) << "cut to " << bytes;
  }
}

TEST_F(LogEnds, ZerosBehindItAreNotPartOfIt) {
  for (const std::size_t bytes : places()) {
    const LogEnd end = end_of_records(log_.substr(0, bytes) + std::string(2 * kLogBlock, '\0'), 0, 0);
    ASSERT_EQ(end.bytes, end_at(bytes)) << "cut to " << bytes;
    ASSERT_FALSE(end.damaged) << "cut to " << bytes;
  }
}

TEST_F(LogEnds, InAnOlderLogsFileItEndsWhereItEndsAlone) {
  const std::string older = cleared(older_ + older_.substr(0, kLogBlock));
  ASSERT_GT(older.size(), log_.size());
  for (const std::size_t bytes : places()) {
    const LogEnd end = end_of_records(over(older, log_.substr(0, bytes)), 0, least_);
    ASSERT_EQ(end.bytes, end_at(bytes)) << "written to " << bytes;
    ASSERT_FALSE(end.damaged) << "written to " << bytes;
  }
}

// The sizes of writes repeat, so that the older ones often begin right where the new ones end.
TEST_F(LogEnds, AnOlderWriteIsNotTakenForTheNext) {
  std::vector<std::size_t> ends;
  const std::string older = cleared(logs_.write(std::vector<std::size_t>(200, 700)));
  const std::string newer = logs_.write(std::vector<std::size_t>(150, 700), &ends);
  for (const std::size_t bytes : ends) {
    const LogEnd end = end_of_records(over(older, newer.substr(0, bytes)), 0, 0);
    ASSERT_EQ(end.bytes, bytes);
    ASSERT_FALSE(end.damaged);
  }
}

// Without the zeros at the begin of blocks, the older one's next part would do.
TEST_F(LogEnds, AWriteThatIsThereToTheEndOfABlockIsTorn) {
  const std::vector<std::size_t> sizes(3, 30'000);
  const std::string older = logs_.write(sizes);
  std::vector<std::size_t> ends;
  const std::string newer = logs_.write(sizes, &ends);
  const std::string torn = newer.substr(0, kLogBlock);
  EXPECT_EQ(end_of_records(over(older, torn), 0, 0).bytes, ends[1]) << "it would end as the older one's does";
  const LogEnd end = end_of_records(over(cleared(older), torn), 0, 0);
  EXPECT_EQ(end.bytes, ends[0]);
  EXPECT_FALSE(end.damaged);
}

TEST_F(LogEnds, AChangeBeforeTheLastWriteIsDamageAndNoEnd) {
  const std::string file = over(cleared(older_ + older_), log_);
  const std::size_t last = *std::prev(ends_.end(), 2);
  int told = 0;
  for (const std::size_t at : places()) {
    if (at >= log_.size()) continue;
    std::string changed = file;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    const LogEnd end = end_of_records(changed, 0, least_);
    if (end.bytes == log_.size() && !end.damaged) continue;  // between the last record of a block and its end
    ++told;
    ASSERT_LE(end.bytes, at);
    ASSERT_EQ(end.damaged, at < last) << "changed at " << at;
  }
  EXPECT_GT(told, 1'000);
}

TEST_F(LogEnds, AChangedLastWriteIsNotTorn) {
  std::string changed = log_;
  changed[log_.size() - 3] = static_cast<char>(changed[log_.size() - 3] ^ 1);
  EXPECT_TRUE(end_of_records(changed, 0, 0).damaged);
}

TEST_F(LogEnds, GoesOnFromWhatWasDurable) {
  const testing::TempDir dir;
  const std::string path = dir.path() + "/000007.log";
  std::ofstream(path, std::ios::binary) << over(cleared(older_ + older_), log_);
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    const auto end = find_log_end(path, ends_[i], least_ + i + 1);
    ASSERT_TRUE(end) << end.error().message;
    EXPECT_EQ(end->bytes, log_.size());
    EXPECT_FALSE(end->damaged);
  }
  EXPECT_EQ(find_log_end(dir.path() + "/none.log", 0, 0).error().code, "unreadable-log");
}

}  // namespace
}  // namespace skald::store
