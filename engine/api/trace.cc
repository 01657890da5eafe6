// /v1/sagas/{id}/trace: its life as a tree of spans.

#include "engine/inspect/trace.h"

#include "engine/api/problems.h"
#include "engine/api/respond.h"
#include "engine/api/router.h"

namespace skald::api {
namespace {

void trace(const ExchangePtr& exchange, runtime::Engine& engine, const Params& params) {
  const auto run = engine.resolve(params.at("id"));
  if (!run) return exchange->respond(problem(run.error()));
  respond(exchange, inspect::trace(engine, *run));
}

}  // namespace

void add_trace(Router& router) { router.add("GET", "/v1/sagas/{id}/trace", trace); }

}  // namespace skald::api
