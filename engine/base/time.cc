#include "engine/base/time.h"

#include <fmt/format.h>

#include <cstdio>
#include <ctime>

namespace skald {

std::string format_time(Time time) {
  std::int64_t seconds = time.ms / 1000;
  std::int64_t millis = time.ms % 1000;
  if (millis < 0) {
    millis += 1000;
    --seconds;
  }
  const std::time_t when = static_cast<std::time_t>(seconds);
  std::tm utc{};
  gmtime_r(&when, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, millis);
}

Result<Time> parse_time(std::string_view text) {
  const std::string copy(text);
  const auto bad = [&] {
    return fail(ErrorKind::kInvalid, "bad-time",
                fmt::format("'{}' is not a time; expected RFC 3339, as in 2026-11-23T19:33:20Z", copy));
  };
  std::tm utc{};
  double seconds = 0;
  int used = 0;
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%lf%n", &utc.tm_year, &utc.tm_mon, &utc.tm_mday,
                  &utc.tm_hour, &utc.tm_min, &seconds, &used) != 6) {
    return bad();
  }
  if (utc.tm_mon < 1 || utc.tm_mon > 12 || utc.tm_mday < 1 || utc.tm_mday > 31 || utc.tm_hour > 23 || utc.tm_min > 59 ||
      seconds < 0 || seconds >= 61) {
    return bad();
  }
  std::int64_t offset_minutes = 0;
  const std::string zone = copy.substr(static_cast<std::size_t>(used));
  if (zone != "Z" && zone != "z") {
    int hours = 0;
    int minutes = 0;
    char sign = 0;
    int zone_used = 0;
    if (std::sscanf(zone.c_str(), "%c%2d:%2d%n", &sign, &hours, &minutes, &zone_used) != 3 ||
        zone_used != static_cast<int>(zone.size()) || (sign != '+' && sign != '-')) {
      return bad();
    }
    offset_minutes = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
  }
  utc.tm_year -= 1900;
  utc.tm_mon -= 1;
  const std::int64_t whole = timegm(&utc);
  return Time{(whole - offset_minutes * 60) * 1000 + static_cast<std::int64_t>(seconds * 1000 + 0.5)};
}

std::string format_duration(Millis duration) {
  const std::int64_t ms = duration.count();
  if (ms < 1000) return fmt::format("{}ms", ms);
  const std::int64_t seconds = ms / 1000;
  if (seconds < 10) return fmt::format("{}.{}s", seconds, ms % 1000 / 100);
  if (seconds < 60) return fmt::format("{}s", seconds);
  if (seconds < 3600) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("{}h {}m", seconds / 3600, seconds % 3600 / 60);
  return fmt::format("{}d {}h", seconds / 86400, seconds % 86400 / 3600);
}

Time SystemClock::now() const {
  return {std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

}  // namespace skald
