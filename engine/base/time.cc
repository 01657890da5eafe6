#include "engine/base/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <iterator>
#include <utility>

namespace skald {
namespace {

// Each takes what it reads from the front of `rest`; false where that is something else.

bool take(std::string_view& rest, std::string_view one_of) {
  if (rest.empty() || one_of.find(rest.front()) == std::string_view::npos) return false;
  rest.remove_prefix(1);
  return true;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Exactly so many digits.
bool take_number(std::string_view& rest, std::size_t digits, int least, int most, int& number) {
  number = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (rest.size() <= i || !is_digit(rest[i])) return false;
    number = number * 10 + (rest[i] - '0');
  }
  rest.remove_prefix(digits);
  return number >= least && number <= most;
}

// ".123", or nothing; digits behind the third are dropped.
bool take_fraction(std::string_view& rest, std::int64_t& millis) {
  if (!take(rest, ".")) return true;
  std::int64_t unit = 100;
  std::size_t digits = 0;
  for (; digits < rest.size() && is_digit(rest[digits]); ++digits, unit /= 10) millis += (rest[digits] - '0') * unit;
  rest.remove_prefix(digits);
  return digits > 0;
}

// "Z" or "+01:30".
bool take_zone(std::string_view& rest, std::int64_t& minutes_east) {
  if (take(rest, "Zz")) return true;
  const bool west = !rest.empty() && rest.front() == '-';
  int hours = 0;
  int minutes = 0;
  if (!take(rest, "+-") || !take_number(rest, 2, 0, 23, hours) || !take(rest, ":") ||
      !take_number(rest, 2, 0, 59, minutes)) {
    return false;
  }
  minutes_east = (west ? -1 : 1) * (hours * 60 + minutes);
  return true;
}

}  // namespace

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
  std::string_view rest = text;
  std::tm utc{};
  std::int64_t millis = 0;
  std::int64_t offset_minutes = 0;
  const bool good =
      take_number(rest, 4, 0, 9999, utc.tm_year) && take(rest, "-") && take_number(rest, 2, 1, 12, utc.tm_mon) &&
      take(rest, "-") && take_number(rest, 2, 1, 31, utc.tm_mday) && take(rest, "Tt ") &&
      take_number(rest, 2, 0, 23, utc.tm_hour) && take(rest, ":") && take_number(rest, 2, 0, 59, utc.tm_min) &&
      take(rest, ":") && take_number(rest, 2, 0, 60, utc.tm_sec) && take_fraction(rest, millis) &&
      take_zone(rest, offset_minutes) && rest.empty();
  if (!good) {
    return fail(ErrorKind::kInvalid, "bad-time",
                fmt::format("'{}' is not a time; expected RFC 3339, as in 2026-11-23T19:33:20Z", text));
  }
  utc.tm_year -= 1900;
  utc.tm_mon -= 1;
  const std::int64_t whole = timegm(&utc);
  return Time{(whole - offset_minutes * 60) * 1000 + millis};
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

Result<Millis> parse_duration(std::string_view text) {
  constexpr double kMost = 100.0 * 366 * 86'400'000;
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  const auto bad = [&] {
    return fail(ErrorKind::kInvalid, "bad-duration",
                fmt::format("'{}' is no duration; expected one such as 500ms, 90s, 36h, 30d or 2d 4h", text));
  };
  double total = 0;
  std::string_view rest = text;
  while (true) {
    double value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (error != std::errc() || !(value >= 0)) return bad();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const std::size_t size = std::min(rest.find(' '), rest.size());
    const auto* unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                    [&](const auto& known) { return known.first == rest.substr(0, size); });
    if (unit == std::end(kUnits)) return bad();
    total += value * unit->second;
    if (!(total <= kMost)) return bad();
    rest.remove_prefix(size);
    if (rest.empty()) return Millis(static_cast<std::int64_t>(total));
    rest.remove_prefix(1);
  }
}

Time SystemClock::now() const {
  return {std::chrono::duration_cast<Millis>(std::chrono::system_clock::now().time_since_epoch()).count()};
}

}  // namespace skald
