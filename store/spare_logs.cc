#include "store/spare_logs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <string_view>

namespace skald::store {
namespace {

constexpr std::string_view kName = "spare-";
constexpr std::size_t kPage = 4096;  // written whole, so that it need not be read before

// Whoever reads a log holds a lock on it. True: nobody does, nor will under this name.
bool rename_unread(const std::string& from, const std::string& to) {
  const int fd = ::open(from.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return false;
  const bool renamed = ::flock(fd, LOCK_EX | LOCK_NB) == 0 && ::rename(from.c_str(), to.c_str()) == 0;
  ::close(fd);
  return renamed;
}

// None where it is no spare's name.
std::optional<std::uint64_t> number_of(std::string_view name) {
  if (!name.starts_with(kName)) return std::nullopt;
  const std::string_view digits = name.substr(kName.size());
  std::uint64_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return read.ec == std::errc() && read.ptr == digits.data() + digits.size() ? std::optional(number) : std::nullopt;
}

}  // namespace

SpareLogs::SpareLogs(std::string folder) : folder_(std::move(folder)) {
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, none)) {
    const auto number = number_of(entry.path().filename().string());
    if (!number) continue;
    spares_.push_back(*number);
    next_ = std::max(next_, *number + 1);
  }
}

std::string SpareLogs::path(std::uint64_t number) const { return fmt::format("{}/{}{}", folder_, kName, number); }

std::optional<std::string> SpareLogs::take() {
  const std::lock_guard lock(mutex_);
  if (spares_.empty()) return std::nullopt;
  const std::uint64_t number = spares_.front();
  spares_.pop_front();
  return path(number);
}

bool SpareLogs::keep(const std::string& path) {
  std::error_code unknown;
  if (std::filesystem::file_size(path, unknown) < kLeastBytes || unknown) return false;
  if (std::filesystem::space(folder_, unknown).available < kLeastRoom || unknown) return false;
  const std::lock_guard lock(mutex_);
  if (spares_.size() >= kMost || !rename_unread(path, this->path(next_))) return false;
  spares_.push_back(next_++);
  return true;
}

ClearedBlocks::ClearedBlocks(const std::string& path) : fd_(::open(path.c_str(), O_RDWR | O_CLOEXEC)) {
  struct stat file {};
  if (fd_ >= 0 && ::fstat(fd_, &file) == 0) bytes_ = static_cast<std::uint64_t>(file.st_size);
}

ClearedBlocks::~ClearedBlocks() {
  if (fd_ >= 0) ::close(fd_);
}

bool ClearedBlocks::reach(std::uint64_t end) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t block = end / kLogBlock;
  if (!clear_to(block + kAhead)) return false;
  if (durable_ > block) return true;
  if (::fdatasync(fd_) != 0) return false;
  durable_ = cleared_;
  return true;
}

bool ClearedBlocks::clear_to(std::uint64_t block) {
  static constexpr std::array<char, kPage> kNone{};
  for (; cleared_ <= block; ++cleared_) {
    const std::uint64_t at = cleared_ * kLogBlock;
    const std::size_t size = at < bytes_ ? std::min<std::uint64_t>(kPage, bytes_ - at) : 0;
    if (fd_ < 0 || ::pwrite(fd_, kNone.data(), size, static_cast<off_t>(at)) != static_cast<ssize_t>(size)) {
      return false;
    }
  }
  return true;
}

std::uint64_t ClearedBlocks::count() const {
  const std::lock_guard lock(mutex_);
  return cleared_;
}

void ClearedBlocks::synced(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  durable_ = std::max(durable_, count);
}

ZerosAhead::ZerosAhead(const std::string& path) : fd_(::open(path.c_str(), O_WRONLY | O_CLOEXEC)) {}

ZerosAhead::~ZerosAhead() {
  if (fd_ >= 0) ::close(fd_);
}

void ZerosAhead::reach(std::uint64_t begin, std::uint64_t end) {
  if (end <= filled_ || end - begin > kSmall) return;
  const std::string zeros(kChunk, '\0');
  (void)::pwrite(fd_, zeros.data(), zeros.size(), static_cast<off_t>(end));
  filled_ = end + kChunk;  // also where it was refused: not again for each write
}

}  // namespace skald::store
