#pragma once

// The hash chain of a saga's history: a changed, removed or reordered event breaks it.

#include <string_view>

#include "engine/base/hash.h"
#include "engine/base/ids.h"

namespace skald::store {

// Where a chain begins: SHA-256 over store id, run id and definition hash, each followed by a zero byte.
Digest chain_start(std::string_view store_id, const RunId& run, std::string_view definition_hash);

// The hash of an event: SHA-256 over the hash before it and the event's stored bytes.
inline Digest chain_next(const Digest& before, std::string_view event_bytes) {
  return sha256(bytes_of(before), event_bytes);
}

}  // namespace skald::store
