#pragma once

// Files of write-ahead logs that nobody needs any more, kept for the next ones. A sync of a file that grows writes its
// size and its blocks besides, and waits for whoever else writes in their neighbourhood; that of one that has its
// length writes the data alone.
//
// Such a file still holds what the older log held. That it is not taken for the new one's is up to find_log_end(): a
// record's number tells the one from the other. What a record goes on with, at the begin of a block, has no number; so
// there a spare has none: its blocks begin with zeros.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace skald::store {

// Thread-safe.
class SpareLogs {
 public:
  // Goes on with those that lie in the folder.
  explicit SpareLogs(std::string folder);
  ~SpareLogs();
  SpareLogs(const SpareLogs&) = delete;
  SpareLogs& operator=(const SpareLogs&) = delete;

  // A file for a new log, to be renamed. None: there is none.
  std::optional<std::string> take();
  // Takes a log's file, which no longer has that name then; on a thread of its own it is made ready for the next.
  // False: it is as it was, since it is short, somebody reads it, there are enough, or the disk has little room.
  bool keep(const std::string& path);

  static constexpr std::size_t kMost = 8;
  static constexpr std::uint64_t kLeastBytes = 1024 * 1024;
  static constexpr std::uint64_t kLeastRoom = 1024 * 1024 * 1024;  // bytes that others can still write

 private:
  std::string path(const char* name, std::uint64_t number) const;
  void adopt();
  void run();

  const std::string folder_;
  std::mutex mutex_;
  std::condition_variable spent_came_;
  std::uint64_t next_ = 0;
  std::deque<std::uint64_t> spent_;  // not ready yet
  std::deque<std::uint64_t> ready_;
  std::size_t count_ = 0;  // of both, and of the one that is being made ready
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all the rest
};

}  // namespace skald::store
