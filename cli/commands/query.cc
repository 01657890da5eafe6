#include "cli/commands/query.h"

#include <algorithm>

#include "cli/commands/common.h"
#include "cli/source.h"

namespace skald::cli {
namespace {

CLI::Option* any_of(CLI::App& command, const char* name, std::vector<std::string>& values, const std::string& what) {
  return command.add_option(name, values, what)->delimiter(',')->allow_extra_args(false)->check(not_empty());
}

}  // namespace

CLI::Validator moment() {
  return CLI::Validator(
      [](std::string& text) -> std::string {
        if (text.empty()) return "it is empty";
        if (const auto ago = parse_duration(text)) text = format_time(SystemClock().now() - *ago);
        if (parse_time(text)) return "";
        return "'" + text +
               "' is neither a time, such as 2026-11-23T19:33:20Z, nor how long ago, such as 90s, 2h or 30d";
      },
      "");
}

bool SagaQuery::filters() const {
  SagaQuery plain = *this;
  plain.sort.clear();
  plain.reverse = false;
  return !parameters_of(plain).empty();
}

void add_filters(CLI::App& command, SagaQuery& query, const std::string& without_status) {
  any_of(command, "--workflow", query.workflows, "of this workflow, NAMESPACE/NAME; of several, any");
  any_of(command, "--status", query.statuses,
         "running, compensating, stuck, suspended, completed, ...; of several, any" +
             (without_status.empty() ? "" : "; without it: " + without_status));
  command.add_option("--label", query.labels, "with this KEY=VALUE; of several, all")
      ->allow_extra_args(false)
      ->check(not_empty());
  command.add_option("--since", query.since, "started then or later: RFC 3339, or 2h for two hours ago")
      ->transform(moment());
  command.add_option("--until", query.until, "started before: RFC 3339, or 2h for two hours ago")->transform(moment());
  command.add_option("--id", query.id, "whose id begins so, or run: of that, eight characters or more")
      ->check(not_empty());
  command
      .add_option("--error", query.error, "with this text in their error, or in the last error of what they wait for")
      ->check(not_empty());
}

inspect::Parameters parameters_of(const SagaQuery& query) {
  inspect::Parameters parameters;
  const auto add = [&parameters](const std::string& name, const std::string& value) {
    if (!value.empty()) parameters.emplace(name, value);
  };
  for (const std::string& workflow : query.workflows) add("workflow", workflow);
  for (const std::string& status : query.statuses) add("status", status);
  for (const std::string& label : query.labels) add("label", label);
  add("since", query.since);
  add("until", query.until);
  add("id", query.id);
  add("error", query.error);
  add("sort", query.sort);
  if (query.reverse) add("reverse", "true");
  return parameters;
}

Result<Value> each_saga(const Source& source, const SagaQuery& query, std::size_t most,
                        const std::function<bool(const Value&)>& take, const std::string& cursor) {
  constexpr std::size_t kPage = 500;
  Value next = cursor;
  for (std::size_t left = most; left > 0 && !next.is_null();) {
    SKALD_ASSIGN(const Value page, source.list(query, std::min(kPage, left), next.get<std::string>()));
    next = page["next_cursor"];
    for (const Value& saga : page["items"]) {
      if (!take(saga)) return next;
    }
    left -= std::min<std::size_t>(left, page["items"].size());
  }
  return next;
}

}  // namespace skald::cli
