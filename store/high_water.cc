#include "store/high_water.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/msgpack.h"
#include "store/store_folder.h"

namespace skald::store {
namespace {

constexpr std::size_t kNumberBytes = 8;
constexpr std::size_t kCheckBytes = 8;

std::string mark_path(const std::string& dir) { return dir + "/HIGHWATER"; }

std::string big_endian(std::uint64_t number, std::size_t bytes) {
  std::string text;
  for (std::size_t i = bytes; i-- > 0;) text.push_back(static_cast<char>(number >> (8 * i) & 0xFF));
  return text;
}

std::uint64_t number_of(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

std::string check_of(std::string_view bytes) { return std::string(bytes_of(sha256(bytes)).substr(0, kCheckBytes)); }

bool digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<Mark> decode_body(std::string_view body) {
  MsgReader in(body);
  Mark mark;
  if (in.array() != 2) return std::nullopt;
  mark.sequence = in.uint();
  for (std::uint32_t left = in.map(); left > 0 && in.ok(); --left) {
    FileMark& file = mark.files[std::string(in.str())];
    const std::uint32_t parts = in.array();
    file.bytes = in.uint();
    file.hash = in.uint();
    file.kind = parts == 2 ? HashKind::kFnv1a : HashKind::kXxh64;
    if (parts != 2 && (parts != 3 || in.uint() != static_cast<std::uint64_t>(file.kind))) return std::nullopt;
  }
  return in.ok() && in.at_end() ? std::optional(mark) : std::nullopt;
}

}  // namespace

bool is_write_ahead_log(std::string_view name) {
  constexpr std::string_view kEnd = ".log";
  return name.ends_with(kEnd) && digits(name.substr(0, name.size() - kEnd.size()));
}

bool is_manifest(std::string_view name) {
  constexpr std::string_view kBegin = "MANIFEST-";
  return name.starts_with(kBegin) && digits(name.substr(kBegin.size()));
}

std::string encode(const Mark& mark) {
  MsgWriter body;
  body.array(2);
  body.uint(mark.sequence);
  body.map(static_cast<std::uint32_t>(mark.files.size()));
  for (const auto& [name, file] : mark.files) {
    body.str(name);
    body.array(file.kind == HashKind::kFnv1a ? 2 : 3);
    body.uint(file.bytes);
    body.uint(file.hash);
    if (file.kind != HashKind::kFnv1a) body.uint(static_cast<std::uint64_t>(file.kind));
  }
  return big_endian(body.bytes().size(), kNumberBytes) + body.bytes() + check_of(body.bytes());
}

std::optional<Mark> decode_mark(std::string_view bytes) {
  if (bytes.size() < kNumberBytes + kCheckBytes) return std::nullopt;
  const std::string_view number = bytes.substr(0, kNumberBytes);
  const std::uint64_t size = number_of(number);
  const std::string_view rest = bytes.substr(kNumberBytes);
  // What stood behind a longer mark may still lie behind this one.
  if (size <= rest.size() - kCheckBytes && rest.substr(size, kCheckBytes) == check_of(rest.substr(0, size))) {
    return decode_body(rest.substr(0, size));
  }
  if (bytes.size() == kNumberBytes + kCheckBytes && rest == check_of(number)) return Mark{size, {}};
  return std::nullopt;
}

Result<HighWater> HighWater::open(const std::string& dir, Mark last) {
  const std::string path = mark_path(dir);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return fail(folder_unusable(path));
  return HighWater(fd, std::move(last));
}

HighWater::HighWater(HighWater&& other) noexcept : fd_(other.fd_), mark_(std::move(other.mark_)) { other.fd_ = -1; }

HighWater::~HighWater() {
  if (fd_ >= 0) ::close(fd_);
}

std::optional<Mark> HighWater::read(const std::string& dir) {
  std::ifstream in(mark_path(dir), std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(in), {});
  if (bytes.empty()) return std::nullopt;
  auto mark = decode_mark(bytes);
  if (!mark) logger("store")->warn("the high-water mark is unreadable, perhaps after a power loss dir={}", dir);
  return mark;
}

void HighWater::note(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  if (sequence <= mark_.sequence) return;
  mark_.sequence = sequence;
  (void)write();
}

void HighWater::reset(std::uint64_t sequence) {
  const std::lock_guard lock(mutex_);
  mark_.sequence = sequence;
  (void)write();
}

void HighWater::synced(const std::string& file, const FileMark& mark) {
  const std::lock_guard lock(mutex_);
  const bool waits = is_manifest(file) && mark_.files.count(file) == 0;
  (waits ? manifests_ : mark_.files)[file] = mark;
}

void HighWater::manifest_in_use() {
  const std::lock_guard lock(mutex_);
  mark_.files.merge(manifests_);
  manifests_.clear();
}

Status HighWater::going(const std::string& file) {
  std::unique_lock lock(mutex_);
  manifests_.erase(file);
  const auto at = mark_.files.find(file);
  if (at == mark_.files.end()) return {};
  const FileMark was = at->second;
  mark_.files.erase(at);
  const bool written = write();
  lock.unlock();  // what commits write meanwhile is without it as well
  if (written && ::fdatasync(fd_) == 0) return {};
  lock.lock();
  mark_.files[file] = was;
  return fail(ErrorKind::kIo, "write-failed", fmt::format("cannot note that {} goes", file));
}

bool HighWater::write() {
  const std::string bytes = encode(mark_);
  if (::pwrite(fd_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size())) return true;
  const int error = errno;  // before a logger is made, which sets it
  logger("store")->warn("cannot write the high-water mark error=\"{}\"", std::strerror(error));
  return false;
}

}  // namespace skald::store
