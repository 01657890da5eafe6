#include "store/store_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "engine/base/hash.h"
#include "engine/base/log.h"

namespace skald::store {
namespace {

constexpr std::size_t kMarkBytes = 8;
constexpr std::size_t kCheckBytes = 8;

std::string encode_mark(std::uint64_t sequence) {
  std::string record;
  for (std::size_t i = kMarkBytes; i-- > 0;) record.push_back(static_cast<char>(sequence >> (8 * i) & 0xFF));
  record.append(bytes_of(sha256(record)).substr(0, kCheckBytes));
  return record;
}

std::string host() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "an unnamed host";
}

Error unusable(const std::string& path) {
  return make_error(
      ErrorKind::kIo, "folder-unusable",
      fmt::format("cannot open {}: {}; the engine needs a folder that it may write to", path, std::strerror(errno)));
}

}  // namespace

std::string database_path(const std::string& dir) { return dir + "/log"; }

Result<std::string> find_store(const std::string& dir) {
  for (const std::string& candidate : {dir, dir + "/engine"}) {
    if (std::filesystem::exists(database_path(candidate) + "/CURRENT")) return candidate;
  }
  return fail(ErrorKind::kNotFound, "no-store",
              fmt::format("{} holds no saga log; pass the folder of `skald dev` or of the engine (--data)", dir));
}

Result<FolderLock> FolderLock::take(const std::string& dir) {
  const std::string path = dir + "/engine.lock";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return fail(unusable(path));
  FolderLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    std::ifstream in(path);
    std::string owner;
    std::getline(in, owner);
    return fail(ErrorKind::kConflict, "folder-in-use",
                fmt::format("{} is in use by {}; stop that engine, or choose another folder", dir,
                            owner.empty() ? "another process" : owner));
  }
  const std::string owner = fmt::format("process {} on {}\n", ::getpid(), host());
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, owner.data(), owner.size(), 0) < 0) return fail(unusable(path));
  return lock;
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<HighWater> HighWater::open(const std::string& dir) {
  const std::string path = dir + "/HIGHWATER";
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return fail(unusable(path));
  return HighWater(fd);
}

HighWater::~HighWater() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<std::uint64_t> HighWater::read(const std::string& dir) {
  std::ifstream in(dir + "/HIGHWATER", std::ios::binary);
  std::string record(kMarkBytes + kCheckBytes, '\0');
  if (!in.read(record.data(), static_cast<std::streamsize>(record.size()))) return std::nullopt;
  std::uint64_t sequence = 0;
  for (std::size_t i = 0; i < kMarkBytes; ++i) sequence = sequence << 8 | static_cast<unsigned char>(record[i]);
  if (record != encode_mark(sequence)) {
    logger("store")->warn("the high-water mark is unreadable, perhaps after a power loss; dir={}", dir);
    return std::nullopt;
  }
  return sequence;
}

void HighWater::note(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  if (sequence > mark_) write(sequence);
}

void HighWater::reset(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  write(sequence);
}

void HighWater::write(std::uint64_t sequence) {
  mark_ = sequence;
  const std::string record = encode_mark(sequence);
  if (::pwrite(fd_, record.data(), record.size(), 0) != static_cast<ssize_t>(record.size())) {
    logger("store")->warn("cannot write the high-water mark; error={}", std::strerror(errno));
  }
}

}  // namespace skald::store
