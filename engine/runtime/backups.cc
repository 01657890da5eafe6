#include "engine/runtime/backups.h"

#include "engine/base/log.h"

namespace skald::runtime {

void Backups::stop() {
  std::jthread ending;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    ending.swap(thread_);
  }
  // Its end requests the stop and waits.
}

void Backups::make(std::string dir, std::size_t keep, std::function<void(Result<store::BackedUp>)> done) {
  std::unique_lock lock(mutex_);
  if (stopped_ || running_) {
    const bool stopping = stopped_;
    lock.unlock();
    if (stopping) return done(fail(ErrorKind::kUnavailable, "backup-stopped", "the engine is stopping"));
    return done(
        fail(ErrorKind::kConflict, "backup-running", "a backup is being made already; try again when it is done"));
  }
  running_ = true;
  thread_ = std::jthread([this, dir = std::move(dir), keep, done = std::move(done)](const std::stop_token& stop) {
    auto made = log_.backup(dir, keep, stop);
    if (made) {
      logger("backup")->info("made number={} dir={} bytes={}", made->number, dir, made->bytes);
    } else {
      logger("backup")->error("not made dir={} code={} error=\"{}\"", dir, made.error().code, made.error().message);
    }
    {
      const std::lock_guard ended(mutex_);
      running_ = false;
      ++(made ? made_ : failed_);
      metrics_.set_gauge("backups_made", static_cast<double>(made_));
      metrics_.set_gauge("backups_failed", static_cast<double>(failed_));
      if (made) metrics_.set_gauge("last_backup_timestamp_seconds", static_cast<double>(clock_.now().ms) / 1'000);
    }
    done(std::move(made));
  });
}

}  // namespace skald::runtime
