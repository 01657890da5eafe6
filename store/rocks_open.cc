#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/table_properties_collectors.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "engine/base/fault_point.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "store/backup.h"
#include "store/folder_checks.h"
#include "store/folder_view.h"
#include "store/records.h"
#include "store/rocks_impl.h"
#include "store/rocks_notes.h"
#include "store/watched_files.h"

namespace skald::store {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kMemtable = 4 * kMiB;
constexpr std::uint64_t kMuchLog = 4 * kMiB;
constexpr std::uint32_t kMaxShards = 4096;  // a run id carries twelve bits of shard
constexpr const char* kSingle = "single";   // kIndexRemovals

rocksdb::DBOptions db_options(const OpenOptions& open) {
  rocksdb::DBOptions options;
  options.create_if_missing = open.create_if_missing;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_background_jobs = 2;
  options.max_total_wal_size = 64 * kMiB;
  options.db_write_buffer_size = 64 * kMiB;
  options.max_open_files = 512;
  options.bytes_per_sync = kMiB;
  // Where losses were accepted, what stands before the damage is gone on with.
  if (open.accept_loss) options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  if (open.env != nullptr) options.env = open.env;
  // Compactions take what the rest leaves, as long as it leaves anything; flushes go on: without them writes would
  // wait.
  options.env->LowerThreadPoolCPUPriority(rocksdb::Env::Priority::LOW, rocksdb::CpuPriority::kLow);
  return options;
}

rocksdb::ColumnFamilyOptions family_options(Family which, const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  // What a row's place is looked for in stays in the processor's caches, which may be others' as well.
  options.write_buffer_size = kMemtable;
  options.max_write_buffer_number = 4;  // three may wait to be written out before commits wait for them
  options.memtable_insert_with_hint_prefix_extractor = from_the_last_row();
  // Each submission asks for an id that is not there.
  options.memtable_whole_key_filtering = which == kIds;
  options.memtable_prefix_bloom_size_ratio = which == kIds ? 0.016 : 0.0;  // 10 bits for each of 50,000
  // A compaction takes 32 MiB of rows; where 320 MiB wait for one, writes slow down, and stop at 576.
  options.level0_file_num_compaction_trigger = 8;
  options.level0_slowdown_writes_trigger = 80;
  options.level0_stop_writes_trigger = 144;
  // New rows sort behind all others, of the index behind all with their prefix: where files are small, few of them are
  // written anew with each batch of rows, however many there are.
  options.target_file_size_base = 8 * kMiB;
  options.level_compaction_dynamic_level_bytes = true;
  const auto known = rocksdb::GetSupportedCompressions();
  options.compression = std::find(known.begin(), known.end(), rocksdb::kLZ4Compression) != known.end()
                            ? rocksdb::kLZ4Compression
                            : rocksdb::kNoCompression;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  if (which == kIds || which == kSagas) table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  if (which == kTimers || which == kPending) {
    // Their rows live briefly: files full of tombstones are compacted soon.
    options.table_properties_collector_factories.push_back(rocksdb::NewCompactOnDeletionCollectorFactory(4096, 2048));
  }
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> descriptors() {
  const auto cache = rocksdb::NewLRUCache(32 * kMiB);
  std::vector<rocksdb::ColumnFamilyDescriptor> all;
  for (int i = 0; i < kFamilies; ++i) {
    const auto which = static_cast<Family>(i);
    all.emplace_back(std::string(kFamilyNames[which]), family_options(which, cache));
  }
  return all;
}

Result<std::uint32_t> number(const std::string& name, const std::optional<std::string>& text) {
  std::uint32_t value = 0;
  for (const char c : text.value_or("x")) {
    if (c < '0' || c > '9' || value > 1'000'000) {
      return fail(ErrorKind::kDamaged, "damaged-meta", fmt::format("the store's '{}' cannot be read", name));
    }
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return value;
}

}  // namespace

// Where much stands in the write-ahead log alone, an engine that starts has to read it all: better once, here.
void RocksLog::Impl::flush_if_much() {
  if (!db || failed || read_only) return;
  rocksdb::VectorLogPtr logs;
  std::uint64_t bytes = 0;
  if (!db->GetSortedWalFiles(logs).ok()) return;
  for (const auto& log : logs) bytes += log->SizeFileBytes();
  if (bytes < kMuchLog) return;
  const rocksdb::Status flushed = db->Flush(rocksdb::FlushOptions(), families);
  if (!flushed.ok()) logger("store")->warn("not flushed error=\"{}\"", flushed.ToString());
}

RocksLog::Impl::~Impl() {
  flush_if_much();
  for (rocksdb::ColumnFamilyHandle* handle : families) db->DestroyColumnFamilyHandle(handle);
  if (db) db->Close();
  db.reset();
}

Result<std::unique_ptr<RocksLog>> RocksLog::open(const std::string& dir, const OpenOptions& options) {
  if (options.shards == 0 || options.shards > kMaxShards) {
    return fail(ErrorKind::kInvalid, "bad-shards",
                fmt::format("a store has 1 to {} shards, not {}", kMaxShards, options.shards));
  }
  if (!options.create_if_missing) SKALD_TRY(find_store(dir));
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  if (error) {
    return fail(ErrorKind::kIo, "folder-unusable", fmt::format("cannot make the folder {}: {}", dir, error.message()));
  }
  auto impl = std::make_unique<Impl>();
  SKALD_ASSIGN(FolderLock lock, FolderLock::take(dir));
  impl->lock = std::make_unique<FolderLock>(std::move(lock));
  SKALD_ASSIGN(Mark mark, check_before_open(dir, options.accept_loss));
  const std::uint64_t durable = mark.sequence;
  impl->dir = dir;
  SKALD_ASSIGN(HighWater high_water, HighWater::open(dir, std::move(mark)));
  impl->high_water = std::make_unique<HighWater>(std::move(high_water));
  rocksdb::DBOptions opening = db_options(options);
  impl->base = opening.env;
  impl->env = watch_log_files(*opening.env, database_path(dir), *impl->high_water);
  opening.env = impl->env.get();
  std::filesystem::create_directories(database_path(dir), error);
  opening.info_log = make_notes(database_path(dir) + "/LOG");
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(opening, database_path(dir), descriptors(), &impl->families, &db);
  if (!opened.ok()) return fail(open_error(dir, opened));
  impl->db.reset(db);
  SKALD_CRASH_POINT("store.opened");
  const std::uint64_t now = db->GetLatestSequenceNumber();
  const bool lost = durable > now;
  if (lost && !options.accept_loss) return fail(lost_writes(dir, now, durable));
  impl->high_water->reset(now);
  std::unique_ptr<RocksLog> log(new RocksLog(std::move(impl)));
  SKALD_CRASH_POINT("store.before-identity");
  SKALD_TRY(log->load_meta(options, true));
  SKALD_TRY(log->prepare_index());
  SKALD_TRY(log->take_on());
  if (lost) {
    // The broker and the services may know of what was lost, as after a restore.
    logger("store")->warn("went on without lost writes dir={} lost={}", dir, durable - now);
    SKALD_TRY(begin_incarnation(*log, SystemClock().now()));
  }
  return log;
}

Status RocksLog::load_meta(const OpenOptions& options, bool may_make) {
  SKALD_ASSIGN(const auto format, meta("format"));
  if (!format && may_make && impl_->db->GetLatestSequenceNumber() == 0) {
    Batch made;
    made.meta = {{"format", std::to_string(kFormat)},
                 {"store_id", to_hex(random_bytes(16))},
                 {"secret", random_bytes(32)},
                 {"shards", std::to_string(options.shards)},
                 {"incarnation", "1"},
                 {kIndexRemovals, kSingle}};
    SKALD_TRY(commit(made));
    return load_meta(options, false);
  }
  SKALD_ASSIGN(const std::uint32_t version, number("format", format));
  if (version < kOldestFormat || version > kFormat) {
    return fail(ErrorKind::kDamaged, "unknown-format",
                fmt::format("the saga log has format {}; this version of skald reads formats {} to {}", version,
                            kOldestFormat, kFormat));
  }
  impl_->format = version;
  SKALD_ASSIGN(const auto store_id, meta("store_id"));
  SKALD_ASSIGN(const auto shards, meta("shards"));
  SKALD_ASSIGN(impl_->shards, number("shards", shards));
  impl_->store_id = store_id.value_or("");
  SKALD_TRY(load_counts());
  if (impl_->store_id.empty() || impl_->shards == 0 || impl_->shards > kMaxShards) {
    return fail(ErrorKind::kDamaged, "damaged-meta", "the store's id or its count of shards cannot be read");
  }
  return {};
}

// A store that was made before they were kept has its sagas counted, once.
Status RocksLog::load_counts() {
  SKALD_ASSIGN(const auto kept, meta(kCounts));
  if (kept) {
    SKALD_ASSIGN(impl_->counts, decode_status_counts(*kept));
    return {};
  }
  Status damage;
  SKALD_TRY(impl_->scan(kSagas, "", "", [&](std::string_view, std::string_view value) {
    if (is_removed(value)) return true;
    const auto saga = decode_summary(value);
    if (saga) impl_->counts.add(saga->status, 1);
    if (!saga) damage = fail(saga.error());
    return saga.has_value();
  }));
  return damage;
}

Status RocksLog::Impl::rewrite_index() const {
  rocksdb::CompactRangeOptions whole;
  whole.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  const rocksdb::Status rewritten = db->CompactRange(whole, family(kIndex), nullptr, nullptr);
  if (!rewritten.ok()) return fail(open_error(dir, rewritten));
  return {};
}

// Rows of a status are removed by SingleDelete, which drops one Put and itself. In a store of a version that removed
// them by Delete, what lies below that Put could come back: an older Put of the same row, whose Delete went before it.
Status RocksLog::prepare_index() {
  SKALD_ASSIGN(const auto removals, meta(kIndexRemovals));
  if (removals) return {};
  const auto begun = std::chrono::steady_clock::now();
  SKALD_TRY(impl_->rewrite_index());
  Batch done;
  done.meta = {{kIndexRemovals, kSingle}};
  SKALD_TRY(commit(done));
  const auto took = std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - begun);
  logger("store")->info("index rewritten once dir={} took_ms={}", impl_->dir, took.count());
  return {};
}

// What is written from here on, older versions could not read. The rows that stand are read as they are.
Status RocksLog::take_on() {
  if (impl_->format == kFormat) return {};
  Batch now;
  now.meta = {{"format", std::to_string(kFormat)}};
  SKALD_TRY(commit(now));
  logger("store")->info("taken on dir={} format_was={} format={}", impl_->dir, impl_->format, kFormat);
  impl_->format = kFormat;
  return {};
}

Result<std::unique_ptr<RocksLog::Impl>> RocksLog::Impl::open_for_reading(const std::string& dir, rocksdb::Env* env) {
  auto impl = std::make_unique<Impl>();
  impl->read_only = true;
  rocksdb::DBOptions reading = db_options({.create_if_missing = false, .env = env});
  reading.create_missing_column_families = false;
  reading.info_log = no_notes();
  reading.max_open_files = -1;  // the writer may delete files that this one still reads
  SKALD_ASSIGN(const FolderView view, FolderView::take(dir));
  impl->env = view.env(*reading.env);
  reading.env = impl->env.get();
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened =
      rocksdb::DB::OpenForReadOnly(reading, database_path(dir), descriptors(), &impl->families, &db);
  if (!opened.ok()) return fail(open_error(dir, opened));
  impl->db.reset(db);
  const std::uint64_t now = db->GetLatestSequenceNumber();
  const std::uint64_t durable = view.mark().sequence;
  if (durable > now) return fail(lost_writes(dir, now, durable));
  return impl;
}

Result<std::unique_ptr<RocksLog>> RocksLog::open_reader(const std::string& dir, rocksdb::Env* env) {
  SKALD_ASSIGN(const std::string store, find_store(dir));
  SKALD_ASSIGN(auto impl, Impl::open_for_reading(store, env));
  impl->failed = true;
  impl->failure = make_error(ErrorKind::kConflict, "read-only", "the saga log was opened for reading only");
  std::unique_ptr<RocksLog> log(new RocksLog(std::move(impl)));
  SKALD_TRY(log->load_meta({.create_if_missing = false}, false));
  return log;
}

}  // namespace skald::store
