#pragma once

// Numbers and documents compared by what they say: nlohmann's comparisons go through double or wrap around where an
// integer meets one of another kind. Private to this folder.

#include "engine/base/value.h"

namespace skald::definition {

// < 0, 0, > 0, exact over int64, uint64 and double. NaN stands before every number, itself too.
int compare_numbers(const Value& a, const Value& b);

// Whether two documents say the same; 1 and 1.0 do.
bool same(const Value& a, const Value& b);

// A total order over documents that fits same(): for sorting, of no meaning besides.
bool before(const Value& a, const Value& b);

// Whether a number has no fraction.
bool is_whole(const Value& number);

}  // namespace skald::definition
