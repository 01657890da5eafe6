#pragma once

// Tells workers that an attempt is no longer wanted. A courtesy: nothing depends on its arrival.

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/ids.h"
#include "engine/base/result.h"

namespace skald::wire {

struct CancelMessage {
  RunId run;
  std::string key;
  std::uint32_t attempt = 0;

  bool operator==(const CancelMessage&) const = default;
};

std::string encode(const CancelMessage& cancel);
// Error: "bad-cancel".
Result<CancelMessage> decode_cancel(std::string_view body, bool json);

}  // namespace skald::wire
