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
  CutFile(std::unique_ptr<rocksdb::FSSequentialFile> file, std::uint64_t bytes)
      : FSSequentialFileOwnerWrapper(std::move(file)), left_(bytes) {}

  IOStatus Read(std::size_t size, const IOOptions& options, rocksdb::Slice* result, char* scratch,
                IODebugContext* context) override {
    IOStatus read = FSSequentialFileOwnerWrapper::Read(within(size), options, result, scratch, context);
    if (read.ok()) left_ -= result->size();
    return read;
  }
  IOStatus Skip(std::uint64_t size) override {
    const std::uint64_t here = within(size);
    left_ -= here;
    return FSSequentialFileOwnerWrapper::Skip(here);
  }

 private:
  std::uint64_t within(std::uint64_t size) const { return std::min(size, left_); }

  std::uint64_t left_;
};

}  // namespace

std::unique_ptr<rocksdb::FSSequentialFile> cut_file(std::unique_ptr<rocksdb::FSSequentialFile> file,
                                                    std::uint64_t bytes) {
  return std::make_unique<CutFile>(std::move(file), bytes);
}

}  // namespace skald::store
