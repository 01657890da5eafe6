#include "cli/source.h"

#include <fmt/format.h>

#include "engine/inspect/fold.h"
#include "engine/inspect/list_query.h"
#include "engine/inspect/saga_json.h"
#include "store/rocks_log.h"

namespace skald::cli {
namespace {

std::string query_text(const inspect::Parameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) text += fmt::format("&{}={}", name, escaped(value));
  return text;
}

}  // namespace

Result<Value> ServerSource::saga(const std::string& id) const { return client_.get("/v1/sagas/" + escaped(id)); }

Result<Value> ServerSource::list(const SagaQuery& query, std::size_t limit, const std::string& cursor) const {
  inspect::Parameters parameters = parameters_of(query);
  if (!cursor.empty()) parameters.emplace("cursor", cursor);
  return client_.get(fmt::format("/v1/sagas?limit={}{}", limit, query_text(parameters)));
}

Result<std::uint64_t> ServerSource::count(const SagaQuery& query) const {
  SKALD_ASSIGN(const Value answer, client_.get("/v1/sagas?count=true" + query_text(parameters_of(query))));
  return answer.value("count", std::uint64_t{0});
}

Status ServerSource::history(const std::string& id, std::uint64_t from, bool follow,
                             const std::function<bool(const Value&)>& take) const {
  return client_.lines(fmt::format("/v1/sagas/{}/history?from={}{}", escaped(id), from, follow ? "&follow=true" : ""),
                       take);
}

Result<Value> LogSource::saga(const std::string& id) const {
  SKALD_ASSIGN(const RunId run, reader().resolve(id));
  return inspect::saga_with_prospects(reader(), run);
}

Result<Value> LogSource::list(const SagaQuery& query, std::size_t limit, const std::string& cursor) const {
  SKALD_ASSIGN(store::ListQuery wanted, inspect::list_query(parameters_of(query)));
  wanted.limit = limit;
  wanted.cursor = cursor;
  SKALD_ASSIGN(const store::ListPage page, reader().list(wanted));
  return inspect::list_json(page);
}

Result<std::uint64_t> LogSource::count(const SagaQuery& query) const {
  SKALD_ASSIGN(const store::ListQuery wanted, inspect::list_query(parameters_of(query)));
  return reader().count(wanted);
}

Status LogSource::history(const std::string& id, std::uint64_t from, bool follow,
                          const std::function<bool(const Value&)>& take) const {
  if (follow) {
    return fail(ErrorKind::kInvalid, "nothing-to-follow", "--follow needs a server: what is read here does not change");
  }
  SKALD_ASSIGN(const RunId run, reader().resolve(id));
  bool more = true;
  return inspect::each_event(reader(), run, from, 0, [&](const store::StoredEvent& stored) -> Status {
    if (!more) return {};
    SKALD_ASSIGN(const Value event, inspect::event_json(stored));
    more = take(event);
    return {};
  });
}

void add_source_options(CLI::App& command, SourceOptions& options) {
  command.add_option("--data", options.data, "read this folder of an engine, running or not, without a server");
}

Result<std::unique_ptr<Source>> open_source(const Client& client, const SourceOptions& options) {
  if (!options.offline()) return std::make_unique<ServerSource>(client);
  SKALD_ASSIGN(auto log, store::RocksLog::open_reader(options.data));
  SKALD_ASSIGN(auto open, runtime::OpenLog::over(std::move(log)));
  return std::make_unique<LogSource>(std::move(open));
}

}  // namespace skald::cli
