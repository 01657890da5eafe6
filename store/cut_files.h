#pragma once

// A file of which only the begin is read.

#include <rocksdb/file_system.h>

#include <cstdint>
#include <functional>
#include <memory>

namespace skald::store {

// Reads up to where `end` says. It is asked at the begin, and by whoever reads on behind the end.
std::unique_ptr<rocksdb::FSSequentialFile> cut_file(std::unique_ptr<rocksdb::FSSequentialFile> file,
                                                    std::function<std::uint64_t()> end);

}  // namespace skald::store
