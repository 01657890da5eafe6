#include "store/log_view.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <rocksdb/env.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
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

constexpr int kTries = 20;  // a log lasts for some thousand sagas

// A file that is open, and locked against those who want to write another log over it.
class Hold {
 public:
  explicit Hold(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ >= 0) (void)::flock(fd_, LOCK_SH);
  }
  Hold(Hold&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Hold& operator=(Hold&&) = delete;
  ~Hold() {
    if (fd_ >= 0) ::close(fd_);
  }
  // Whether the file was still there under its name when it was locked.
  bool holds(const std::string& path) const {
    struct stat held {};
    struct stat named {};
    return fd_ >= 0 && ::fstat(fd_, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino;
  }
  // Leads to the file, whatever has become of its name.
  std::string path() const { return fmt::format("/proc/self/fd/{}", fd_); }

 private:
  int fd_;
};

}  // namespace

// What the view and its file system share; of one thread.
struct LogView::Held {
  explicit Held(std::string path) : dir(std::move(path)) {}

  // None: it has gone.
  const Hold* hold(const std::string& name) {
    const auto known = logs.find(name);
    if (known != logs.end()) return &known->second;
    const std::string path = folder + "/" + name;
    Hold hold(path);
    return hold.holds(path) ? &logs.emplace(name, std::move(hold)).first->second : nullptr;
  }
  // Of one that is held; zero behind the view.
  std::uint64_t end_of(const std::string& name) {
    const auto log = logs.find(name);
    const auto end = log == logs.end() ? Result<LogEnd>() : end_of_log(log->second.path(), name, mark);
    return end ? end->bytes : 0;
  }

  const std::string dir;
  const std::string folder = database_path(dir);
  Mark mark;
  std::map<std::string, Hold> logs;  // by name
  bool missed = false;
};

class LogView::Files final : public rocksdb::FileSystemWrapper {
 public:
  Files(const std::shared_ptr<rocksdb::FileSystem>& base, std::shared_ptr<Held> held)
      : FileSystemWrapper(base), held_(std::move(held)) {}
  const char* Name() const override { return "SkaldLogView"; }

  // Those that have gone since are listed too.
  IOStatus GetChildren(const std::string& path, const IOOptions& options, std::vector<std::string>* names,
                       IODebugContext* context) override {
    IOStatus listed = FileSystemWrapper::GetChildren(path, options, names, context);
    if (!listed.ok() || path != held_->folder) return listed;
    for (const auto& [name, hold] : held_->logs) {
      if (std::find(names->begin(), names->end(), name) == names->end()) names->push_back(name);
    }
    return listed;
  }
  IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result, IODebugContext* context) override {
    const std::size_t at = path.rfind('/') + 1;
    const std::string name = path.substr(at);
    if (path.compare(0, at, held_->folder + "/") != 0 || !is_write_ahead_log(name)) {
      return FileSystemWrapper::NewSequentialFile(path, options, result, context);
    }
    const Hold* hold = held_->hold(name);
    if (hold == nullptr) {
      held_->missed = true;
      return IOStatus::PathNotFound(path);
    }
    const auto end = end_of_log(hold->path(), name, held_->mark);
    if (!end) return IOStatus::IOError(end.error().message);
    // An engine that writes may have done so while its log was read.
    if (end->damaged && !in_use(held_->dir)) return IOStatus::Corruption(damaged_log(path, *end).message);
    IOStatus opened = FileSystemWrapper::NewSequentialFile(hold->path(), options, result, context);
    if (!opened.ok()) return opened;
    *result = cut_file(std::move(*result), [held = held_, name, found = std::optional(end->bytes)]() mutable {
      const auto first = std::exchange(found, std::nullopt);
      return first ? *first : held->end_of(name);
    });
    return opened;
  }

 private:
  const std::shared_ptr<Held> held_;
};

LogView::LogView(const std::string& dir) : held_(std::make_shared<Held>(dir)) {}
LogView::LogView(LogView&&) noexcept = default;
LogView::~LogView() {
  if (held_) held_->logs.clear();
}

Result<LogView> LogView::take(const std::string& dir) {
  for (int i = 0; i < kTries; ++i) {
    LogView view(dir);
    for (const std::filesystem::path path : write_ahead_logs(dir)) (void)view.held_->hold(path.filename());
    SKALD_ASSIGN(view.held_->mark, check_beside_writer(dir));
    const bool all = std::all_of(view.mark().files.begin(), view.mark().files.end(), [&](const auto& file) {
      return !is_write_ahead_log(file.first) || view.held_->logs.count(file.first) > 0;
    });
    if (all) return view;  // none came meanwhile
  }
  return fail(ErrorKind::kUnavailable, "log-moved-on",
              fmt::format("the engine begins new log files in {} faster than they can be looked at; try again",
                          database_path(dir)));
}

const Mark& LogView::mark() const { return held_->mark; }

bool LogView::missed() const { return held_->missed; }

std::unique_ptr<rocksdb::Env> LogView::env(rocksdb::Env& base) const {
  return rocksdb::NewCompositeEnv(std::make_shared<Files>(base.GetFileSystem(), held_));
}

}  // namespace skald::store
