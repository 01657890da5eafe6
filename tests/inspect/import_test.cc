#include "engine/inspect/import.h"

#include <fstream>

#include "tests/inspect/export_fixture.h"
#include "tests/store/support.h"

namespace skald::testing {
namespace {

class Import : public ::testing::Test {
 protected:
  std::string file(const std::string& text) const {
    std::ofstream(path_, std::ios::binary) << text;
    return path_;
  }
  const store::testing::TempDir folder_;
  const std::string path_ = folder_.path() + "/sagas.jsonl";
};

TEST_F(Import, HasWhatTheStoreHad) {
  store::MemoryLog log(16, "store-1");
  fill(log, all_golden());
  auto same = std::make_unique<store::MemoryLog>(16, "store-1");
  same->become(log.contents());
  const std::string text = export_of(std::move(same));
  const auto read = inspect::open_export(file(text));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)->store_id(), "store-1");
  const auto wanted = log.list({.limit = 1'000}).value();
  const auto listed = (*read)->list({.limit = 1'000}).value();
  EXPECT_EQ(listed.items, wanted.items) << "summaries are folded from the events";
  for (const store::Summary& saga : wanted.items) {
    EXPECT_EQ((*read)->find(saga.id).value(), saga.run);
    const auto events = log.events(saga.run, 1, 1'000).value();
    const auto imported = (*read)->events(saga.run, 1, 1'000).value();
    ASSERT_EQ(imported.size(), events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
      EXPECT_EQ(imported[i].seq, events[i].seq);
      EXPECT_EQ(imported[i].bytes, events[i].bytes);
      EXPECT_EQ(imported[i].hash, events[i].hash);
    }
  }
  const auto again = inspect::open_export(path_);
  EXPECT_EQ(export_of(std::move(*inspect::open_export(path_))), text) << "an export of an export is the same";
}

TEST_F(Import, RefusesADamagedExportAndSaysWhere) {
  std::string text = export_of_few();
  text[text.find("svc.ship") + 1] = 'x';
  const auto refused = inspect::open_export(file(text));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "damaged-export");
  EXPECT_EQ(refused.error().kind, ErrorKind::kDamaged);
  EXPECT_NE(refused.error().message.find("line "), std::string::npos) << refused.error().message;
}

TEST_F(Import, RefusesWhatIsNoExport) {
  EXPECT_EQ(inspect::open_export(folder_.path() + "/none").error().code, "no-file");
  EXPECT_EQ(inspect::open_export(folder_.path()).error().kind, ErrorKind::kInvalid) << "a folder";
  EXPECT_EQ(inspect::open_export(file("")).error().code, "damaged-export");
  EXPECT_EQ(inspect::open_export(file("hello\n")).error().code, "damaged-export");
}

TEST_F(Import, RefusesAFileThatIsTooLarge) {
  file(export_of_few());
  std::filesystem::resize_file(path_, inspect::kLargestImport + 1);  // sparse
  std::ofstream(path_, std::ios::binary | std::ios::in | std::ios::ate) << "\n";
  const auto refused = inspect::open_export(path_);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().code == "export-too-large" || refused.error().code == "damaged-export");
}

}  // namespace
}  // namespace skald::testing
