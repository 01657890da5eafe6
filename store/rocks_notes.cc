#include "store/rocks_notes.h"

#include <rocksdb/env.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>

#include "engine/base/time.h"

namespace skald::store {
namespace {

constexpr long kMostBytes = 4 * 1024 * 1024;
constexpr std::size_t kLongestLine = 8 * 1024;

class Notes final : public rocksdb::Logger {
 public:
  explicit Notes(std::string path) : path_(std::move(path)) { open(); }
  ~Notes() override { close(); }
  Notes(const Notes&) = delete;
  Notes& operator=(const Notes&) = delete;

  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, kLongestLine> line{};
    std::vsnprintf(line.data(), line.size(), format, arguments);
    const std::lock_guard lock(mutex_);
    if (file_ == nullptr) return;
    std::fprintf(file_, "%s %s\n", format_time(SystemClock().now()).c_str(), line.data());
    std::fflush(file_);
    std::clearerr(file_);
    if (std::ftell(file_) < kMostBytes) return;
    close();
    std::rename(path_.c_str(), (path_ + ".old.1").c_str());
    open();
  }

 private:
  void open() { file_ = std::fopen(path_.c_str(), "ae"); }
  void close() {
    if (file_ != nullptr) std::fclose(file_);
    file_ = nullptr;
  }

  const std::string path_;
  std::mutex mutex_;
  std::FILE* file_ = nullptr;
};

class NoNotes final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char* /*format*/, va_list /*arguments*/) override {}
};

}  // namespace

std::shared_ptr<rocksdb::Logger> make_notes(const std::string& path) { return std::make_shared<Notes>(path); }
std::shared_ptr<rocksdb::Logger> no_notes() { return std::make_shared<NoNotes>(); }

}  // namespace skald::store
