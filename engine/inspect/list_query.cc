#include "engine/inspect/list_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "engine/core/state.h"

namespace skald::inspect {
namespace {

Status set_label(store::ListQuery& query, const std::string& value) {
  const std::size_t equals = value.find('=');
  if (equals == std::string::npos || equals == 0) {
    return fail(ErrorKind::kInvalid, "bad-label", fmt::format("label: expected key=value, not '{}'", value));
  }
  query.labels.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  return {};
}

Status set_limit(store::ListQuery& query, const std::string& value) {
  SKALD_ASSIGN(query.limit, parse_number("limit", value));
  if (query.limit > 0 && query.limit <= kMostItems) return {};
  return fail(ErrorKind::kInvalid, "bad-limit", fmt::format("limit: expected 1 to {}", kMostItems));
}

Status set_status(store::ListQuery& query, const std::string& value) {
  const auto& known = saga_statuses();
  if (std::find(known.begin(), known.end(), value) == known.end()) {
    return fail(ErrorKind::kInvalid, "bad-status",
                fmt::format("'{}' is no status; there are: {}", value, fmt::join(known, ", ")));
  }
  query.status.add(value);
  return {};
}

Status set_text(std::string& field, const std::string& name, const std::string& value) {
  if (value.size() > kMostTextBytes) {
    return fail(ErrorKind::kInvalid, "bad-text", fmt::format("{}: expected at most {} bytes", name, kMostTextBytes));
  }
  field = value;
  return {};
}

Status set_order(store::ListQuery& query, const std::string& value) {
  if (value != "started" && value != "id") {
    return fail(ErrorKind::kInvalid, "bad-sort", fmt::format("sort: expected started or id, not '{}'", value));
  }
  query.order = value == "id" ? store::ListOrder::kId : store::ListOrder::kStarted;
  return {};
}

Status set_reverse(store::ListQuery& query, const std::string& value) {
  if (value != "true" && value != "false") {
    return fail(ErrorKind::kInvalid, "bad-sort", fmt::format("reverse: expected true or false, not '{}'", value));
  }
  query.reverse = value == "true";
  return {};
}

Status set_time(std::optional<Time>& field, const std::string& value) {
  SKALD_ASSIGN(field, parse_time(value));
  return {};
}

Status set(store::ListQuery& query, const std::string& name, const std::string& value) {
  if (name == "label") return set_label(query, value);
  if (name == "since") return set_time(query.since, value);
  if (name == "until") return set_time(query.until, value);
  if (name == "id") return set_text(query.id, name, value);
  if (name == "error") return set_text(query.error, name, value);
  if (name == "sort") return set_order(query, value);
  if (name == "reverse") return set_reverse(query, value);
  if (name == "limit") return set_limit(query, value);
  if (name == "workflow") {
    query.workflow.add(value);
  } else if (name == "status") {
    SKALD_TRY(set_status(query, value));
  } else if (name == "cursor") {
    query.cursor = value;
  } else if (name == "count") {
    query.counts = value == "true";
  } else {
    return fail(ErrorKind::kInvalid, "unknown-parameter",
                fmt::format("'{}' is no parameter; known: workflow, status, label, since, until, id, error, sort, "
                            "reverse, limit, cursor, count",
                            name));
  }
  return {};
}

}  // namespace

const std::vector<std::string>& saga_statuses() {
  static const std::vector<std::string> kStatuses = [] {
    std::vector<std::string> names;
    for (int i = 0; i <= static_cast<int>(core::SagaStatus::kTerminated); ++i) {
      names.emplace_back(core::name_of(static_cast<core::SagaStatus>(i)));
    }
    return names;
  }();
  return kStatuses;
}

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
  for (const auto& [name, value] : parameters) SKALD_TRY(set(query, name, value));
  if (query.workflow.size() > kMostValues || query.status.size() > kMostValues || query.labels.size() > kMostLabels) {
    return fail(
        ErrorKind::kInvalid, "too-many-filters",
        fmt::format("expected at most {} workflows, {} statuses and {} labels", kMostValues, kMostValues, kMostLabels));
  }
  return query;
}

}  // namespace skald::inspect
