#include "cli/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands/common.h"
#include "engine/inspect/explain_read.h"
#include "engine/inspect/explain_text.h"
#include "engine/inspect/fold.h"
#include "engine/inspect/import.h"
#include "engine/inspect/list_query.h"
#include "engine/inspect/saga_json.h"
#include "engine/inspect/state_view.h"
#include "engine/inspect/trace.h"
#include "store/rocks_log.h"
#include "store/store_folder.h"

namespace skald::cli {
namespace {

std::string query_text(const inspect::Parameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) text += fmt::format("&{}={}", name, escaped(value));
  return text;
}

// What starts an engine on a folder again.
std::string start_command(const std::string& folder, const std::string& store) {
  const std::string data = " --data " + inspect::shell_word(folder);
  if (store == folder) return "skald server" + data + " --nats URL";
  const bool with_store = std::filesystem::is_directory(folder + "/store");
  return "skald dev" + data + (with_store ? " --store" : "");
}

}  // namespace

Result<Value> ServerSource::saga(const std::string& id) const { return client_.get("/v1/sagas/" + escaped(id)); }

Result<Value> ServerSource::explain(const std::string& id) const {
  return client_.get(fmt::format("/v1/sagas/{}/explain", escaped(id)));
}

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
  constexpr Millis kDay{86'400'000};  // a saga that is followed may wait
  const std::string path =
      fmt::format("/v1/sagas/{}/history?from={}{}", escaped(id), from, follow ? "&follow=true" : "");
  return client_.lines(path, take, follow ? kDay : Millis(0));
}

Result<Value> ServerSource::trace(const std::string& id) const {
  return client_.get("/v1/sagas/" + escaped(id) + "/trace");
}

Result<Value> ServerSource::state(const std::string& id, std::optional<std::uint64_t> at) const {
  return client_.get(fmt::format("/v1/sagas/{}/state{}", escaped(id), at ? fmt::format("?at={}", *at) : ""));
}

Result<Value> ServerSource::state_changes(const std::string& id, std::uint64_t from, std::uint64_t to) const {
  return client_.get(fmt::format("/v1/sagas/{}/state?from={}&at={}", escaped(id), from, to));
}

Result<Value> LogSource::saga(const std::string& id) const {
  SKALD_ASSIGN(const RunId run, reader().resolve(id));
  inspect::Folds folds;
  return inspect::saga_with_prospects(folds, reader(), run);
}

Result<Value> LogSource::explain(const std::string& id) const {
  SKALD_ASSIGN(const RunId run, reader().resolve(id));
  inspect::Surroundings around;
  around.now = SystemClock().now();
  around.from = folder_.empty() ? inspect::Surroundings::From::kExport : inspect::Surroundings::From::kFolder;
  if (const auto store = store::find_store(folder_); !folder_.empty() && store) {
    around.in_use = store::in_use(*store);
    around.start_command = start_command(folder_, *store);
  }
  SKALD_ASSIGN(const auto explained, inspect::explain_saga(reader(), run, [&](const core::State&) { return around; }));
  return to_value(explained);
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
  const Status read = inspect::each_event(reader(), run, from, 0, [&](const store::StoredEvent& stored) -> Status {
    SKALD_ASSIGN(const Value event, inspect::event_json(stored));
    more = take(event);
    if (!more) return fail(ErrorKind::kInternal, "enough", "no more is wanted");
    return {};
  });
  return more ? read : Status{};
}

Result<Value> LogSource::trace(const std::string& id) const {
  SKALD_ASSIGN(const RunId run, reader().resolve(id));
  return inspect::trace(reader(), run);
}

Result<Value> LogSource::state(const std::string& id, std::optional<std::uint64_t> at) const {
  SKALD_ASSIGN(const RunId run, reader().resolve(id));
  return inspect::state_view(reader(), run, at);
}

Result<Value> LogSource::state_changes(const std::string& id, std::uint64_t from, std::uint64_t to) const {
  SKALD_ASSIGN(const RunId run, reader().resolve(id));
  return inspect::state_changes(reader(), run, from, to);
}

void add_source_options(CLI::App& command, SourceOptions& options) {
  command.add_option("--data", options.data, "read this folder of an engine, running or not, without a server")
      ->check(not_empty());
  command.add_option("--file", options.file, "read an export, without a server; - is standard input")
      ->check(not_empty())
      ->excludes("--data");
}

Result<std::unique_ptr<runtime::OpenLog>> open_log(const SourceOptions& options) {
  if (!options.file.empty()) {
    SKALD_ASSIGN(auto log, inspect::open_export(options.file));
    return runtime::OpenLog::over(std::move(log));
  }
  SKALD_ASSIGN(auto log, store::RocksLog::open_reader(options.data));
  return runtime::OpenLog::over(std::move(log));
}

Result<std::vector<std::string>> ids_of(const std::vector<std::string>& given, const SourceOptions& options) {
  const bool from_input = std::find(given.begin(), given.end(), "-") != given.end();
  if (from_input && options.file == "-") {
    return fail(ErrorKind::kInvalid, "usage", "ids and the export cannot both come from standard input");
  }
  return expand_ids(given);
}

Result<std::unique_ptr<Source>> open_source(const Client& client, const SourceOptions& options) {
  if (!options.offline()) return std::make_unique<ServerSource>(client);
  SKALD_ASSIGN(auto open, open_log(options));
  return std::make_unique<LogSource>(std::move(open), options.data);
}

}  // namespace skald::cli
