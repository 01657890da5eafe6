// /v1/sagas/{id}/state: how it stood after any of its events, and with `from` what has changed since.

#include "engine/api/problems.h"
#include "engine/api/respond.h"
#include "engine/api/router.h"
#include "engine/inspect/list_query.h"
#include "engine/inspect/state_view.h"

namespace skald::api {
namespace {

// The number of an event; none where the parameter is missing.
Result<std::optional<std::uint64_t>> event_number(const Request& request, const std::string& name) {
  const std::string text = request.parameter(name);
  if (text.empty()) return std::nullopt;
  return inspect::parse_number(name, text);
}

void state(const ExchangePtr& exchange, runtime::Engine& engine, const Params& params) {
  const auto run = engine.resolve(params.at("id"));
  if (!run) return exchange->respond(problem(run.error()));
  const auto at = event_number(exchange->request(), "at");
  if (!at) return exchange->respond(problem(at.error()));
  const auto from = event_number(exchange->request(), "from");
  if (!from) return exchange->respond(problem(from.error()));
  respond(exchange, *from ? inspect::state_changes(engine, *run, **from, *at) : inspect::state_view(engine, *run, *at));
}

}  // namespace

void add_state(Router& router) { router.add("GET", "/v1/sagas/{id}/state", state); }

}  // namespace skald::api
