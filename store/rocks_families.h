#pragma once

#include <rocksdb/slice.h>

#include <string_view>

namespace skald::store {

// Column families, in the order of their handles.
enum Family { kDefault, kEvents, kSagas, kIds, kTimers, kPending, kIndex, kDefinitions, kMeta, kFamilies };
inline constexpr std::string_view kFamilyNames[kFamilies] = {"default", "events", "sagas",       "ids", "timers",
                                                             "pending", "index",  "definitions", "meta"};

inline rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view view(const rocksdb::Slice& text) { return {text.data(), text.size()}; }

}  // namespace skald::store
