#pragma once

// The disk under a simulated engine: what is on it survives the engine, what was not synced may not.

#include <functional>
#include <string>

#include "store/memory_log.h"
#include "tests/simulation/weather.h"
#include "tests/simulation/world.h"
#include "tests/store/forwarding_log.h"

namespace skald::simulation {

// Part of the secret, so that a forged token cannot be right by chance.
inline constexpr const char* kSecret = "the secret of the simulated store";

struct Disk {
  explicit Disk(const std::string& store_id) : log(4, store_id) {}

  store::MemoryLog log;
  bool full = false;
  // The next commit goes wrong in this way: one of kKillBeforeWrite, kKillAfterWrite, kWriteFails, kSyncFails.
  std::optional<Fault> next;
};

// The log as one life of the engine sees it. After a failed commit all fail, as in RocksLog.
class SimLog final : public store::ForwardingLog {
 public:
  // `struck` is told of the fault and the batch that it hit; a fault that kills the engine is followed by an error all
  // the same, so that nothing behind it is answered.
  using Struck = std::function<void(Fault, const store::Batch&)>;
  // `writes` sees every batch before it is on disk.
  using Writes = std::function<void(const store::Batch&)>;
  SimLog(Disk& disk, World& world, Struck struck, Writes writes)
      : ForwardingLog(disk.log), disk_(disk), world_(world), struck_(std::move(struck)), writes_(std::move(writes)) {}

  Status commit(const store::Batch& batch) override;
  // The engine has died: nothing of it reaches the disk any more.
  void cut_off() { failed_ = true; }

 private:
  Disk& disk_;
  World& world_;
  Struck struck_;
  Writes writes_;
  bool failed_ = false;
};

}  // namespace skald::simulation
