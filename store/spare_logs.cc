#include "store/spare_logs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "engine/base/log.h"
#include "store/log_end.h"

namespace skald::store {
namespace {

constexpr const char* kReady = "spare-";
constexpr const char* kSpent = "spent-";

// Whoever reads a log holds a lock on it. True: nobody does, nor will under this name.
bool rename_unread(const std::string& from, const std::string& to) {
  const int fd = ::open(from.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return false;
  const bool renamed = ::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::rename(from.c_str(), to.c_str()) == 0;
  ::close(fd);
  return renamed;
}

// No block begins with a record. False where the disk does not take it.
bool clear_blocks(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return false;
  struct stat file {};
  bool good = ::fstat(fd, &file) == 0;
  constexpr std::array<char, kLogHeader> kNone{};
  for (off_t at = 0; good && at + static_cast<off_t>(kNone.size()) <= file.st_size; at += kLogBlock) {
    good = ::pwrite(fd, kNone.data(), kNone.size(), at) == static_cast<ssize_t>(kNone.size());
  }
  good = good && ::fdatasync(fd) == 0;
  ::close(fd);
  return good;
}

}  // namespace

SpareLogs::SpareLogs(std::string folder) : folder_(std::move(folder)) {
  adopt();
  thread_ = std::thread([this] { run(); });
}

SpareLogs::~SpareLogs() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  spent_came_.notify_one();
  thread_.join();
}

std::string SpareLogs::path(const char* name, std::uint64_t number) const {
  return fmt::format("{}/{}{}", folder_, name, number);
}

void SpareLogs::adopt() {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, none)) {
    const std::string name = entry.path().filename();
    const bool ready = name.starts_with(kReady);
    if (!ready && !name.starts_with(kSpent)) continue;
    const std::string_view digits = std::string_view(name).substr(std::strlen(ready ? kReady : kSpent));
    std::uint64_t number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (read.ec != std::errc() || read.ptr != digits.data() + digits.size()) continue;
    (ready ? ready_ : spent_).push_back(number);
    next_ = std::max(next_, number + 1);
    ++count_;
  }
}

std::optional<std::string> SpareLogs::take() {
  const std::lock_guard lock(mutex_);
  if (ready_.empty()) return std::nullopt;
  const std::uint64_t number = ready_.front();
  ready_.pop_front();
  --count_;
  return path(kReady, number);
}

bool SpareLogs::keep(const std::string& path) {
  std::error_code unknown;
  if (std::filesystem::file_size(path, unknown) < kLeastBytes || unknown) return false;
  if (std::filesystem::space(folder_, unknown).available < kLeastRoom || unknown) return false;
  {
    const std::lock_guard lock(mutex_);
    if (count_ >= kMost || !rename_unread(path, this->path(kSpent, next_))) return false;
    spent_.push_back(next_++);
    ++count_;
  }
  spent_came_.notify_one();
  return true;
}

void SpareLogs::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    spent_came_.wait(lock, [this] { return stopping_ || !spent_.empty(); });
    if (stopping_) return;
    const std::uint64_t number = spent_.front();
    spent_.pop_front();
    lock.unlock();
    const std::string spent = path(kSpent, number);
    const bool ready = clear_blocks(spent) && ::rename(spent.c_str(), path(kReady, number).c_str()) == 0;
    if (!ready) {
      logger("store")->warn("a spare log file is let go path={} error=\"{}\"", spent, std::strerror(errno));
      ::unlink(spent.c_str());
    }
    lock.lock();
    if (ready) ready_.push_back(number);
    count_ -= ready ? 0 : 1;
  }
}

}  // namespace skald::store
