// /v1/sagas/{id}/explain: why a saga is where it is, and what helps.

#include <utility>

#include "engine/api/problems.h"
#include "engine/api/respond.h"
#include "engine/api/router.h"
#include "engine/inspect/explain_read.h"

namespace skald::api {
namespace {

void explain(const ExchangePtr& exchange, runtime::Engine& engine, const Params& params, inspect::Folds& folds) {
  const auto run = engine.resolve(params.at("id"));
  if (!run) return exchange->respond(problem(run.error()));
  const auto explained = inspect::explain_saga(folds, engine, *run, SystemClock().now());
  if (!explained) return exchange->respond(problem(explained.error()));
  exchange->respond(json_response(200, to_value(*explained)));
}

}  // namespace

void add_explain(Router& router, FoldsPtr folds) {
  router.add("GET", "/v1/sagas/{id}/explain",
             [folds = std::move(folds)](const ExchangePtr& exchange, runtime::Engine& engine, const Params& params) {
               explain(exchange, engine, params, *folds);
             });
}

}  // namespace skald::api
