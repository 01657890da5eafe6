#pragma once

// Files of write-ahead logs that nobody needs any more, kept for the next ones. A sync of a file that grows writes its
// size and its blocks besides, and waits for whoever else writes in their neighbourhood; that of one that has its
// length writes the data alone.
//
// Such a file still holds what the older log held. That it is not taken for the new one's is up to find_log_end(): a
// write's number tells the one from the other. What a write goes on with, at the begin of a block, has no number; so
// there the older one's is cleared before a write gets there.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "store/log_end.h"

namespace skald::store {

// Thread-safe.
class SpareLogs {
 public:
  // Goes on with those that lie in the folder.
  explicit SpareLogs(std::string folder);

  // A file for a new log, to be renamed. None: there is none.
  std::optional<std::string> take();
  // Takes a log's file, which no longer has that name then. False: it is as it was, since it is short, somebody reads
  // it, there are enough, or the disk has little room.
  bool keep(const std::string& path);

  static constexpr std::size_t kMost = 16;
  static constexpr std::uint64_t kLeastBytes = 1024 * 1024;
  static constexpr std::uint64_t kLeastRoom = 1024 * 1024 * 1024;  // bytes that others can still write

 private:
  std::string path(std::uint64_t number) const;

  const std::string folder_;
  std::mutex mutex_;
  std::uint64_t next_ = 0;
  std::deque<std::uint64_t> spares_;
};

// The begins of the blocks of such a file, while a log is written over it. Thread-safe.
class ClearedBlocks {
 public:
  explicit ClearedBlocks(const std::string& path);
  ~ClearedBlocks();
  ClearedBlocks(const ClearedBlocks&) = delete;
  ClearedBlocks& operator=(const ClearedBlocks&) = delete;

  // The log is about to be written up to there: what is left of the older one at the begin of a block in between is
  // gone from the disk. Seldom syncs: what lies ahead is cleared early, and goes with the syncs of the log. False where
  // the disk does not take it.
  bool reach(std::uint64_t end);
  // How many blocks are cleared; those that were when a sync of the file began are durable behind it.
  std::uint64_t count() const;
  void synced(std::uint64_t count);

  static constexpr std::uint64_t kAhead = 32;  // blocks: 1 MiB

 private:
  bool clear_to(std::uint64_t block);

  const int fd_;
  std::uint64_t bytes_ = 0;  // of the file
  mutable std::mutex mutex_;
  std::uint64_t cleared_ = 0;
  std::uint64_t durable_ = 0;
};

// The file of a new log, which no older one had. Small writes, each synced, find the space behind the log's end filled
// with zeros, so that the file has its length. Large ones are not worth writing twice. One thread at a time.
class ZerosAhead {
 public:
  explicit ZerosAhead(const std::string& path);
  ~ZerosAhead();
  ZerosAhead(const ZerosAhead&) = delete;
  ZerosAhead& operator=(const ZerosAhead&) = delete;

  // The log is about to be written from there up to there. Where the disk does not take the zeros, there are none.
  void reach(std::uint64_t begin, std::uint64_t end);

  static constexpr std::uint64_t kSmall = 4 * 1024;    // bytes of a write
  static constexpr std::uint64_t kChunk = 128 * 1024;  // of zeros

 private:
  const int fd_;
  std::uint64_t filled_ = 0;
};

}  // namespace skald::store
