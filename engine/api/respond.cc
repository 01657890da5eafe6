#include "engine/api/respond.h"

#include "engine/api/problems.h"
#include "engine/inspect/saga_json.h"

namespace skald::api {

void respond(const ExchangePtr& exchange, const Result<Value>& body) {
  exchange->respond(body ? json_response(200, *body) : problem(body.error()));
}

void respond_with_saga(const ExchangePtr& exchange, const runtime::Engine& engine, const RunId& run, int status) {
  const auto view = engine.show(run);
  exchange->respond(view ? json_response(status, inspect::saga_json(*view)) : problem(view.error()));
}

void respond_with_prospects(const ExchangePtr& exchange, const runtime::Engine& engine, inspect::Folds& folds,
                            const RunId& run, int status) {
  const auto saga = inspect::saga_with_prospects(folds, engine, run);
  exchange->respond(saga ? json_response(status, *saga) : problem(saga.error()));
}

void respond_with_rehearsal(const ExchangePtr& exchange, const runtime::Engine& engine, inspect::Folds& folds,
                            const RunId& run) {
  const auto view = engine.show(run);
  if (!view) return exchange->respond(problem(view.error()));
  core::UndoPlan plan;
  const Status folded = folds.look(engine, *view, [&plan](const inspect::Folded& saga) { plan = saga.plan; });
  if (!folded) return exchange->respond(problem(folded.error()));
  if (plan.refused) return exchange->respond(problem(*plan.refused));
  Value saga = inspect::saga_json(*view, plan);
  saga["dry_run"] = true;
  exchange->respond(json_response(200, saga));
}

}  // namespace skald::api
