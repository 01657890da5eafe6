#pragma once

// A store's rows, to be changed behind its back.

#include <gtest/gtest.h>

#include <filesystem>

#include "store/keys.h"
#include "store/rocks_impl.h"

namespace skald::testing {

// Opens the database of an engine that has ended as RocksDB has it. The high-water mark, which would tell that somebody
// was here, goes: as whoever changes a store would see to.
class Rows {
 public:
  explicit Rows(const std::string& folder) {
    std::filesystem::remove(folder + "/HIGHWATER");
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : store::kFamilyNames)
      families.emplace_back(std::string(name), rocksdb::ColumnFamilyOptions());
    rocksdb::DB* opened = nullptr;
    const auto status = rocksdb::DB::Open(rocksdb::DBOptions(), folder + "/log", families, &handles_, &opened);
    if (!status.ok()) throw std::runtime_error(status.ToString());
    db_.reset(opened);
  }
  ~Rows() {
    for (auto* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  }
  Rows(const Rows&) = delete;
  Rows& operator=(const Rows&) = delete;

  std::string get(store::Family family, const std::string& key) const {
    std::string value;
    EXPECT_TRUE(db_->Get(rocksdb::ReadOptions(), handles_[family], key, &value).ok());
    return value;
  }
  void put(store::Family family, const std::string& key, const std::string& value) {
    EXPECT_TRUE(db_->Put(rocksdb::WriteOptions(), handles_[family], key, value).ok());
  }
  void remove(store::Family family, const std::string& key) {
    EXPECT_TRUE(db_->Delete(rocksdb::WriteOptions(), handles_[family], key).ok());
  }
  // Into tables, of which a block can be damaged.
  void flush() { EXPECT_TRUE(db_->Flush(rocksdb::FlushOptions(), handles_).ok()); }

  static std::string event(const RunId& run, std::uint64_t seq) {
    return store::keys::event(*store::keys::run(run), seq);
  }

 private:
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
};

}  // namespace skald::testing
