// /healthz: alive. /readyz: can commit and reach the broker. /metrics.

#include "engine/api/problems.h"
#include "engine/api/router.h"

namespace skald::api {
namespace {

void alive(const ExchangePtr& exchange, runtime::Engine&, const Params&) {
  exchange->respond(json_response(200, {{"status", "alive"}}));
}

void ready(const ExchangePtr& exchange, runtime::Engine& engine, const Params&) {
  const runtime::Readiness readiness = engine.readiness();
  if (readiness.log_ok && readiness.broker_ok) return exchange->respond(json_response(200, {{"status", "ready"}}));
  exchange->respond(problem(503, readiness.log_ok ? "broker-away" : "log-failed", readiness.detail));
}

void metrics(const ExchangePtr& exchange, runtime::Engine& engine, const Params&) {
  Response response;
  response.content_type = "text/plain; version=0.0.4";
  response.body = engine.metrics();
  exchange->respond(std::move(response));
}

}  // namespace

void add_health(Router& router) {
  router.add("GET", "/healthz", alive, true);
  router.add("GET", "/readyz", ready, true);
  router.add("GET", "/metrics", metrics);
}

}  // namespace skald::api
