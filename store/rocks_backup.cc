#include "store/rocks_backup.h"

#include <fmt/format.h>

#include <filesystem>

#include "store/rocks_impl.h"

namespace skald::store {
namespace {

constexpr const char* kLock = "backup.lock";

// The folder is ours to put a backup of this store into: new, empty, or with backups in it.
Status check_folder(const std::string& dir, const std::string& data) {
  const auto inner = std::filesystem::weakly_canonical(dir);
  const auto outer = std::filesystem::canonical(data);
  if (std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end()) {
    return fail(ErrorKind::kInvalid, "backup-inside-data",
                fmt::format("{} lies in the engine's own folder {}; a backup belongs elsewhere, best on another disk",
                            dir, data));
  }
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  if (error) {
    return fail(ErrorKind::kIo, "backup-failed", fmt::format("cannot make the folder {}: {}", dir, error.message()));
  }
  bool backups = false;
  bool others = false;
  for (const auto& entry : std::filesystem::directory_iterator(dir, error)) {
    const std::string name = entry.path().filename();
    backups = backups || name == "meta";
    others = others || name != kLock;
  }
  if (others && !backups) {
    return fail(ErrorKind::kConflict, "not-a-backup",
                fmt::format("{} holds something else than backups; choose an empty or a new folder", dir));
  }
  return {};
}

Error backup_error(const std::string& dir, const rocksdb::Status& status) {
  if (status.IsIncomplete()) {
    return make_error(ErrorKind::kUnavailable, "backup-stopped",
                      "the engine is stopping, and the backup was not finished; the earlier ones are as they were");
  }
  return make_error(ErrorKind::kIo, "backup-failed",
                    fmt::format("no backup was made in {}: {}", dir, status.ToString()));
}

}  // namespace

rocksdb::BackupEngineOptions backup_options(const std::string& dir) {
  rocksdb::BackupEngineOptions options(dir);
  options.share_table_files = true;
  options.sync = true;
  options.max_background_operations = 2;
  return options;
}

BackedUp told(const rocksdb::BackupInfo& info) {
  return {info.backup_id, info.app_metadata, Time{info.timestamp * 1'000}, info.size, info.number_files};
}

Status RocksLog::verify_tables() const {
  const rocksdb::Status good = impl_->db->VerifyChecksum();
  return good.ok() ? Status() : fail(read_error(good));
}

Result<BackedUp> RocksLog::backup(const std::string& dir, std::size_t keep, const std::stop_token& stop) {
  const std::unique_lock one(impl_->backing_up, std::try_to_lock);
  if (!one) {
    return fail(ErrorKind::kConflict, "backup-running", "a backup is being made already; try again when it is done");
  }
  SKALD_TRY(check_folder(dir, impl_->dir));
  auto lock = FolderLock::take(dir, kLock);
  if (!lock) return fail(ErrorKind::kConflict, "backup-running", lock.error().message);
  // What is damaged must not take the place of what was good.
  SKALD_TRY(verify_tables());

  rocksdb::BackupEngineOptions options = backup_options(dir);
  options.backup_env = impl_->base;
  rocksdb::BackupEngine* opened = nullptr;
  rocksdb::Status status = rocksdb::BackupEngine::Open(options, impl_->env.get(), &opened);
  if (!status.ok()) return fail(backup_error(dir, status));
  const std::unique_ptr<rocksdb::BackupEngine> engine(opened);
  rocksdb::BackupInfo last;
  if (engine->GetLatestBackupInfo(&last).ok() && last.app_metadata != store_id()) {
    return fail(ErrorKind::kConflict, "backup-of-another",
                fmt::format("{} holds backups of another store ({}); choose another folder", dir, last.app_metadata));
  }
  rocksdb::CreateBackupOptions making;
  making.flush_before_backup = true;  // a copied write-ahead log might not have been synced
  rocksdb::BackupID number = 0;
  {
    const std::stop_callback on_stop(stop, [&engine] { engine->StopBackup(); });
    status = engine->CreateNewBackupWithMetadata(making, impl_->db.get(), store_id(), &number);
  }
  rocksdb::BackupInfo info;
  if (status.ok()) status = engine->GetBackupInfo(number, &info);
  if (status.ok() && keep > 0) status = engine->PurgeOldBackups(static_cast<std::uint32_t>(keep));
  if (!status.ok()) return fail(backup_error(dir, status));
  return told(info);
}

}  // namespace skald::store
