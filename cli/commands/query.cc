#include "cli/commands/query.h"

#include <algorithm>

#include "cli/source.h"

namespace skald::cli {

inspect::Parameters parameters_of(const SagaQuery& query) {
  inspect::Parameters parameters;
  const auto add = [&parameters](const std::string& name, const std::string& value) {
    if (!value.empty()) parameters.emplace(name, value);
  };
  add("workflow", query.workflow);
  add("status", query.status);
  add("since", query.since);
  add("until", query.until);
  for (const std::string& label : query.labels) add("label", label);
  return parameters;
}

Result<Value> each_saga(const Source& source, const SagaQuery& query, std::size_t most,
                        const std::function<void(const Value&)>& take) {
  constexpr std::size_t kPage = 500;
  Value next;
  for (std::size_t left = most; left > 0;) {
    SKALD_ASSIGN(const Value page,
                 source.list(query, std::min(kPage, left), next.is_null() ? "" : next.get<std::string>()));
    for (const Value& saga : page["items"]) take(saga);
    left -= std::min<std::size_t>(left, page["items"].size());
    next = page["next_cursor"];
    if (next.is_null()) break;
  }
  return next;
}

}  // namespace skald::cli
