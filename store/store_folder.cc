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

namespace skald::store {
namespace {

std::string host() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "an unnamed host";
}

// A lock for writing, from the file's begin to its end.
struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

std::string database_path(const std::string& dir) { return dir + "/log"; }

Error folder_unusable(const std::string& path) {
  return make_error(
      ErrorKind::kIo, "folder-unusable",
      fmt::format("cannot open {}: {}; the engine needs a folder that it may write to", path, std::strerror(errno)));
}

Result<std::string> find_store(const std::string& dir) {
  for (const std::string& candidate : {dir, dir + "/engine"}) {
    std::error_code none;
    const bool had_one = std::filesystem::file_size(candidate + "/HIGHWATER", none) > 0 && !none;
    if (had_one || std::filesystem::exists(database_path(candidate) + "/CURRENT")) return candidate;
  }
  return fail(ErrorKind::kNotFound, "no-store",
              fmt::format("{} holds no saga log; pass the folder of `skald dev` or of the engine (--data)", dir));
}

bool in_use(const std::string& dir) {
  const int fd = ::open((dir + "/" + kLockFile).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  struct flock asked = whole_file();
  const bool answered = ::fcntl(fd, F_OFD_GETLK, &asked) == 0;
  ::close(fd);
  return answered && asked.l_type != F_UNLCK;
}

Result<FolderLock> FolderLock::take(const std::string& dir, const std::string& file) {
  const std::string path = dir + "/" + file;
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return fail(folder_unusable(path));
  FolderLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    std::ifstream in(path);
    std::string owner;
    std::getline(in, owner);
    return fail(ErrorKind::kConflict, "folder-in-use",
                fmt::format("{} is in use by {}; stop that, or choose another folder", dir,
                            owner.empty() ? "another process" : owner));
  }
  // The same once more as a lock that others can ask about without taking it.
  struct flock whole = whole_file();
  if (::fcntl(fd, F_OFD_SETLK, &whole) != 0) return fail(folder_unusable(path));
  const std::string owner = fmt::format("process {} on {}\n", ::getpid(), host());
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, owner.data(), owner.size(), 0) < 0) return fail(folder_unusable(path));
  return lock;
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace skald::store
