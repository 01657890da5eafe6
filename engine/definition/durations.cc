#include "engine/definition/durations.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace skald::definition {
namespace {

constexpr double kMaxMillis = 10.0 * 366 * 24 * 3600 * 1000;

struct Unit {
  std::string_view name;
  double ms;
};
constexpr Unit kUnits[] = {
    {"days", 86'400'000}, {"hours", 3'600'000}, {"minutes", 60'000}, {"seconds", 1'000}, {"milliseconds", 1}};

using Ms = tl::expected<double, std::string>;  // or what is wrong

constexpr std::string_view kExpected =
    "expected a duration: { seconds: 2 } or ISO 8601 in weeks, days and time, as in 'PT2S'";

tl::unexpected<std::string> wrong(std::string_view what = kExpected) {
  return tl::unexpected<std::string>(std::string(what));
}

struct Part {
  char designator;
  bool of_time;  // stands behind the T
  double ms;
};
constexpr Part kParts[] = {{'W', false, 7 * 86'400'000.0},
                           {'D', false, 86'400'000},
                           {'H', true, 3'600'000},
                           {'M', true, 60'000},
                           {'S', true, 1'000}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes "12" or "1.5"; the standard has the comma as well. None: no number is there.
std::optional<double> take_number(std::string_view& text, bool& fraction) {
  std::string number;
  fraction = false;
  while (!text.empty()) {
    const char c = text.front();
    const bool point = (c == '.' || c == ',') && !fraction && !number.empty();
    if (!is_digit(c) && !point) break;
    fraction = fraction || point;
    number += point ? '.' : c;
    text.remove_prefix(1);
  }
  if (number.empty() || number.back() == '.') return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  return error == std::errc() ? std::optional<double>(value) : std::nullopt;
}

// ISO 8601, "PT1H30M": each part at most once, in this order; only the last may have a fraction.
Ms of_text(std::string_view text) {
  constexpr std::size_t kMaxBytes = 64;
  if (text.find("${") != std::string_view::npos) {
    return wrong("a duration as an expression is not supported by this version of Skald; write it out");
  }
  if (text.size() > kMaxBytes || text.substr(0, 1) != "P") return wrong();
  text.remove_prefix(1);
  double ms = 0;
  bool in_time = false;
  bool fraction = false;
  const Part* next = std::begin(kParts);
  while (!text.empty()) {
    if (text.front() == 'T' && !in_time) {
      in_time = true;
      text.remove_prefix(1);
    }
    if (fraction) return wrong("only the last part of a duration may have a fraction");
    const auto number = take_number(text, fraction);
    if (!number || text.empty()) return wrong();
    const char designator = text.front();
    if (designator == 'Y' || (designator == 'M' && !in_time)) {
      return wrong("years and months are of no fixed length; write days, as in 'P30D'");
    }
    next = std::find_if(next, std::end(kParts), [&](const Part& part) { return part.designator == designator; });
    if (next == std::end(kParts) || next->of_time != in_time) return wrong();
    ms += *number * next->ms;
    ++next;
    text.remove_prefix(1);
  }
  return next == std::begin(kParts) ? Ms(wrong()) : Ms(ms);
}

std::optional<double> of_mapping(const DocNode& node, Problems& problems) {
  double ms = 0;
  bool good = true;
  std::vector<std::string_view> known;
  for (const Unit& unit : kUnits) known.push_back(unit.name);
  for (const char* unit : {"years", "months"}) {
    if (node.find(unit) == nullptr) continue;
    problems.add(key_position(node, unit), "years and months are of no fixed length; write days");
    return std::nullopt;
  }
  if (node.entries.empty()) {
    problems.add(node, "a duration has at least one of: days, hours, minutes, seconds, milliseconds");
    return std::nullopt;
  }
  check_keys(node, known, "a duration", problems);
  for (const auto& [key, ignored] : node.entries)
    good = good && std::find(known.begin(), known.end(), key) != known.end();
  for (const Unit& unit : kUnits) {
    const DocNode* part = node.find(unit.name);
    if (part == nullptr) continue;
    if (part->type != DocNode::Type::kScalar || !part->scalar.is_number() || part->scalar.get<double>() < 0) {
      problems.add(*part, fmt::format("'{}' of a duration is a number, zero or more", unit.name));
      good = false;
      continue;
    }
    ms += part->scalar.get<double>() * unit.ms;
  }
  return good ? std::optional<double>(ms) : std::nullopt;
}

// In whole milliseconds, a part of one counts as one.
tl::expected<Millis, std::string> bounded(double ms, bool zero_ok) {
  constexpr double kBinaryError = 1e-6;  // 16.1 s are 16100.000000000002 ms
  const double rounded = std::ceil(ms - kBinaryError);
  if (rounded > kMaxMillis || (rounded <= 0 && !zero_ok)) {
    return wrong("a duration is more than zero and at most ten years");
  }
  return Millis(static_cast<std::int64_t>(std::max(rounded, 0.0)));
}

}  // namespace

std::optional<Millis> read_duration(const DocNode& node, Problems& problems, bool zero_ok) {
  Ms ms = wrong();
  if (node.is_mapping()) {
    const auto sum = of_mapping(node, problems);
    if (!sum) return std::nullopt;
    ms = *sum;
  } else if (node.is_string()) {
    ms = of_text(node.scalar.get_ref<const std::string&>());
  }
  const auto duration = ms ? bounded(*ms, zero_ok) : wrong(ms.error());
  if (duration) return *duration;
  problems.add(node, duration.error());
  return std::nullopt;
}

std::optional<Millis> read_timeout(const DocNode& node, Problems& problems) {
  const DocNode* after = node.find("after");
  if (after == nullptr) {
    problems.add(node, "expected timeout: { after: duration }");
    return std::nullopt;
  }
  check_keys(node, {"after"}, "'timeout'", problems);
  return read_duration(*after, problems);
}

}  // namespace skald::definition
