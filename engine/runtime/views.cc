// Reading sagas from a log: the engine's own, or a dead engine's.

#include <fmt/format.h>

#include "engine/core/apply.h"
#include "engine/core/event.h"
#include "engine/runtime/local_engine.h"

namespace skald::runtime {

Result<Value> event_json(const store::StoredEvent& stored) {
  SKALD_ASSIGN(const core::Event event, core::decode_event(stored.bytes));
  Value value = core::to_value(event);
  value["hash"] = to_hex(bytes_of(stored.hash));
  return value;
}

namespace {

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

Result<RunId> find_run(const store::SagaLog& log, const std::string& id_or_run) {
  std::optional<RunId> run;
  if (looks_like_uuid(id_or_run)) {
    run = RunId(id_or_run);
  } else {
    SKALD_ASSIGN(const SagaId id, parse_saga_id(id_or_run));
    SKALD_ASSIGN(run, log.find(id));
  }
  if (!run) return fail(ErrorKind::kNotFound, "unknown-saga", fmt::format("no saga has the id '{}'", id_or_run));
  SKALD_ASSIGN(const auto summary, log.summary(*run));
  if (!summary) return fail(no_saga(log, *run, id_or_run));
  return *run;
}

Result<SagaView> view_saga(const store::SagaLog& log, const RunId& run) {
  SKALD_ASSIGN(auto summary, log.summary(run));
  if (!summary) return fail(no_saga(log, run, run.str()));
  SagaView view{std::move(*summary), {}, {}};
  SKALD_ASSIGN(const auto first, log.events(run, 1, 1));
  if (!first.empty()) {
    SKALD_ASSIGN(const core::Event event, core::decode_event(first.front().bytes));
    view.input = event.input;
  }
  if (view.summary.output_seq == 0) return view;
  SKALD_ASSIGN(const auto last, log.events(run, view.summary.output_seq, 1));
  if (!last.empty()) {
    SKALD_ASSIGN(const core::Event event, core::decode_event(last.front().bytes));
    view.output = event.output;
  }
  return view;
}

Result<core::State> fold_saga(const store::SagaLog& log, const Catalog& catalog, const RunId& run) {
  constexpr std::size_t kPage = 1'000;
  SKALD_ASSIGN(const auto summary, log.summary(run));
  if (!summary) return fail(ErrorKind::kNotFound, "unknown-saga", fmt::format("no saga has the run id {}", run.str()));
  SKALD_ASSIGN(auto workflow, catalog.find(summary->workflow, summary->version));
  core::State state = core::make_state(std::move(workflow));
  while (true) {
    SKALD_ASSIGN(const auto page, log.events(run, state.seq + 1, kPage));
    for (const auto& stored : page) {
      SKALD_ASSIGN(const core::Event event, core::decode_event(stored.bytes));
      core::apply(state, event);
    }
    if (page.size() < kPage) return state;
  }
}

}  // namespace skald::runtime
