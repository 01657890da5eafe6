// An engine's folder from a backup.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "store/backup.h"
#include "store/rocks_backup.h"
#include "store/rocks_log.h"
#include "store/store_folder.h"
#include "store/verify.h"

namespace skald::store {
namespace {

namespace fs = std::filesystem;

Status check_free(const std::string& dir) {
  std::error_code none;
  if (!fs::exists(dir, none)) return {};
  if (fs::exists(dir + "/engine.lock", none)) SKALD_TRY(FolderLock::take(dir));
  if (fs::is_directory(dir, none) && fs::is_empty(dir, none)) return {};
  return fail(
      ErrorKind::kConflict, "folder-not-empty",
      fmt::format("{} is not empty, and a restore writes over nothing; name a new folder, or move this one away", dir));
}

Result<std::unique_ptr<rocksdb::BackupEngineReadOnly>> open_backups(const std::string& dir) {
  const auto none = fail(ErrorKind::kNotFound, "no-backup", fmt::format("there are no backups in {}", dir));
  if (!fs::exists(dir + "/meta")) return none;
  rocksdb::BackupEngineReadOnly* opened = nullptr;
  const rocksdb::Status status =
      rocksdb::BackupEngineReadOnly::Open(backup_options(dir), rocksdb::Env::Default(), &opened);
  if (!status.ok()) {
    return fail(ErrorKind::kDamaged, "damaged-backup",
                fmt::format("the backups in {} cannot be read: {}", dir, status.ToString()));
  }
  return std::unique_ptr<rocksdb::BackupEngineReadOnly>(opened);
}

// Those that RocksDB can tell of; one whose files are missing is none of them.
std::vector<rocksdb::BackupInfo> backups_in(const rocksdb::BackupEngineReadOnly& engine) {
  std::vector<rocksdb::BackupInfo> found;
  engine.GetBackupInfo(&found);
  return found;
}

Error damaged_backup(const rocksdb::BackupEngineReadOnly& engine, const std::string& dir, std::uint32_t number,
                     const std::string& why) {
  std::string others;
  for (const auto& info : backups_in(engine)) {
    if (info.backup_id != number) others += fmt::format("{}{}", others.empty() ? "" : ", ", info.backup_id);
  }
  return make_error(ErrorKind::kDamaged, "damaged-backup",
                    fmt::format("backup {} in {} is damaged: {}; {}", number, dir, why,
                                others.empty() ? "there is no other" : "name another with --backup: " + others));
}

Result<rocksdb::BackupInfo> choose(const rocksdb::BackupEngineReadOnly& engine, const RestoreOptions& options) {
  const std::vector<rocksdb::BackupInfo> good = backups_in(engine);
  std::vector<rocksdb::BackupID> damaged;
  engine.GetCorruptedBackups(&damaged);
  std::uint32_t wanted = options.number;
  if (wanted == 0) {
    for (const auto& info : good) wanted = std::max(wanted, info.backup_id);
    for (const auto id : damaged) wanted = std::max(wanted, id);
  }
  for (const auto& info : good) {
    if (info.backup_id == wanted) return info;
  }
  if (std::find(damaged.begin(), damaged.end(), wanted) != damaged.end()) {
    return fail(damaged_backup(engine, options.backup, wanted, "files of it are missing or cut"));
  }
  return fail(ErrorKind::kNotFound, "no-backup", fmt::format("there is no backup {} in {}", wanted, options.backup));
}

Status prove_histories(const SagaLog& log, Restored& restored) {
  ListQuery query;
  query.limit = 1'000;
  do {
    SKALD_ASSIGN(const ListPage page, log.list(query));
    for (const Summary& saga : page.items) {
      SKALD_ASSIGN(const Verified verified, verify_chain(log, saga.run));
      ++restored.sagas;
      restored.events += verified.events;
    }
    query.cursor = page.next_cursor;
  } while (!query.cursor.empty());
  return {};
}

Status make_durable(const std::string& dir) {
  const int fd = ::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool good = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  return good ? Status() : fail(ErrorKind::kIo, "restore-failed", fmt::format("cannot sync the folder {}", dir));
}

// A folder beside the one that is made; it goes unless it becomes that.
class Workplace {
 public:
  explicit Workplace(std::string target)
      : target_(std::move(target)), path_(fmt::format("{}.restoring-{}", target_, ::getpid())) {
    fs::remove_all(path_, ignored_);
    fs::create_directories(path_, ignored_);
  }
  ~Workplace() { fs::remove_all(path_, ignored_); }
  const std::string& path() const { return path_; }

  Status become_target() {
    SKALD_TRY(make_durable(path_));
    std::error_code failed;
    fs::rename(path_, target_, failed);
    if (failed) {
      return fail(ErrorKind::kIo, "restore-failed", fmt::format("cannot make {}: {}", target_, failed.message()));
    }
    return make_durable(fs::path(target_).parent_path().string());
  }

 private:
  const std::string target_;
  const std::string path_;
  std::error_code ignored_;
};

}  // namespace

Result<Restored> restore(const RestoreOptions& options) {
  fs::path normal = fs::absolute(options.data).lexically_normal();
  if (!normal.has_filename()) normal = normal.parent_path();
  const std::string target = normal.string();
  SKALD_TRY(check_free(target));
  SKALD_ASSIGN(const auto engine, open_backups(options.backup));
  SKALD_ASSIGN(const rocksdb::BackupInfo info, choose(*engine, options));
  Restored restored;
  restored.backup = told(info);
  const rocksdb::Status whole = engine->VerifyBackup(info.backup_id, true);
  if (!whole.ok()) return fail(damaged_backup(*engine, options.backup, info.backup_id, whole.ToString()));
  Workplace work(target);
  const std::string database = database_path(work.path());
  const rocksdb::Status copied = engine->RestoreDBFromBackup(info.backup_id, database, database);
  if (!copied.ok()) {
    return fail(ErrorKind::kIo, "restore-failed", fmt::format("cannot restore into {}: {}", target, copied.ToString()));
  }
  {
    OpenOptions opening;
    opening.create_if_missing = false;
    SKALD_ASSIGN(const auto log, RocksLog::open(work.path(), opening));
    SKALD_TRY(log->verify_tables());
    SKALD_TRY(prove_histories(*log, restored));
    SKALD_ASSIGN(restored.incarnation, begin_incarnation(*log, options.now));
  }
  SKALD_TRY(work.become_target());
  return restored;
}

}  // namespace skald::store
