// /v1/workflows/{namespace}/{name}/{version}/graph and /check: a workflow as a picture has it, and what can become of
// its sagas.

#include <chrono>

#include "engine/api/respond.h"
#include "engine/api/router.h"
#include "engine/check/check.h"
#include "engine/definition/jq_process.h"
#include "engine/inspect/graph.h"

namespace skald::api {
namespace {

// The walk runs on a thread that serves requests; most documents take some milliseconds.
constexpr std::uint64_t kMaxStates = 20'000;
constexpr Millis kLongest{300};

Result<runtime::SagaReader::WorkflowPtr> workflow_of(const runtime::Engine& engine, const Params& params) {
  return engine.workflow(params.at("namespace") + "/" + params.at("name"), params.at("version"));
}

void graph(const ExchangePtr& exchange, runtime::Engine& engine, const Params& params) {
  respond(exchange,
          workflow_of(engine, params).map([](const auto& workflow) { return inspect::graph_json(*workflow); }));
}

void walked(const ExchangePtr& exchange, runtime::Engine& engine, const Params& params) {
  const auto workflow = workflow_of(engine, params);
  if (!workflow) return respond(exchange, fail(workflow.error()));
  check::Options options;
  options.limits.states = kMaxStates;
  const auto end = std::chrono::steady_clock::now() + kLongest;
  options.limits.out_of_time = [end] { return std::chrono::steady_clock::now() > end; };
  definition::JqProcess jq;
  respond(exchange, check::to_value(check::check(*workflow, jq, options)));
}

}  // namespace

void add_outline(Router& router) {
  router.add("GET", "/v1/workflows/{namespace}/{name}/{version}/graph", graph);
  router.add("GET", "/v1/workflows/{namespace}/{name}/{version}/check", walked);
}

}  // namespace skald::api
