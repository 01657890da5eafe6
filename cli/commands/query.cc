#include "cli/commands/query.h"

#include <fmt/format.h>

#include <algorithm>

namespace skald::cli {

std::string parameters_of(const SagaQuery& query) {
  std::string parameters;
  const auto add = [&parameters](const std::string& name, const std::string& value) {
    if (!value.empty()) parameters += fmt::format("&{}={}", name, escaped(value));
  };
  add("workflow", query.workflow);
  add("status", query.status);
  add("since", query.since);
  add("until", query.until);
  for (const std::string& label : query.labels) add("label", label);
  return parameters;
}

Result<Value> each_saga(const Client& client, const SagaQuery& query, std::size_t most,
                        const std::function<void(const Value&)>& take) {
  constexpr std::size_t kPage = 500;
  const std::string filter = parameters_of(query);
  Value next;
  for (std::size_t left = most; left > 0;) {
    const std::string cursor = next.is_null() ? "" : "&cursor=" + next.get<std::string>();
    SKALD_ASSIGN(const Value page,
                 client.get(fmt::format("/v1/sagas?limit={}{}{}", std::min(kPage, left), filter, cursor)));
    for (const Value& saga : page["items"]) take(saga);
    left -= std::min<std::size_t>(left, page["items"].size());
    next = page["next_cursor"];
    if (next.is_null()) break;
  }
  return next;
}

}  // namespace skald::cli
