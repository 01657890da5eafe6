#pragma once

// RocksDB's notes of what it does, as it would write them to its file LOG. Its own writer asserts that no line follows
// one that could not be written, and so ends the process of an engine whose disk is full; here such a line is lost.

#include <memory>
#include <string>

namespace rocksdb {
class Logger;
}

namespace skald::store {

// Appends to the file, which begins anew at 4 MiB; the one before is kept as "<path>.old.1".
std::shared_ptr<rocksdb::Logger> make_notes(const std::string& path);
// Keeps none.
std::shared_ptr<rocksdb::Logger> no_notes();

}  // namespace skald::store
