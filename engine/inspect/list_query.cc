#include "engine/inspect/list_query.h"

#include <fmt/format.h>

#include <charconv>

namespace skald::inspect {

Result<std::uint64_t> parse_number(const std::string& name, const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorKind::kInvalid, "bad-number", fmt::format("{}: '{}' is no whole number", name, text));
  }
  return number;
}

Result<store::ListQuery> list_query(const Parameters& parameters) {
  store::ListQuery query;
  for (const auto& [name, value] : parameters) {
    if (name == "workflow") {
      query.workflow = value;
    } else if (name == "status") {
      query.status = value;
    } else if (name == "label") {
      const std::size_t equals = value.find('=');
      if (equals == std::string::npos || equals == 0) {
        return fail(ErrorKind::kInvalid, "bad-label", fmt::format("label: expected key=value, not '{}'", value));
      }
      query.labels.emplace_back(value.substr(0, equals), value.substr(equals + 1));
    } else if (name == "since") {
      SKALD_ASSIGN(query.since, parse_time(value));
    } else if (name == "until") {
      SKALD_ASSIGN(query.until, parse_time(value));
    } else if (name == "limit") {
      SKALD_ASSIGN(query.limit, parse_number(name, value));
      if (query.limit == 0 || query.limit > kMostItems) {
        return fail(ErrorKind::kInvalid, "bad-limit", fmt::format("limit: expected 1 to {}", kMostItems));
      }
    } else if (name == "cursor") {
      query.cursor = value;
    } else if (name != "count") {
      return fail(
          ErrorKind::kInvalid, "unknown-parameter",
          fmt::format("'{}' is no parameter; known: workflow, status, label, since, until, limit, cursor, count",
                      name));
    }
  }
  return query;
}

}  // namespace skald::inspect
