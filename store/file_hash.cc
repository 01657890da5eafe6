#include "store/file_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace skald::store {

struct FileHash::Xxh64 {
  XXH64_state_t state{};
};

FileHash::FileHash(HashKind kind) {
  if (kind != HashKind::kXxh64) return;
  xxh64_ = std::make_unique<Xxh64>();
  XXH64_reset(&xxh64_->state, 0);
}

FileHash::~FileHash() = default;

void FileHash::add(std::string_view bytes) {
  if (xxh64_) {
    XXH64_update(&xxh64_->state, bytes.data(), bytes.size());
    return;
  }
  for (const char c : bytes) fnv1a_ = (fnv1a_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
}

std::uint64_t FileHash::value() const { return xxh64_ ? XXH64_digest(&xxh64_->state) : fnv1a_; }

}  // namespace skald::store
