#pragma once

// Time as the engine counts it: milliseconds since 1970-01-01T00:00:00Z, through a port.

#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace skald {

using Millis = std::chrono::milliseconds;

struct Time {
  std::int64_t ms = 0;

  auto operator<=>(const Time&) const = default;
  Time operator+(Millis d) const { return {ms + d.count()}; }
  Time operator-(Millis d) const { return {ms - d.count()}; }
  Millis operator-(Time other) const { return Millis(ms - other.ms); }
};

// "2026-11-23T19:33:20.123Z": RFC 3339, UTC, milliseconds.
std::string format_time(Time time);
// Accepts RFC 3339 with any offset. Error: "bad-time".
Result<Time> parse_time(std::string_view text);
// "450ms", "2.5s", "1m 20s", "3h 5m", "2d 4h": for people.
std::string format_duration(Millis duration);
// "500ms", "90s", "36h", "30d", "2d 4h", "1.5h"; at most a hundred years. Error: "bad-duration".
Result<Millis> parse_duration(std::string_view text);

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

class SystemClock final : public Clock {
 public:
  Time now() const override;
};

}  // namespace skald
