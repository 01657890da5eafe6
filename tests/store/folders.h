#pragma once

// Folders of engines that were killed, and everything that must be found in them again.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "store/high_water.h"
#include "store/log_end.h"
#include "store/rocks_log.h"
#include "store/store_folder.h"
#include "store/verify.h"
#include "tests/store/support.h"

namespace skald::store::testing {

// Runs the child to its end; the test's process does not touch the store meanwhile.
inline void in_child(const std::function<void()>& work) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    work();
    ::_exit(0);  // no destructor runs: as after a kill
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

// The i-th saga of a folder, with a row in every column family.
inline Batch full_saga(int i, const std::string& store_id, std::size_t event_bytes = 0) {
  Summary summary = saga(run_at(1'000 + i), "s" + std::to_string(i), 1'000 + i, i % 2 == 0 ? "running" : "completed");
  summary.labels = {{"parity", i % 2 == 0 ? "even" : "odd"}};
  Batch batch;
  add_events(batch, summary, store_id, 3, std::string(event_bytes, static_cast<char>('a' + i % 26)));
  batch.summaries.push_back({summary, ""});
  batch.ids.emplace_back(summary.id, summary.run);
  batch.timers = {{Time{5'000 + i}, summary.run, "deadline"}};
  batch.pending = {{summary.run, "task:a", std::to_string(i)}};
  batch.definitions = {{"store/w" + std::to_string(i), "1.0.0", "h", "source", Time{1}}};
  batch.meta = {{"note" + std::to_string(i), std::to_string(i)}};
  return batch;
}

// Commits the sagas from `first` to below `last` in a process that is then killed.
inline void fill_and_kill(const std::string& dir, int first, int last, std::size_t event_bytes = 0) {
  in_child([&] {
    auto log = RocksLog::open(dir);
    if (!log) ::_exit(1);
    for (int i = first; i < last; ++i) {
      if (!(*log)->commit(full_saga(i, (*log)->store_id(), event_bytes))) ::_exit(2);
    }
    (void)log->release();
  });
}

// The files of the database whose names begin and end so, oldest first.
inline std::vector<std::string> files_of(const std::string& dir, const std::string& begin, const std::string& end) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(database_path(dir))) {
    const std::string name = entry.path().filename();
    if (name.rfind(begin, 0) == 0 && name.size() >= end.size() && name.ends_with(end)) found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}
inline std::string newest_wal(const std::string& dir) { return files_of(dir, "", ".log").back(); }

// Of what was written; a log's file may go on behind it.
inline std::uint64_t size_of(const std::string& file) {
  return file.ends_with(".log") ? find_log_end(file, 0, 0)->bytes : std::filesystem::file_size(file);
}

inline void flip(const std::string& file, std::uint64_t at, int bit) {
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekg(static_cast<std::streamoff>(at));
  const int byte = bytes.get();
  bytes.seekp(static_cast<std::streamoff>(at));
  bytes.put(static_cast<char>(byte ^ 1 << bit));
}

inline void copy_folder(const std::string& from, const std::string& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

// What became of a folder: everything is there, or it is said what is damaged.
struct Found {
  bool whole = false;
  Error error;  // where it is not whole
};

namespace found {

template <typename T>
bool differs(const Result<T>& got, const T& wanted, Found& found) {
  if (!got) {
    found = {false, got.error()};
    return true;
  }
  EXPECT_EQ(*got, wanted) << "it comes up quietly short";
  return !(*got == wanted);
}

inline bool saga_differs(const RocksLog& log, int i, Found& found) {
  const Batch wanted = full_saga(i, log.store_id());
  const RunId run = wanted.ids.front().second;
  if (differs(log.find(wanted.ids.front().first), std::optional(run), found)) return true;
  const auto verified = verify_chain(log, run);
  if (!verified) {
    EXPECT_NE(verified.error().code, "unknown-saga") << "it comes up quietly short";
    found = {false, verified.error()};
    return true;
  }
  return differs(log.pending_of(run), wanted.pending, found) ||
         differs(log.meta(wanted.meta.front().first), std::optional(wanted.meta.front().second), found);
}

}  // namespace found

// Reads every row of a store that is open: so every block's checksum is looked at.
inline Found read_all(const RocksLog& log, int sagas) {
  Found found;
  for (int i = 0; i < sagas; ++i) {
    if (found::saga_differs(log, i, found)) return found;
  }
  const auto count = static_cast<std::uint64_t>(sagas);
  const auto listed = [&](const ListQuery& query, std::uint64_t wanted) {
    const auto page = log.list(query);
    if (found::differs(page ? Result<std::uint64_t>(page->items.size()) : fail(page.error()), wanted, found)) {
      return false;
    }
    return !found::differs(log.count(query), wanted, found);
  };
  const ListQuery all{.limit = 100'000};
  ListQuery running = all;
  running.status = "running";
  ListQuery even = all;
  even.labels = {{"parity", "even"}};
  ListQuery workflow = all;
  workflow.workflow = "store/checkout";
  ListQuery both = workflow;
  both.status = "completed";
  const std::uint64_t evens = (count + 1) / 2;
  if (!listed(all, count) || !listed(running, evens) || !listed(even, evens) || !listed(workflow, count) ||
      !listed(both, count - evens)) {
    return found;
  }
  const auto size = [](const auto& rows) {
    return rows ? Result<std::uint64_t>(rows->size()) : Result<std::uint64_t>(fail(rows.error()));
  };
  if (found::differs(size(log.timers(3, Time{1'000'000'000}, 1'000'000)), count, found) ||
      found::differs(size(log.pending(3)), count, found) || found::differs(size(log.definitions()), count, found)) {
    return found;
  }
  return {true, {}};
}

inline Found open_and_read(const std::string& dir, int sagas, const OpenOptions& options = {}) {
  const auto log = RocksLog::open(dir, options);
  if (!log) return {false, log.error()};
  return read_all(**log, sagas);
}

}  // namespace skald::store::testing
