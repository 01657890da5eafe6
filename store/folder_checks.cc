#include "store/folder_checks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "engine/base/log.h"
#include "store/log_end.h"
#include "store/store_folder.h"

namespace skald::store {
namespace {

// The hash of what the mark says of a file; none, and why in errno, where it cannot be read.
std::optional<std::uint64_t> hash_of_file(const std::string& path, const FileMark& mark) {
  const auto close = [](std::FILE* file) { std::fclose(file); };
  const std::unique_ptr<std::FILE, decltype(close)> in(std::fopen(path.c_str(), "rb"), close);
  if (!in) return std::nullopt;
  std::array<char, 64 * 1024> buffer{};
  FileHash hash(mark.kind);
  std::uint64_t bytes = mark.bytes;
  while (bytes > 0) {
    const auto part = std::min<std::uint64_t>(bytes, buffer.size());
    if (std::fread(buffer.data(), 1, part, in.get()) != part) return std::nullopt;
    hash.add({buffer.data(), part});
    bytes -= part;
  }
  return hash.value();
}

Status check_file(const std::string& path, const FileMark& mark, const std::string& advice) {
  std::error_code gone;
  const std::uint64_t size = std::filesystem::file_size(path, gone);
  if (gone) {
    return fail(
        ErrorKind::kDamaged, "log-lost",
        fmt::format("the saga log's file {} is gone, of which {} bytes were durable; {}", path, mark.bytes, advice));
  }
  if (size < mark.bytes) {
    return fail(ErrorKind::kDamaged, "log-lost",
                fmt::format("the saga log's file {} was cut: {} bytes are left of {} that were durable; {}", path, size,
                            mark.bytes, advice));
  }
  const auto hash = hash_of_file(path, mark);
  if (!hash) {
    return fail(ErrorKind::kDamaged, "unreadable-log",
                fmt::format("the saga log's file {} cannot be read: {}; look at the disk, or restore a backup", path,
                            std::strerror(errno)));
  }
  if (*hash != mark.hash) {
    return fail(ErrorKind::kDamaged, "damaged-log",
                fmt::format("the saga log's file {} is not what was written: keep a copy of the folder, then {}", path,
                            advice));
  }
  return {};
}

// Whether the database's log files are at least what the mark says. A loss that is accepted is struck out of it.
Status check_files(const std::string& dir, Mark& mark, bool accept_loss) {
  std::string newest;
  for (const auto& [name, file] : mark.files) {
    if (is_write_ahead_log(name)) newest = std::max(newest, name);
  }
  for (const auto& [name, file] : mark.files) {
    const bool at_the_end = name == newest;
    Status good =
        check_file(database_path(dir) + "/" + name, file,
                   at_the_end ? "restore a backup, or start with --accept-loss to go on without the last writes"
                              : "restore a backup; what it held is missing in the middle, not at the end");
    if (!good && !(at_the_end && accept_loss)) return good;
    if (!good) logger("store")->warn("accepting a loss error=\"{}\"", good.error().message);
  }
  if (accept_loss) mark.files.erase(newest);
  return {};
}

Status cut(const std::string& path, std::uint64_t bytes) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return fail(folder_unusable(path));
  const bool done = ::ftruncate(fd, static_cast<off_t>(bytes)) == 0 && ::fsync(fd) == 0;
  const Error failed = folder_unusable(path);
  ::close(fd);
  return done ? Status() : fail(failed);
}

// What stands in a log's file behind its end, RocksDB would take for damage, or for writes.
Status cut_log(const std::string& path, const Mark& mark, bool accept_loss) {
  // Where a loss is accepted, what the mark says need not be there.
  SKALD_ASSIGN(const LogEnd end, end_of_log(path, std::filesystem::path(path).filename(), accept_loss ? Mark{} : mark));
  if (end.damaged && !accept_loss) return fail(damaged_log(path, end));
  if (end.damaged) logger("store")->warn("accepting a loss path={} from_byte={}", path, end.bytes);
  std::error_code unknown;
  return std::filesystem::file_size(path, unknown) == end.bytes ? Status() : cut(path, end.bytes);
}

Status move_aside(const std::string& path) {
  std::error_code failed;
  std::string aside;
  for (int i = 1; aside.empty() || std::filesystem::exists(aside, failed); ++i) {
    aside = fmt::format("{}.lost-{}", path, i);
  }
  std::filesystem::rename(path, aside, failed);
  if (failed) {
    return fail(ErrorKind::kIo, "folder-unusable", fmt::format("cannot move {}: {}", path, failed.message()));
  }
  logger("store")->warn("the saga log begins empty; what is left of the old one was moved to={}", aside);
  return {};
}

// There is no CURRENT, without which RocksDB would begin anew and delete what is left of an earlier database as litter.
Status check_nothing_there(const std::string& dir, bool once_held_one, bool accept_loss) {
  const std::string path = database_path(dir);
  std::error_code ignored;
  bool remains = false;
  for (const auto& entry : std::filesystem::directory_iterator(path, ignored)) {
    const bool data = entry.path().extension() == ".sst" || is_write_ahead_log(entry.path().filename().string());
    remains = remains || (data && entry.file_size(ignored) > 0);
  }
  if (!remains && !once_held_one) return {};
  if (!accept_loss) {
    return fail(ErrorKind::kDamaged, "log-lost",
                fmt::format("{} once held a saga log, of which {} is gone; restore a backup, or start with "
                            "--accept-loss to begin an empty one",
                            dir, remains ? "the file CURRENT" : "everything"));
  }
  return remains ? move_aside(path) : Status();
}

}  // namespace

