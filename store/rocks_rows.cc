#include "store/rocks_rows.h"

#include <algorithm>

namespace skald::store {
namespace {

constexpr std::size_t kMostKept = 1024 * 1024;  // bytes between commits

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

void Rows::add(Family family, Kind kind, std::string_view key, std::string_view value) {
  rows_.push_back({begin_of(family, key), bytes_.size(), static_cast<std::uint32_t>(key.size()),
                   static_cast<std::uint32_t>(value.size()), family, kind});
  bytes_.append(key).append(value);
}

rocksdb::Status Rows::move_to(rocksdb::WriteBatch& batch, const std::vector<rocksdb::ColumnFamilyHandle*>& families) {
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
        added = batch.Put(family, key_bytes, value);
        break;
      case Kind::kDelete:
        added = batch.Delete(family, key_bytes);
        break;
      case Kind::kSingleDelete:
        added = batch.SingleDelete(family, key_bytes);
        break;
    }
    if (!added.ok() && status.ok()) status = added;
  }
  rows_.clear();
  bytes_.clear();
  if (bytes_.capacity() > kMostKept) bytes_.shrink_to_fit();
  return status;
}

std::shared_ptr<const rocksdb::SliceTransform> from_the_last_row() { return std::make_shared<NoPrefix>(); }

}  // namespace skald::store
