#include "engine/definition/durations.h"

#include <fmt/format.h>

#include <cmath>
#include <regex>

namespace skald::definition {
namespace {

constexpr double kMaxMillis = 10.0 * 366 * 24 * 3600 * 1000;

struct Unit {
  std::string_view name;
  double ms;
};
constexpr Unit kUnits[] = {
    {"days", 86'400'000}, {"hours", 3'600'000}, {"minutes", 60'000}, {"seconds", 1'000}, {"milliseconds", 1}};

std::optional<double> of_text(const std::string& text) {
  static const std::regex iso(
      "P(?:([0-9]+)W)?(?:([0-9]+)D)?(?:T(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+(?:\\.[0-9]+)?)S)?)?");
  std::smatch match;
  if (text.size() > 64 || !std::regex_match(text, match, iso) || text.back() == 'P' || text.back() == 'T') {
    return std::nullopt;
  }
  constexpr double kOf[] = {7 * 86'400'000.0, 86'400'000, 3'600'000, 60'000, 1'000};
  double ms = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    if (match[i + 1].matched) ms += std::stod(match[i + 1].str()) * kOf[i];
  }
  return ms;
}

std::optional<double> of_mapping(const DocNode& node, Problems& problems) {
  double ms = 0;
  bool good = true;
  std::vector<std::string_view> known;
  for (const Unit& unit : kUnits) known.push_back(unit.name);
  check_keys(node, known, "a duration", problems);
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

}  // namespace

std::optional<Millis> read_duration(const DocNode& node, Problems& problems, bool zero_ok) {
  std::optional<double> ms;
  if (node.is_mapping()) {
    ms = of_mapping(node, problems);
    if (!ms) return std::nullopt;
  } else if (node.is_string()) {
    ms = of_text(node.scalar.get<std::string>());
  }
  if (!ms) {
    problems.add(node, "expected a duration: { seconds: 2 } or ISO 8601 in weeks, days and time, as in 'PT2S'");
    return std::nullopt;
  }
  const double rounded = std::ceil(*ms);
  if (rounded > kMaxMillis || (rounded <= 0 && !zero_ok)) {
    problems.add(node, "a duration is more than zero and at most ten years");
    return std::nullopt;
  }
  return Millis(static_cast<std::int64_t>(rounded));
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