std::vector<std::string> write_ahead_logs(const std::string& dir) {
  std::vector<std::string> paths;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(database_path(dir), none)) {
    if (is_write_ahead_log(entry.path().filename().string())) paths.push_back(entry.path());
  }
  return paths;
}

Result<LogEnd> end_of_log(const std::string& path, const std::string& name, const Mark& mark) {
  const auto known = mark.files.find(name);
  const bool durable = known != mark.files.end();
  const std::uint64_t from = durable ? known->second.bytes : 0;
  // What is not named was written behind the mark; one of an earlier version names none.
  const std::uint64_t least = mark.files.empty() ? 0 : mark.sequence + 1;
  std::error_code unknown;
  if (std::filesystem::file_size(path, unknown) == from && !unknown) return LogEnd{from, false};
  return find_log_end(path, from, least);
}

Result<Mark> check_before_open(const std::string& dir, bool accept_loss) {
  auto mark = HighWater::read(dir);
  if (!std::filesystem::exists(database_path(dir) + "/CURRENT")) {
    SKALD_TRY(check_nothing_there(dir, mark.has_value(), accept_loss));
    return Mark{};
  }
  if (!mark) mark = Mark{};
  SKALD_TRY(check_files(dir, *mark, accept_loss));
  for (const std::string& path : write_ahead_logs(dir)) SKALD_TRY(cut_log(path, *mark, accept_loss));
  return std::move(*mark);
}

Result<Mark> check_beside_writer(const std::string& dir) {
  auto mark = HighWater::read(dir);
  while (mark) {
    const Status good = check_files(dir, *mark, false);
    if (good) return std::move(*mark);
    // The engine names a file no longer before it goes.
    auto now = HighWater::read(dir);
    if (now == mark) return fail(good.error());
    mark = std::move(now);
  }
  return Mark{};
}

Error damaged_log(const std::string& path, const LogEnd& end) {
  return make_error(
      ErrorKind::kDamaged, "damaged-log",
      fmt::format("the saga log's file {} is not what was written, from byte {} on: keep a copy of the folder, then "
                  "restore a backup, or start with --accept-loss to go on without what is there",
                  path, end.bytes));
}

Error lost_writes(const std::string& dir, std::uint64_t now, std::uint64_t durable) {
  return make_error(
      ErrorKind::kDamaged, "log-lost",
      fmt::format("the saga log in {} ends at write {}, but write {} was once durable: a log file is gone or "
                  "was cut; restore a backup, or start with --accept-loss to go on without the last {} writes",
                  dir, now, durable, durable - now));
}

}  // namespace skald::store
