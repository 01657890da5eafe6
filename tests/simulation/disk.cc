#include "tests/simulation/disk.h"

namespace skald::simulation {

Status SimLog::commit(const store::Batch& batch) {
  if (failed_) return fail(ErrorKind::kIo, "write-failed", "the log has failed before");
  const bool of_sagas = !batch.events.empty() || !batch.removals.empty();
  writes_(batch);
  if (disk_.full) {
    failed_ = true;
    struck_(Fault::kDiskFull, batch);
    return fail(ErrorKind::kIo, "disk-full", "no space left on the simulated device");
  }
  if (!disk_.next || !of_sagas) return disk_.log.commit(batch);

  const Fault fault = *disk_.next;
  disk_.next.reset();
  failed_ = true;
  const bool is_there = fault == Fault::kKillAfterWrite || (fault == Fault::kSyncFails && world_.random.chance(0.5));
  if (is_there) SKALD_TRY(disk_.log.commit(batch));
  struck_(fault, batch);
  return fail(ErrorKind::kIo, "write-failed", "the simulated disk has failed");
}

}  // namespace skald::simulation
