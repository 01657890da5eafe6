#include "store/rocks_rows.h"

#include <algorithm>

namespace skald::store {
namespace {

constexpr std::size_t kMostKept = 1024 * 1024;  // bytes of a commit whose memory is kept for the next

std::uint64_t begin_of(Family family, std::string_view key) {
  std::uint64_t begins = static_cast<std::uint64_t>(family);
  for (std::size_t i = 0; i < 7; ++i) begins = begins << 8 | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0U);
  return begins;
}

// One prefix for all keys: RocksDB keeps one place for each.
class NoPrefix final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "skald.NoPrefix"; }
  rocksdb::Slice Transform(const rocksdb::Slice&) const override { return {}; }
  bool InDomain(const rocksdb::Slice&) const override { return true; }
};

}  // namespace

// Eight bytes of protection a key: memory errors are found.
rocksdb::WriteBatch Rows::empty_batch() { return rocksdb::WriteBatch(0, 0, 8, 0); }

void Rows::add(Family family, Kind kind, std::string_view key, std::string_view value) {
  rows_.push_back({begin_of(family, key), bytes_.size(), static_cast<std::uint32_t>(key.size()),
                   static_cast<std::uint32_t>(value.size()), family, kind});
  bytes_.append(key).append(value);
}

void Rows::clear() {
  const bool was_large = bytes_.size() > kMostKept;
  rows_.clear();
  bytes_.clear();
  batch_.Clear();
  if (!was_large) return;
  rows_ = {};
  bytes_ = {};
  batch_ = empty_batch();
}

rocksdb::Status Rows::make_batch(const std::vector<rocksdb::ColumnFamilyHandle*>& families) {
  std::sort(rows_.begin(), rows_.end(), [this](const Row& a, const Row& b) {
    if (a.begins != b.begins) return a.begins < b.begins;
    const int order = key(a).compare(key(b));
    return order != 0 ? order < 0 : a.at < b.at;
  });
  rocksdb::Status status;
  for (const Row& row : rows_) {
    rocksdb::ColumnFamilyHandle* const family = families[row.family];
    const rocksdb::Slice key_bytes = slice(key(row));
    const rocksdb::Slice value(bytes_.data() + row.at + row.key_size, row.value_size);
    rocksdb::Status added;
    switch (row.kind) {
      case Kind::kPut:
        added = batch_.Put(family, key_bytes, value);
        break;
      case Kind::kDelete:
        added = batch_.Delete(family, key_bytes);
        break;
      case Kind::kSingleDelete:
        added = batch_.SingleDelete(family, key_bytes);
        break;
    }
    if (!added.ok() && status.ok()) status = added;
  }
  return status;
}

std::shared_ptr<const rocksdb::SliceTransform> from_the_last_row() { return std::make_shared<NoPrefix>(); }

}  // namespace skald::store
