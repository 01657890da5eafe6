#pragma once

// A file of which only the begin is read.

#include <rocksdb/file_system.h>

#include <cstdint>
#include <memory>

namespace skald::store {

// Ends after so many bytes.
std::unique_ptr<rocksdb::FSSequentialFile> cut_file(std::unique_ptr<rocksdb::FSSequentialFile> file,
                                                    std::uint64_t bytes);

}  // namespace skald::store
