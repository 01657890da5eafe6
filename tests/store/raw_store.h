#pragma once

// A store as RocksDB has it, for tests that need it as an earlier version left it, or its files moved about.

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "store/store_folder.h"

namespace skald::store::testing {

// The database in an engine's folder; nothing happens in it by itself. Its high-water mark is gone afterwards: without
// it nothing is compared.
class RawStore {
 public:
  explicit RawStore(const std::string& dir) : dir_(dir) {
    std::vector<std::string> names;
    EXPECT_TRUE(rocksdb::DB::ListColumnFamilies({}, database_path(dir), &names).ok());
    rocksdb::ColumnFamilyOptions options;
    options.disable_auto_compactions = true;
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names) families.emplace_back(name, options);
    EXPECT_TRUE(rocksdb::DB::Open({}, database_path(dir), families, &families_, &db_).ok());
  }
  ~RawStore() {
    for (auto* handle : families_) EXPECT_TRUE(db_->DestroyColumnFamilyHandle(handle).ok());
    delete db_;
    std::filesystem::remove(dir_ + "/HIGHWATER");
  }
  RawStore(const RawStore&) = delete;
  RawStore& operator=(const RawStore&) = delete;

  rocksdb::DB& db() { return *db_; }
  rocksdb::ColumnFamilyHandle* family(std::string_view name) const {
    for (auto* handle : families_) {
      if (handle->GetName() == name) return handle;
    }
    ADD_FAILURE() << "no column family " << name;
    return nullptr;
  }
  // The names of the family's files that lie in this level.
  std::vector<std::string> files_in(std::string_view family_name, std::size_t level) {
    rocksdb::ColumnFamilyMetaData found;
    db_->GetColumnFamilyMetaData(family(family_name), &found);
    std::vector<std::string> names;
    for (const auto& file : found.levels.at(level).files) names.push_back(file.name);
    return names;
  }

 private:
  const std::string dir_;
  std::vector<rocksdb::ColumnFamilyHandle*> families_;
  rocksdb::DB* db_ = nullptr;
};

}  // namespace skald::store::testing
