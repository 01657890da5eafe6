// What a reader sees of a folder whose engine writes on and lets files go meanwhile.

#include "store/folder_view.h"

#include <rocksdb/db.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>
#include <thread>

#include "tests/store/folders.h"

namespace skald::store {
namespace {

using testing::Found;
using testing::newest_wal;

constexpr int kSagas = 30;

// Calls `before` whenever a table is to be opened.
class AskedForTables final : public rocksdb::FileSystemWrapper {
 public:
  explicit AskedForTables(std::function<void(const std::string&)> before)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), before_(std::move(before)) {}
  const char* Name() const override { return "AskedForTables"; }
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                        rocksdb::IODebugContext* context) override {
    if (path.ends_with(".sst")) before_(path);
    return FileSystemWrapper::NewRandomAccessFile(path, options, result, context);
  }

 private:
  const std::function<void(const std::string&)> before_;
};

// The database of a folder that is in use, as a handle with which it can be compacted at a moment of one's choice.
class Compacting {
 public:
  explicit Compacting(const std::string& dir) : lock_(FolderLock::take(dir)) {
    rocksdb::Options options;
    options.avoid_flush_during_recovery = true;  // it keeps the logs
    std::vector<std::string> names;
    EXPECT_TRUE(rocksdb::DB::ListColumnFamilies(options, database_path(dir), &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names) families.emplace_back(name, options);
    rocksdb::DB* db = nullptr;
    EXPECT_TRUE(rocksdb::DB::Open(options, database_path(dir), families, &families_, &db).ok());
    db_.reset(db);
    std::filesystem::remove(dir + "/HIGHWATER");  // it names the manifest that was
  }
  ~Compacting() {
    for (rocksdb::ColumnFamilyHandle* each : families_) db_->DestroyColumnFamilyHandle(each);
  }
  Compacting(const Compacting&) = delete;
  Compacting& operator=(const Compacting&) = delete;

  // Every table goes for another.
  void compact() {
    rocksdb::CompactRangeOptions whole;
    whole.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
    for (auto* each : families_) EXPECT_TRUE(db_->CompactRange(whole, each, nullptr, nullptr).ok());
  }

 private:
  const Result<FolderLock> lock_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  std::unique_ptr<rocksdb::DB> db_;
};

// Tables of two generations, and a write-ahead log.
class FolderViews : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const int first : {0, 10, 20}) testing::fill_and_kill(dir_, first, first + 10);
  }

  const testing::TempDir root_;
  const std::string dir_ = root_.path() + "/engine";
};

TEST_F(FolderViews, AViewIsOfTheMomentAtWhichItWasTaken) {
  const auto view = FolderView::take(dir_);
  ASSERT_TRUE(view) << view.error().message;
  const auto env = view->env(*rocksdb::Env::Default());
  const auto read = [&](const std::string& path) {
    std::unique_ptr<rocksdb::SequentialFile> file;
    EXPECT_TRUE(env->NewSequentialFile(path, &file, {}).ok()) << path;
    std::string scratch(8 << 20, '\0');
    rocksdb::Slice bytes;
    if (!file) return std::string();
    EXPECT_TRUE(file->Read(scratch.size(), &bytes, scratch.data()).ok());
    return bytes.ToString();
  };
  const std::string wal = newest_wal(dir_);
  const std::string written = read(wal);
  ASSERT_FALSE(written.empty());
  const std::string manifest = testing::files_of(dir_, "MANIFEST-", "").back();
  const std::string known = read(manifest);
  std::filesystem::remove(wal);
  std::ofstream(manifest, std::ios::app) << "more";
  std::ofstream(database_path(dir_) + "/999999.log") << "new";
  EXPECT_EQ(read(wal), written);
  EXPECT_EQ(read(manifest), known);
  std::vector<std::string> names;
  ASSERT_TRUE(env->GetChildren(database_path(dir_), &names).ok());
  EXPECT_EQ(std::count(names.begin(), names.end(), std::filesystem::path(wal).filename()), 1);
  EXPECT_EQ(std::count(names.begin(), names.end(), "999999.log"), 0);
}

TEST_F(FolderViews, AReaderReadsTablesThatGoWhileItOpensThem) {
  Compacting engine(dir_);
  std::once_flag once;
  bool gone = false;
  const auto before = [&](const std::string& table) {  // of several threads
    std::call_once(once, [&] {
      engine.compact();
      gone = !std::filesystem::exists(table);
    });
  };
  const auto env = rocksdb::NewCompositeEnv(std::make_shared<AskedForTables>(before));
  const auto reader = RocksLog::open_reader(dir_, env.get());
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_TRUE(gone);
  const Found found = testing::read_all(**reader, kSagas);
  EXPECT_TRUE(found.whole) << found.error.message;
}

// An engine whose manifest grows all the time is not to be had: it is the file that does.
TEST_F(FolderViews, AreOfNoMomentWhereTheManifestGrowsAllTheTime) {
  const std::string manifest = testing::files_of(dir_, "MANIFEST-", "").back();
  std::atomic<bool> enough{false};
  std::thread engine([&] {
    std::ofstream file(manifest, std::ios::app);
    while (!enough) file << 'x' << std::flush;
  });
  // Where the thread that writes gets no turn meanwhile, it is a moment: on a busy machine hundreds of times in a row.
  std::optional<Error> error;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!error && std::chrono::steady_clock::now() < until) {
    const auto view = FolderView::take(dir_);
    if (!view) error = view.error();
    std::this_thread::yield();
  }
  enough = true;
  engine.join();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::kUnavailable);
  EXPECT_EQ(error->code, "log-moved-on");
  EXPECT_NE(error->message.find("try again"), std::string::npos);
}

}  // namespace
}  // namespace skald::store
