#pragma once

// Makes stores with more in them than an engine could be given in the time that there is.

#include <cstdint>
#include <string>

#include "engine/base/result.h"

namespace skald::bench {

// Adds so many sagas of this document to the engine's folder `dir`, which nobody has open: the histories and rows that
// the engine writes, from its own code, committed many at a time. Each goes on until it waits for a timer or has ended;
// every task of it completes. Errors: "bad-definition", those of the store.
Status fill_store(const std::string& dir, const std::string& source, std::uint64_t sagas);

// The id of the saga with this number, from 0, of a document with this name.
std::string filled_id(const std::string& name, std::uint64_t number);

}  // namespace skald::bench
