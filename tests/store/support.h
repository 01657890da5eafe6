#pragma once

// Sagas to store, and folders to store them in.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "store/chain.h"
#include "store/saga_log.h"

namespace skald::store::testing {

// A folder that goes with the test.
class TempDir {
 public:
  TempDir() {
    std::string path = std::filesystem::temp_directory_path() / "skald-store-XXXXXX";
    path_ = ::mkdtemp(path.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline RunId run_at(std::int64_t ms, ShardId shard = 3, std::uint64_t random = 7) {
  return make_run_id(Time{ms}, shard, random);
}

inline Summary saga(const RunId& run, const std::string& id, std::int64_t started,
                    const std::string& status = "running", const std::string& workflow = "store/checkout") {
  Summary summary;
  summary.run = run;
  summary.id = SagaId(id);
  summary.workflow = workflow;
  summary.version = "1.0.0";
  summary.definition_hash = "d1";
  summary.status = status;
  summary.started_at = Time{started};
  return summary;
}

// Appends `count` chained events to the run and counts them in its summary.
inline void add_events(Batch& batch, Summary& summary, const std::string& store_id, int count,
                       const std::string& more = "") {
  if (summary.events == 0) summary.head = chain_start(store_id, summary.run, summary.definition_hash);
  for (int i = 0; i < count; ++i) {
    EventRecord event;
    event.run = summary.run;
    event.seq = ++summary.events;
    event.bytes = "event " + std::to_string(event.seq) + more;
    event.hash = summary.head = chain_next(summary.head, event.bytes);
    batch.events.push_back(event);
  }
}

// A saga with three events, as one commit stores it.
inline Batch started(const Summary& summary, const std::string& store_id) {
  Batch batch;
  Summary now = summary;
  add_events(batch, now, store_id, 3);
  batch.summaries.push_back({now, ""});
  batch.ids.emplace_back(now.id, now.run);
  return batch;
}

}  // namespace skald::store::testing
