#pragma once

// The rows of one commit, in the order of their keys. A memtable is a skip list: a row that lies close behind the one
// before it is found from there, in a few steps that are in the processor's cache; from the top it takes twenty.
//
// Not thread-safe. Kept from commit to commit, so that its memory is.

#include <rocksdb/db.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/write_batch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "store/rocks_families.h"

namespace skald::store {

class Rows {
 public:
  void put(Family family, std::string_view key, std::string_view value) { add(family, Kind::kPut, key, value); }
  void remove(Family family, std::string_view key) { add(family, Kind::kDelete, key); }
  void remove_single(Family family, std::string_view key) { add(family, Kind::kSingleDelete, key); }

  // Fills batch(); those of one key stay in the order in which they were added. Not OK where a checksum of what was
  // added does not hold.
  rocksdb::Status make_batch(const std::vector<rocksdb::ColumnFamilyHandle*>& families);
  rocksdb::WriteBatch& batch() { return batch_; }
  // Ready for the next commit.
  void clear();

 private:
  enum class Kind : std::uint8_t { kPut, kDelete, kSingleDelete };
  struct Row {
    std::uint64_t begins;  // the family's number and the first seven bytes of the key: most rows differ in them
    std::size_t at;        // in bytes_: the key, then the value
    std::uint32_t key_size;
    std::uint32_t value_size;
    Family family;
    Kind kind;
  };

  static rocksdb::WriteBatch empty_batch();
  void add(Family family, Kind kind, std::string_view key, std::string_view value = {});
  std::string_view key(const Row& row) const { return {bytes_.data() + row.at, row.key_size}; }

  std::vector<Row> rows_;
  std::string bytes_;
  rocksdb::WriteBatch batch_ = empty_batch();
};

// Where a memtable's last row went in is where it looks for the place of the next.
std::shared_ptr<const rocksdb::SliceTransform> from_the_last_row();

}  // namespace skald::store
