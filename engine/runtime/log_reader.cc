#include "engine/runtime/log_reader.h"

#include <fmt/format.h>

#include "engine/core/event.h"
#include "engine/runtime/live_saga.h"

namespace skald::runtime {
namespace {

// Documents are compiled as they were deployed, and nothing is decided.
class NothingToRun final : public definition::JqRunner {
 public:
  Result<Value> run(const std::string&, const definition::Scope&) override { return refused(); }
  Status check(const std::string&, const std::vector<std::string_view>&) override { return refused(); }

 private:
  static tl::unexpected<Error> refused() {
    return fail(ErrorKind::kInvalid, "only-read", "no expression is evaluated where sagas are only read");
  }
};

// Why there is no summary: there never was, or it was removed.
Error no_saga(const store::SagaLog& log, const RunId& run, const std::string& named) {
  const auto removed = log.removed(run);
  if (!removed) return removed.error();
  if (!*removed) {
    return make_error(ErrorKind::kNotFound, "unknown-saga", fmt::format("no saga has the id '{}'", named));
  }
  Error error = expired(**removed);
  error.kind = ErrorKind::kNotFound;  // a conflict only for whoever wants to use the id again
  return error;
}

}  // namespace

Error expired(const store::Removed& removed) {
  return make_error(
      ErrorKind::kConflict, "expired",
      fmt::format("saga '{}' ended {} at {} and was removed at {}, when its retention was over; its id is "
                  "not used again",
                  removed.id.str(), removed.status, format_time(removed.ended_at), format_time(removed.removed_at)));
}

Result<RunId> LogReader::resolve(const std::string& id_or_run) const {
  std::optional<RunId> run;
  if (looks_like_uuid(id_or_run)) {
    run = RunId(id_or_run);
  } else {
    SKALD_ASSIGN(const SagaId id, parse_saga_id(id_or_run));
    SKALD_ASSIGN(run, log_.find(id));
  }
  if (!run) return fail(ErrorKind::kNotFound, "unknown-saga", fmt::format("no saga has the id '{}'", id_or_run));
  SKALD_ASSIGN(const auto summary, log_.summary(*run));
  if (!summary) return fail(no_saga(log_, *run, id_or_run));
  return *run;
}

Result<SagaView> LogReader::show(const RunId& run) const {
  SKALD_ASSIGN(auto summary, log_.summary(run));
  if (!summary) return fail(no_saga(log_, run, run.str()));
  SagaView view{std::move(*summary), {}, {}};
  SKALD_ASSIGN(const auto first, log_.events(run, 1, 1));
  if (!first.empty()) {
    SKALD_ASSIGN(const core::Event event, core::decode_event(first.front().bytes));
    view.input = event.input;
  }
  if (view.summary.output_seq == 0) return view;
  SKALD_ASSIGN(const auto last, log_.events(run, view.summary.output_seq, 1));
  if (!last.empty()) {
    SKALD_ASSIGN(const core::Event event, core::decode_event(last.front().bytes));
    view.output = event.output;
  }
  return view;
}

Result<store::DefinitionRow> LogReader::definition(const std::string& name, const std::string& version) const {
  SKALD_ASSIGN(auto row, log_.definition(name, version));
  if (row) return std::move(*row);
  return fail(ErrorKind::kNotFound, "unknown-workflow",
              fmt::format("the definition {}@{} is not in the store", name, version));
}

std::unique_ptr<definition::JqRunner> nothing_to_run() { return std::make_unique<NothingToRun>(); }

OpenLog::OpenLog(std::unique_ptr<store::SagaLog> log)
    : jq_(nothing_to_run()), log_(std::move(log)), catalog_(*jq_), reader_(*log_, catalog_) {}

Result<std::unique_ptr<OpenLog>> OpenLog::over(std::unique_ptr<store::SagaLog> log) {
  std::unique_ptr<OpenLog> open(new OpenLog(std::move(log)));
  SKALD_TRY(load_definitions(*open->log_, open->catalog_));
  return open;
}

Status load_definitions(const store::SagaLog& log, Catalog& catalog) {
  SKALD_ASSIGN(auto rows, log.definitions());
  for (auto& row : rows) catalog.load(std::move(row));
  return {};
}

}  // namespace skald::runtime
