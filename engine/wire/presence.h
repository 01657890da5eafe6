#pragma once

// Who serves which task types. Every worker says so on each of its types' subjects, when it starts and every
// kPresenceEvery; with `concurrency` 0 when it leaves.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace skald::wire {

inline constexpr Millis kPresenceEvery{5'000};

struct PresenceMessage {
  std::string worker;              // unique among the workers that run
  std::vector<std::string> tasks;  // the task types that it serves
  std::uint32_t concurrency = 0;
  std::uint32_t in_flight = 0;
  std::map<std::string, std::string> breakers;  // service -> "closed", "open" or "half-open"
  // How many tasks may come in one message, of the type on whose subject it is sent.
  std::uint32_t together = 1;

  bool operator==(const PresenceMessage&) const = default;
};

std::string encode(const PresenceMessage& presence);
// Error: "bad-presence".
Result<PresenceMessage> decode_presence(std::string_view body, bool json);

}  // namespace skald::wire
