#pragma once

// The versions of the saga log, for the tests that all of them pass.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "store/memory_log.h"
#include "store/rocks_log.h"
#include "tests/store/support.h"

namespace skald::store::testing {

struct Opened {
  std::unique_ptr<TempDir> dir = std::make_unique<TempDir>();
  std::unique_ptr<SagaLog> log;
};

inline Opened open_memory() {
  Opened opened;
  opened.log = std::make_unique<MemoryLog>();
  return opened;
}

inline Opened open_rocks() {
  Opened opened;
  auto log = RocksLog::open(opened.dir->path());
  EXPECT_TRUE(log) << log.error().message;
  if (log) opened.log = std::move(*log);
  return opened;
}

struct Version {
  const char* name;
  Opened (*open)();
};

inline std::vector<Version> versions() { return {{"Memory", open_memory}, {"Rocks", open_rocks}}; }
inline std::string name_of(const ::testing::TestParamInfo<Version>& param) { return param.param.name; }

class SagaLogTest : public ::testing::TestWithParam<Version> {
 protected:
  SagaLog& log() { return *opened_.log; }
  void commit(const Batch& batch) {
    const Status status = log().commit(batch);
    ASSERT_TRUE(status) << status.error().message;
  }
  std::vector<std::string> listed(const ListQuery& query) {
    std::vector<std::string> ids;
    ListQuery page_query = query;
    do {
      const auto page = log().list(page_query);
      EXPECT_TRUE(page) << page.error().message;
      for (const Summary& item : page->items) ids.push_back(item.id.str());
      page_query.cursor = page->next_cursor;
    } while (!page_query.cursor.empty());
    return ids;
  }

  Opened opened_ = GetParam().open();
};

}  // namespace skald::store::testing
