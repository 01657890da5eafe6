#include "store/list_filter.h"

#include <fmt/format.h>

#include "store/error_text.h"

namespace skald::store {
namespace {

constexpr std::size_t kLeastOfRun = 8;
constexpr std::uint32_t kStepsBetweenClocks = 16;

bool starts_with(const std::string& text, const std::string& start) { return text.rfind(start, 0) == 0; }

bool has_labels(const ListQuery& query, const Summary& saga) {
  return std::all_of(query.labels.begin(), query.labels.end(), [&saga](const auto& label) {
    const auto at = saga.labels.find(label.first);
    return at != saga.labels.end() && at->second == label.second;
  });
}

bool has_id(const std::string& start, const Summary& saga) {
  if (starts_with(saga.id.str(), start)) return true;
  const auto runs = runs_that_begin(start);
  return runs && saga.run >= runs->first && saga.run <= runs->second;
}

bool has_error(const std::string& text, const Summary& saga) {
  const std::string sought = folded(text);
  return error_contains(saga.error, sought) ||
         std::any_of(saga.pending.begin(), saga.pending.end(),
                     [&sought](const PendingStep& step) { return error_contains(step.last_error, sought); });
}

}  // namespace

bool matches(const ListQuery& query, const Summary& saga) {
  return (query.workflow.empty() || query.workflow.has(saga.workflow)) &&
         (query.status.empty() || query.status.has(saga.status)) && (!query.since || saga.started_at >= *query.since) &&
         (!query.until || saga.started_at < *query.until) && has_labels(query, saga) &&
         (query.id.empty() || has_id(query.id, saga)) && (query.error.empty() || has_error(query.error, saga));
}

std::optional<std::pair<RunId, RunId>> runs_that_begin(std::string_view text) {
  std::string least = folded(text);
  std::string greatest = least;
  constexpr std::string_view kLeast = "00000000-0000-0000-0000-000000000000";
  constexpr std::string_view kGreatest = "ffffffff-ffff-ffff-ffff-ffffffffffff";
  if (text.size() < kLeastOfRun || text.size() > kLeast.size()) return std::nullopt;
  least += kLeast.substr(text.size());
  greatest += kGreatest.substr(text.size());
  if (!looks_like_uuid(least)) return std::nullopt;
  return std::pair(RunId(least), RunId(greatest));
}

Status check_cursor(const ListQuery& query) {
  if (query.cursor.empty() ||
      (by_id(query) ? parse_saga_id(query.cursor).has_value() : looks_like_uuid(query.cursor))) {
    return {};
  }
  return fail(
      ErrorKind::kInvalid, "bad-cursor",
      fmt::format("'{}' is no cursor of this list; pass the next_cursor of the page before, unchanged", query.cursor));
}

ListQuery all_to_count(ListQuery query) {
  query.cursor.clear();
  query.budget.reset();
  query.counts = true;
  return query;
}

std::string PageMaker::cursor_of(const Summary& saga) const { return by_id(query_) ? saga.id.str() : saga.run.str(); }

bool PageMaker::see(Summary saga) {
  ++page_.scanned;
  if (!matches(query_, saga)) return true;
  if (query_.counts) {
    ++page_.count;
    return true;
  }
  // Only one more tells that this page is not the last.
  if (page_.items.size() == query_.limit) {
    if (!page_.items.empty()) page_.next_cursor = cursor_of(page_.items.back());
    return false;
  }
  page_.items.push_back(std::move(saga));
  return true;
}

bool PageMaker::out_of_time() {
  if (!query_.budget || ++steps_ % kStepsBetweenClocks != 0) return false;
  return std::chrono::steady_clock::now() - start_ >= *query_.budget;
}

}  // namespace skald::store
