#pragma once

// The hashes by which the high-water mark knows the part of a log file that was durable. Not against malice: the
// chains of the sagas are.

#include <cstdint>
#include <memory>
#include <string_view>

namespace skald::store {

enum class HashKind : std::uint8_t {
  kFnv1a,  // in marks of earlier versions: a byte at a time, it took a tenth of a commit
  kXxh64,  // what is written
};

// Of what was added so far.
class FileHash {
 public:
  explicit FileHash(HashKind kind = HashKind::kXxh64);
  ~FileHash();
  FileHash(const FileHash&) = delete;
  FileHash& operator=(const FileHash&) = delete;

  void add(std::string_view bytes);
  std::uint64_t value() const;

 private:
  struct Xxh64;
  std::unique_ptr<Xxh64> xxh64_;  // none: FNV-1a
  std::uint64_t fnv1a_ = 0xcbf29ce484222325;
};

}  // namespace skald::store
