#pragma once

// The token that a result must bring back: nothing in the broker fences a stale or forged one. Never logged.

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/ids.h"

namespace skald::wire {

// The first 16 bytes, in hex, of HMAC-SHA-256 under the store's secret over run, key and attempt in decimal, each
// followed by a zero byte.
std::string make_token(std::string_view secret, const RunId& run, std::string_view key, std::uint32_t attempt);

}  // namespace skald::wire
