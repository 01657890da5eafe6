#include "engine/api/respond.h"

#include "engine/api/problems.h"
#include "engine/api/saga_json.h"

namespace skald::api {

void respond_with_saga(const ExchangePtr& exchange, const runtime::Engine& engine, const RunId& run, int status) {
  const auto view = engine.show(run);
  exchange->respond(view ? json_response(status, saga_json(*view)) : problem(view.error()));
}

void respond_with_prospects(const ExchangePtr& exchange, const runtime::Engine& engine, const RunId& run) {
  const auto view = engine.show(run);
  if (!view) return exchange->respond(problem(view.error()));
  const auto plan = view->summary.final ? core::UndoPlan{} : engine.undo_plan(run);
  exchange->respond(plan ? json_response(200, saga_json(*view, *plan)) : problem(plan.error()));
}

void respond_with_rehearsal(const ExchangePtr& exchange, const runtime::Engine& engine, const RunId& run) {
  const auto view = engine.show(run);
  if (!view) return exchange->respond(problem(view.error()));
  const auto plan = engine.undo_plan(run);
  if (!plan) return exchange->respond(problem(plan.error()));
  if (plan->refused) return exchange->respond(problem(*plan->refused));
  Value saga = saga_json(*view, *plan);
  saga["dry_run"] = true;
  exchange->respond(json_response(200, saga));
}

}  // namespace skald::api
