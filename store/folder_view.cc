#include "store/folder_view.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/env.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "store/cut_files.h"
#include "store/folder_checks.h"
#include "store/store_folder.h"

namespace skald::store {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

constexpr int kTries = 20;                   // the manifest grows with each table, of some thousand sagas
constexpr const char* kCurrent = "CURRENT";  // names the manifest

// Why, from errno.
Error cannot_open(const std::string& path) {
  return make_error(ErrorKind::kIo, "open-failed", fmt::format("cannot open {}: {}", path, std::strerror(errno)));
}

bool is_table(std::string_view name) { return name.ends_with(".sst"); }

// A file that is open, whatever becomes of its name.
class Hold {
 public:
  explicit Hold(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  Hold(Hold&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Hold& operator=(Hold&&) = delete;
  ~Hold() { let_go(); }

  bool is_open() const { return fd_ >= 0; }
  // Keeps out those who want to write another log over it.
  void lock() const {
    if (fd_ >= 0) (void)::flock(fd_, LOCK_SH);
  }
  // Whether the file is there under its name.
  bool is_at(const std::string& path) const {
    struct stat held {};
    struct stat named {};
    return fd_ >= 0 && ::fstat(fd_, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino;
  }
  std::uint64_t bytes() const {
    struct stat held {};
    return fd_ >= 0 && ::fstat(fd_, &held) == 0 ? static_cast<std::uint64_t>(held.st_size) : 0;
  }
  std::string path() const { return fmt::format("/proc/self/fd/{}", fd_); }
  void let_go() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

}  // namespace

// What the view and its file system share.
struct FolderView::Held {
  struct File {
    Hold hold;
    std::uint64_t bytes;  // then
  };

  explicit Held(std::string path) : dir(std::move(path)) {}

  bool take(const std::string& name) {
    const std::string path = folder + "/" + name;
    Hold hold(path);
    if (!hold.is_open() && errno != ENOENT) failure = cannot_open(path);
    if (is_write_ahead_log(name)) hold.lock();
    if (!hold.is_at(path)) return false;
    const std::uint64_t bytes = hold.bytes();
    files.emplace(name, File{std::move(hold), bytes});
    return true;
  }
  // CURRENT, and the manifest that it names.
  bool take_manifest() {
    if (!take(kCurrent)) return false;
    std::ifstream current(files.at(kCurrent).hold.path());
    return std::getline(current, manifest) && take(manifest);
  }
  void take_all_others() {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
      const std::string name = entry.path().filename();
      if (is_table(name) || is_write_ahead_log(name)) (void)take(name);
    }
  }
  // Whether the engine has let no file go since: before it does, it says so in the manifest.
  bool is_still() const {
    const std::string path = folder + "/" + manifest;
    const File& file = files.at(manifest);
    return files.at(kCurrent).hold.is_at(folder + "/" + kCurrent) && file.hold.is_at(path) &&
           file.hold.bytes() == file.bytes;
  }

  File* file(const std::string& path) {
    if (path.compare(0, folder.size() + 1, folder + "/") != 0) return nullptr;
    const auto known = files.find(path.substr(folder.size() + 1));
    return known == files.end() ? nullptr : &known->second;
  }

  const std::string dir;
  const std::string folder = database_path(dir);
  Mark mark;
  std::string manifest;
  std::optional<Error> failure;       // a file is there and cannot be opened
  std::map<std::string, File> files;  // by name
  std::mutex mutex;                   // of the holds of tables: several threads open them
};

class FolderView::Files final : public rocksdb::FileSystemWrapper {
 public:
  Files(const std::shared_ptr<rocksdb::FileSystem>& base, std::shared_ptr<Held> held)
      : FileSystemWrapper(base), held_(std::move(held)) {}
  const char* Name() const override { return "SkaldFolderView"; }

  // Of the logs, those that are held.
  IOStatus GetChildren(const std::string& path, const IOOptions& options, std::vector<std::string>* names,
                       IODebugContext* context) override {
    IOStatus listed = FileSystemWrapper::GetChildren(path, options, names, context);
    if (!listed.ok() || path != held_->folder) return listed;
    names->erase(std::remove_if(names->begin(), names->end(), is_write_ahead_log), names->end());
    for (const auto& [name, file] : held_->files) {
      if (is_write_ahead_log(name)) names->push_back(name);
    }
    return listed;
  }
  IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result, IODebugContext* context) override {
    Held::File* file = held_->file(path);
    const std::string name = std::filesystem::path(path).filename();
    if (file == nullptr || is_table(name)) return FileSystemWrapper::NewSequentialFile(path, options, result, context);
    std::uint64_t bytes = file->bytes;
    if (is_write_ahead_log(name)) {
      const auto end = end_of_log(file->hold.path(), name, held_->mark);
      if (!end) return IOStatus::IOError(end.error().message);
      // An engine that writes may have done so while its log was read.
      if (end->damaged && !in_use(held_->dir)) return IOStatus::Corruption(damaged_log(path, *end).message);
      bytes = end->bytes;
    }
    IOStatus opened = FileSystemWrapper::NewSequentialFile(file->hold.path(), options, result, context);
    if (opened.ok()) *result = cut_file(std::move(*result), bytes);
    return opened;
  }
  IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result, IODebugContext* context) override {
    IOStatus opened = FileSystemWrapper::NewRandomAccessFile(path, options, result, context);
    Held::File* file = held_->file(path);
    if (file == nullptr) return opened;
    const std::lock_guard lock(held_->mutex);
    if (opened.IsPathNotFound()) {
      opened = FileSystemWrapper::NewRandomAccessFile(file->hold.path(), options, result, context);
    }
    file->hold.let_go();  // RocksDB keeps it open
    return opened;
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions& options, std::uint64_t* bytes,
                       IODebugContext* context) override {
    IOStatus known = FileSystemWrapper::GetFileSize(path, options, bytes, context);
    Held::File* file = held_->file(path);
    if (file == nullptr || !known.IsPathNotFound()) return known;
    *bytes = file->bytes;
    return IOStatus::OK();
  }

 private:
  const std::shared_ptr<Held> held_;
};

FolderView::FolderView(const std::string& dir) : held_(std::make_shared<Held>(dir)) {}
FolderView::FolderView(FolderView&&) noexcept = default;
FolderView::~FolderView() {
  if (held_) held_->files.clear();
}

Result<FolderView> FolderView::take(const std::string& dir) {
  for (int i = 0; i < kTries; ++i) {
    FolderView view(dir);
    Held& held = *view.held_;
    const bool begun = held.take_manifest();
    if (!begun && !held.failure && i + 1 < kTries) continue;
    held.take_all_others();
    if (held.failure) return fail(*held.failure);
    SKALD_ASSIGN(held.mark, check_beside_writer(dir));
    if (!begun) return view;  // RocksDB says what is wrong with it
    const bool all = std::all_of(held.mark.files.begin(), held.mark.files.end(), [&](const auto& file) {
      return !is_write_ahead_log(file.first) || held.files.count(file.first) > 0;
    });
    if (all && held.is_still()) return view;
  }
  return fail(
      ErrorKind::kUnavailable, "log-moved-on",
      fmt::format("the engine lets files in {} go faster than they can be looked at; try again", database_path(dir)));
}

const Mark& FolderView::mark() const { return held_->mark; }

std::unique_ptr<rocksdb::Env> FolderView::env(rocksdb::Env& base) const {
  return rocksdb::NewCompositeEnv(std::make_shared<Files>(base.GetFileSystem(), held_));
}

}  // namespace skald::store
