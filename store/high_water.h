#pragma once

// How far the log was durable, in the small file `HIGHWATER` beside the database. RocksDB alone does not notice a
// write-ahead log that vanished or was cut between others, nor a manifest whose end is gone: it comes up with what is
// left.

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "store/file_hash.h"

namespace skald::store {

// The part of a log file that was durable. Log files only grow, so that it stays as it is until the file goes.
struct FileMark {
  std::uint64_t bytes = 0;
  std::uint64_t hash = 0;  // of those bytes
  HashKind kind = HashKind::kXxh64;

  bool operator==(const FileMark&) const = default;
};

struct Mark {
  std::uint64_t sequence = 0;             // of the last durable write
  std::map<std::string, FileMark> files;  // by name: write-ahead logs, and the manifest that is in use

  bool operator==(const Mark&) const = default;
};

// "000012.log"
bool is_write_ahead_log(std::string_view name);
// "MANIFEST-000005"
bool is_manifest(std::string_view name);

// The bytes of the file; see store/README.md.
std::string encode(const Mark& mark);
// None where they are no mark. Those that only hold a sequence number were written by earlier versions.
std::optional<Mark> decode_mark(std::string_view bytes);

// Keeps the mark of a store that is open. Written after each commit and not synced, so that it is never newer than the
// log; before a log file goes, written and synced, so that it never names one that went as it should.
// Thread-safe.
class HighWater {
 public:
  // Goes on from `last`, what was read. Error: kIo "folder-unusable".
  static Result<HighWater> open(const std::string& dir, Mark last);
  HighWater(HighWater&& other) noexcept;
  HighWater& operator=(HighWater&&) = delete;
  ~HighWater();

  // None: there is no such file, or it was torn.
  static std::optional<Mark> read(const std::string& dir);

  // A write is durable; lower numbers than the last are ignored.
  void note(std::uint64_t sequence);
  // Begins anew with this number, after losses were accepted.
  void reset(std::uint64_t sequence);

  // So much of a log file is durable. It enters the mark with the next note; a manifest only when it is in use.
  void synced(const std::string& file, const FileMark& mark);
  // The manifests that were synced are in use.
  void manifest_in_use();
  // The file is about to go. On an error it must stay.
  Status going(const std::string& file);

 private:
  explicit HighWater(int fd, Mark last) : fd_(fd), mark_(std::move(last)) {}
  bool write();

  int fd_;
  std::mutex mutex_;
  Mark mark_;
  std::map<std::string, FileMark> manifests_;  // not in use yet
};

}  // namespace skald::store
