#include "store/cut_files.h"

#include <algorithm>
#include <utility>

namespace skald::store {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class CutFile final : public rocksdb::FSSequentialFileOwnerWrapper {
 public:
  CutFile(std::unique_ptr<rocksdb::FSSequentialFile> file, std::function<std::uint64_t()> end)
      : FSSequentialFileOwnerWrapper(std::move(file)), find_end_(std::move(end)) {}

  IOStatus Read(std::size_t size, const IOOptions& options, rocksdb::Slice* result, char* scratch,
                IODebugContext* context) override {
    IOStatus read = FSSequentialFileOwnerWrapper::Read(within(size), options, result, scratch, context);
    if (read.ok()) at_ += result->size();
    return read;
  }
  IOStatus Skip(std::uint64_t size) override {
    const std::uint64_t here = within(size);
    at_ += here;
    return FSSequentialFileOwnerWrapper::Skip(here);
  }

 private:
  std::uint64_t within(std::uint64_t size) {
    // Once it has been at its end: whoever reads on to there, beside one that writes, gets there.
    if (std::exchange(at_end_, false)) end_ = std::max(at_, find_end_());
    at_end_ = at_ == end_;
    return std::min(size, end_ - at_);
  }

  const std::function<std::uint64_t()> find_end_;
  std::uint64_t at_ = 0;
  std::uint64_t end_ = 0;
  bool at_end_ = true;  // the last read said so
};

}  // namespace

std::unique_ptr<rocksdb::FSSequentialFile> cut_file(std::unique_ptr<rocksdb::FSSequentialFile> file,
                                                    std::function<std::uint64_t()> end) {
  return std::make_unique<CutFile>(std::move(file), std::move(end));
}

}  // namespace skald::store
